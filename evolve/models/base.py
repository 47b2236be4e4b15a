"""The interface to language models: a request goes in, a reply comes out."""

import json
from abc import abstractmethod
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from archive.records import Usage
from evolve.models.price import Price
from evolve.models.shared import Shared
from evolve.plugins import Kind, Plugin


@dataclass(frozen=True, slots=True)
class ToolSignature:
    """The description of a function that a model may call."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    """A JSON Schema of type object."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A model's call of a function; its name and arguments are unchecked."""

    name: str
    arguments: str
    """JSON, as the model wrote it."""
    id: str = ""
    """The id by which its result refers to it."""
    extra: str = ""
    """JSON that the endpoint attached to the call and wants back with it."""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation.

    An assistant's turn may call functions; a turn of the role ``tool`` answers one such call.
    """

    role: Literal["system", "user", "assistant", "tool"]
    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    call_id: str = ""
    reasoning: str = ""
    """The reasoning that led to the calls, as the endpoint gave it."""


@dataclass(frozen=True, slots=True)
class Request:
    """The input of a model call. Equal requests with another ``sample`` are other draws."""

    messages: tuple[Message, ...]
    max_tokens: int
    temperature: float | None = None
    top_p: float | None = None
    effort: str | None = None
    schema: Mapping[str, Any] | None = None
    sample: int = 0
    tools: tuple[ToolSignature, ...] = ()
    """The functions it may call; for models without native tool calls they are put into words."""
    tool_choice: Literal["auto", "none"] = "auto"
    """``none``: the tools stay in the prompt, but the reply has to be text."""
    labels: tuple[str, ...] = ()
    """Labels whose log-probabilities as the reply's first token are wanted."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The output of a model call. ``refusal`` and ``truncated`` are results, not outages."""

    text: str
    prompt_tokens: int
    completion_tokens: int
    latency_s: float
    truncated: bool = False
    refusal: str = ""
    estimated: bool = False
    """Whether the tokens are an upper bound, because the endpoint did not report them."""
    cached: bool = False
    """Whether it comes from the call cache; it is booked like any other, so that runs do not
    depend on the cache."""
    free: bool = False
    """Whether nothing is booked for it."""
    overrun: int = 0
    """Completion tokens beyond what the request allowed."""
    tool_calls: tuple[ToolCall, ...] = ()
    """The functions to call before the model continues."""
    cached_prompt_tokens: int = 0
    """Prompt tokens that the endpoint's own prompt cache held."""
    reasoning: str = ""
    """The reasoning before a tool call, for endpoints that want it back with the call."""
    label_scores: tuple[float, ...] = ()
    """The log-probability of each label of the request; empty where it was not reported."""

    def measured(self, request: Request) -> "Reply":
        """The same reply with its token overrun."""
        overrun = self.completion_tokens - request.max_tokens
        return replace(self, overrun=overrun) if overrun > 0 else self


class Listing(NamedTuple):
    """Where an endpoint lists its models, and which of them is meant."""

    base_url: str
    names: Callable[[float], set[str]]
    """Asks the endpoint for the names, within so many seconds; raises OutageError."""
    model: str
    has_key: bool = True
    """Whether a key is sent along."""


class Traffic(NamedTuple):
    """The calls of an endpoint that are not answered yet."""

    under_way: int = 0
    """Calls that were sent."""
    waiting: int = 0
    """Calls that a rate limit delays, the endpoint's or the run file's."""

    def plus(self, other: "Traffic") -> "Traffic":
        """The sum of both."""
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
        """Whether replies cost money: they are cached, and their length is not trusted."""
        return not self.simulated

    @property
    def trusted(self) -> bool:
        """Whether replies keep their limits and none is lost, so that budgets need no margin."""
        return not self.paid

    @property
    def identity(self) -> str:
        """All that replies depend on besides the request; equal identities share cached replies."""
        options = self.model_dump(
            mode="json", exclude={"price", "max_tokens"}, exclude_defaults=True
        )
        return json.dumps([self.plugin_name(), options], sort_keys=True)

    @property
    def bare(self) -> "Model":
        """The model that this one wraps, or this one itself."""
        return self

    @abstractmethod
    async def complete(self, request: Request) -> Reply:
        """Answers a request.

        Raises:
            OutageError: The endpoint does not answer.
        """

    def turn(self, agent: str) -> AbstractContextManager[object]:
        """A context around the turn of an agent that uses it; for most models an empty one."""
        return nullcontext()

    async def close(self) -> None:
        """Closes connections."""

    def require(self) -> None:
        """Raises a RunError that says what to do, where it cannot be used on this machine."""

    def join(self, shared: Shared) -> None:
        """Takes part in what the models of a process have in common; most need nothing of it."""

    def temperature_of(self, draws: int) -> float | None:
        """The temperature for agents that set none; None: the endpoint's own.

        Args:
            draws: How many independent replies to the same request a system wants.
        """
        return None

    @property
    def is_small(self) -> bool:
        """Whether it has so few parameters that long texts and talk between agents seldom help."""
        return False

    @property
    def scores_labels(self) -> bool:
        """Whether replies report the log-probabilities of a request's labels."""
        return False

    @property
    def window(self) -> int | None:
        """Tokens of one call, prompt and reply together; None where that is not known."""
        return None

    @property
    def lanes(self) -> tuple[Hashable, int] | None:
        """What answers few calls at once, and how many; None where that is not known.

        Models with equal first parts share them.
        """
        return None

    def share(self, part: float, of: int) -> None:
        """Restricts it to a part of its limits, because other processes call the same model.

        Args:
            part: This process's share of what is allowed in a minute, 0 to 1.
            of: How many processes there are; each may have one call under way, and its share of
                the rest.
        """

    def remember(self, memory: "Memory") -> None:
        """Sets where it stores what it finds out about its endpoint; most models have none."""

    @property
    def memory_key(self) -> str:
        """The key under which it stores that; empty if it stores nothing."""
        return ""

    def charge(self, account: "Account") -> None:
        """Sets the account that unanswered calls are booked on; most models always answer."""

    def worst(self, request: Request) -> Usage:
        """The worst-case usage of an unanswered call; nothing if calls are free."""
        return Usage()

    @property
    def traffic(self) -> Traffic:
        """The calls of its endpoint now."""
        return Traffic()

    @property
    def listing(self) -> Listing | None:
        """Where the endpoint lists its models; None if there is no endpoint.

        Raises:
            OutageError: The endpoint or its key is not set up.
        """
        return None

    def usage(self, reply: Reply) -> Usage:
        """The usage of a reply."""
        if reply.free:
            return Usage()
        price = self.price
        tokens = (reply.prompt_tokens, reply.completion_tokens, reply.cached_prompt_tokens)
        return Usage(
            calls=1,
            prompt_tokens=reply.prompt_tokens,
            completion_tokens=reply.completion_tokens,
            cached_prompt_tokens=reply.cached_prompt_tokens,
            usd=None if price is None else price.usd(*tokens),
            seconds=reply.latency_s,
            cached=int(reply.cached),
            estimated=int(reply.estimated),
            overrun=reply.overrun,
        )


class Memory(Protocol):
    """Storage for what was found out about endpoints, across processes; without secrets."""

    def recall(self, key: str) -> str | None:
        """The text stored under a key; None if there is none or it is too old."""

    def note(self, key: str, text: str) -> None:
        """Stores a text under a key, in place of an earlier one."""


class Account(Protocol):
    """The account on which unanswered calls are booked."""

    async def lose(self, usage: Usage) -> bool:
        """Books a call that may have been billed, and waits until the budget allows another one.

        Returns:
            False if it never will.
        """


class Embedder(Plugin):
    """Turns texts into vectors."""

    @abstractmethod
    async def embed(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Returns one unit row per text, shape (n, d)."""


class Models:
    """The models of a run, by the names that its run file gives them."""

    def __init__(
        self, models: Mapping[str, Model], default: str, shared: Shared | None = None
    ) -> None:
        """Brings them together.

        Args:
            models: By name.
            default: The name of the one that answers where none is named.
            shared: What they have in common with others; None: only what these have.
        """
        self._models = dict(models)
        self.default = default
        self._shared = shared or Shared()
        for model in self._models.values():
            model.bare.join(self._shared)

    def __getitem__(self, name: str | None) -> Model:
        """The model of that name; None means the default."""
        return self._models[self.default if name is None else name]

    def through(self, wrap: Callable[[Model], Model]) -> "Models":
        """The same models, each wrapped."""
        wrapped = {name: wrap(model) for name, model in self._models.items()}
        return Models(wrapped, self.default, self._shared)

    @property
    def names(self) -> tuple[str, ...]:
        """Every name, the default first."""
        return (self.default, *(name for name in self._models if name != self.default))

    @property
    def simulated(self) -> bool:
        """Whether every model of the run is simulated."""
        return all(model.simulated for model in self._models.values())

    @property
    def traffic(self) -> Traffic:
        """The calls of all of them now."""
        return reduce(Traffic.plus, (model.bare.traffic for model in self._models.values()))

    @property
    def paid(self) -> bool:
        """Whether replies of any model cost money."""
        return any(model.paid for model in self._models.values())

    @property
    def trusted(self) -> bool:
        """Whether every model is trusted."""
        return all(model.trusted for model in self._models.values())

    def require(self) -> None:
        """Makes sure that every one can be used on this machine.

        Raises:
            RunError: One cannot; the message says what to do.
        """
        for model in self._models.values():
            model.bare.require()

    def charge(self, account: Account) -> None:
        """Sets the account of unanswered calls for every model."""
        for model in self._models.values():
            model.charge(account)

    async def close(self) -> None:
        """Closes every model's connections."""
        for model in self._models.values():
            await model.close()


MODELS = Kind(
    "evolve.models",
    Model,
    besides=("cache", "embedders", "price", "shared", "tools_in_words"),
    elsewhere=("evolve.simulator.simulated",),
    stand_in={"scripted": {"script": {}}},
)
"""Every model."""

EMBEDDERS = Kind("evolve.models.embedders", Embedder)
"""Every embedder."""
