"""The only seam towards language models: a request goes in, a reply comes out."""

import json
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from archive.records import Usage
from evolve.plugins import Kind, Plugin
from search_spaces.frozen import Frozen


@dataclass(frozen=True, slots=True)
class ToolSignature:
    """What a model is told of a function that it may call."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    """A JSON Schema of type object."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A model's wish to call a function; nobody vouches for its name or its arguments."""

    name: str
    arguments: str
    """JSON, as the model wrote it."""
    id: str = ""
    """What the answer to it refers to."""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation.

    An assistant's turn may call functions; a turn of the role ``tool`` answers one such call.
    """

    role: Literal["system", "user", "assistant", "tool"]
    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """What a model is asked. Equal requests with another ``sample`` are other draws."""

    messages: tuple[Message, ...]
    max_tokens: int
    temperature: float | None = None
    top_p: float | None = None
    effort: str | None = None
    schema: Mapping[str, Any] | None = None
    sample: int = 0
    tools: tuple[ToolSignature, ...] = ()
    """What may be called; a model without tool calls of its own is told in words."""
    tool_choice: Literal["auto", "none"] = "auto"
    """``none``: the tools stay in sight, but now a text is wanted."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model answered. ``refusal`` and ``truncated`` are the model's doing, not an outage."""

    text: str
    prompt_tokens: int
    completion_tokens: int
    latency_s: float
    truncated: bool = False
    refusal: str = ""
    estimated: bool = False
    """Whether the tokens are a bound, because the endpoint did not say."""
    cached: bool = False
    """Whether the call cache had it; booked like any other, so that runs do not depend on it."""
    free: bool = False
    """Whether nothing is booked for it."""
    excess: int = 0
    """Completion tokens beyond what the request allowed."""
    tool_calls: tuple[ToolCall, ...] = ()
    """What it wants to call before it goes on."""

    def measured(self, request: Request) -> "Reply":
        """The same, knowing by how much it is longer than the request allowed."""
        excess = self.completion_tokens - request.max_tokens
        return replace(self, excess=excess) if excess > 0 else self


class Price(Frozen):
    """US dollars for a million tokens."""

    prompt: float = Field(ge=0)
    completion: float = Field(ge=0)

    def usd(self, prompt_tokens: int, completion_tokens: int) -> float:
        """The price of a call."""
        return (prompt_tokens * self.prompt + completion_tokens * self.completion) / 1e6


class Listing(NamedTuple):
    """Where an endpoint lists its models, and which of them is meant; the key is a secret."""

    base_url: str
    key: str
    model: str


class Traffic(NamedTuple):
    """What is on its way to and from an endpoint now."""

    under_way: int = 0
    """Calls that were sent and are not answered yet."""
    waiting: int = 0
    """Calls that wait because of a rate limit, the endpoint's or the run file's."""

    def plus(self, other: "Traffic") -> "Traffic":
        """Both together."""
        return Traffic(self.under_way + other.under_way, self.waiting + other.waiting)


class Model(Plugin):
    """A language model that a run file names."""

    price: Price | None = Field(default=None, description="USD per million tokens; none: unknown.")
    max_tokens: int = Field(
        default=1024, ge=1, description="Completion tokens where an agent sets no limit."
    )

    @property
    def simulated(self) -> bool:
        """Whether replies are computed rather than paid for; such runs go in virtual time."""
        return False

    @property
    def paid(self) -> bool:
        """Whether replies are bought: they are kept, and nobody vouches for their length."""
        return not self.simulated

    @property
    def vouched(self) -> bool:
        """Whether its replies keep their limits and none is lost, so that no cap allows for it."""
        return not self.paid

    @property
    def identity(self) -> str:
        """What replies depend on besides the request: equal identities may share a cache."""
        options = self.model_dump(
            mode="json", exclude={"price", "max_tokens"}, exclude_defaults=True
        )
        return json.dumps([self.plugin_name(), options], sort_keys=True)

    @property
    def bare(self) -> "Model":
        """The model itself, where this one only stands before it."""
        return self

    @abstractmethod
    async def complete(self, request: Request) -> Reply:
        """Answers a request.

        Raises:
            OutageError: The endpoint does not serve.
        """

    def turn(self, agent: str) -> AbstractContextManager[object]:
        """What surrounds a turn of an agent that speaks through it; for most models nothing."""
        return nullcontext()

    async def close(self) -> None:
        """Lets go of connections."""

    def share(self, part: float, of: int) -> None:
        """Is told to keep to a part of its limits, because other processes ask the same model.

        Args:
            part: This process's share of what is allowed in a minute, 0 to 1.
            of: How many processes there are; each may have one call under way, and its share of
                the rest.
        """

    def remember(self, memory: "Memory") -> None:
        """Is told where to keep what it finds out about its endpoint; most find out nothing."""

    @property
    def memory_key(self) -> str:
        """Under what it keeps that; empty where it keeps nothing."""
        return ""

    def charge(self, account: "Account") -> None:
        """Is told who pays for calls that brought no answer; most models always answer."""

    def worst(self, request: Request) -> Usage:
        """What a call that brought no answer may have cost; nothing where nobody is paid."""
        return Usage()

    @property
    def traffic(self) -> Traffic:
        """Its calls now, as far as there is an endpoint."""
        return Traffic()

    @property
    def listing(self) -> Listing | None:
        """Where the endpoint lists its models; None if there is no endpoint.

        Raises:
            OutageError: The endpoint or its key is not set up.
        """
        return None

    def usage(self, reply: Reply) -> Usage:
        """What a reply consumed."""
        if reply.free:
            return Usage()
        price, tokens = self.price, (reply.prompt_tokens, reply.completion_tokens)
        return Usage(
            calls=1,
            prompt_tokens=reply.prompt_tokens,
            completion_tokens=reply.completion_tokens,
            usd=None if price is None else price.usd(*tokens),
            seconds=reply.latency_s,
            cached=int(reply.cached),
            estimated=int(reply.estimated),
            excess=reply.excess,
        )


class Memory(Protocol):
    """What was found out about endpoints, for other processes too; it holds no secrets."""

    def recall(self, key: str) -> str | None:
        """What is known under a key; None if that is nothing, or too old."""

    def note(self, key: str, text: str) -> None:
        """Keeps what was found out, in place of what was known before."""


class Account(Protocol):
    """Who pays for calls that brought no answer."""

    async def lose(self, usage: Usage) -> bool:
        """Books a call that may have been billed, and waits until there is room for another one.

        Returns:
            False if there will be none.
        """


class Embedder(Plugin):
    """Turns texts into vectors."""

    @abstractmethod
    async def embed(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Returns one unit row per text, shape (n, d)."""


class Models:
    """The models of a run, by the names that its run file gives them."""

    def __init__(self, models: Mapping[str, Model], default: str) -> None:
        self._models = dict(models)
        self.default = default

    def __getitem__(self, name: str | None) -> Model:
        """The model of that name; None means the default."""
        return self._models[self.default if name is None else name]

    def through(self, wrap: Callable[[Model], Model]) -> "Models":
        """The same models, each behind something."""
        wrapped = {name: wrap(model) for name, model in self._models.items()}
        return Models(wrapped, self.default)

    @property
    def names(self) -> tuple[str, ...]:
        """Every name, the default first."""
        return (self.default, *(name for name in self._models if name != self.default))

    @property
    def simulated(self) -> bool:
        """Whether no model of the run is paid for."""
        return all(model.simulated for model in self._models.values())

    @property
    def traffic(self) -> Traffic:
        """The calls of all of them now."""
        return reduce(Traffic.plus, (model.bare.traffic for model in self._models.values()))

    @property
    def paid(self) -> bool:
        """Whether replies of any model are bought."""
        return any(model.paid for model in self._models.values())

    @property
    def vouched(self) -> bool:
        """Whether every one keeps its limits and loses no reply."""
        return all(model.vouched for model in self._models.values())

    def charge(self, account: Account) -> None:
        """Tells every model who pays for calls that brought no answer."""
        for model in self._models.values():
            model.charge(account)

    async def close(self) -> None:
        """Lets go of every model's connections."""
        for model in self._models.values():
            await model.close()


MODELS = Kind("evolve.models", Model, besides=("cache", "embedders", "tools_in_words"))
"""Every model."""

EMBEDDERS = Kind("evolve.models.embedders", Embedder)
"""Every embedder."""
