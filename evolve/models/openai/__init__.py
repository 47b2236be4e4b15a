"""Any model behind an OpenAI-compatible endpoint.

``address``       base URL, headers and query parameters, with secrets looked up
``proxies``       the proxy that the environment names
``endpoint``      sends bodies and returns answers
``listing``       the models that an endpoint lists
``payload``       a request as JSON, within what the endpoint takes
``turns``         a conversation as that JSON's messages
``parts``         a message's content, whatever its form
``streams``       puts streamed answers together
``replies``       reads an answer, strict about there being one
``billing``       the tokens that an answer bills
``capabilities``  what an endpoint takes, and what its refusals say about it
``probing``       control requests that find the cause of a refusal
``faults``        the ways in which a request can fail, by what helps
``refusals``      the words by which a single request is refused
``attempts``      one call: when it is tried again, and what that cost
``pace``          calls at once, requests and tokens a minute
``breaker``       stops calls to a model that does not answer
``session``       all of it together
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, Field, PrivateAttr, ValidationError

from archive.records import Usage
from evolve.errors import OutageError
from evolve.models.base import Account, Listing, Memory, Model, Reply, Request, Traffic
from evolve.models.openai.address import (
    Address,
    FromVariable,
    Value,
    VariableName,
    is_key,
    plain_url,
    without_secrets,
)
from evolve.models.openai.capabilities import Capabilities
from evolve.models.openai.payload import prompt_bound
from evolve.plugins import RunPath
from evolve.secrets.variables import variables
from search_spaces.errors import ConfigError

if TYPE_CHECKING:
    from evolve.models.openai.endpoint import Endpoint
    from evolve.models.openai.faults import Need
    from evolve.models.openai.pace import Pace
    from evolve.models.openai.session import Session

_OPENAI = "https://api.openai.com/v1"


class OpenAI(Model):
    """A model behind an OpenAI-compatible endpoint."""

    model: str = Field(min_length=1, description="Its name at the endpoint.")
    base_url: Annotated[str, AfterValidator(plain_url)] = Field(
        default="", description="The endpoint; empty: OPENAI_BASE_URL, else OpenAI's own."
    )
    api_key_env: VariableName = Field(
        default="OPENAI_API_KEY",
        description="The name of the environment variable that holds the key.",
    )
    headers: Annotated[dict[str, Value], AfterValidator(without_secrets)] = Field(
        default={},
        description="Further headers of every request; a secret as `{env: NAME}`. One that is "
        "named like a key, such as `api-key`, takes the place of `Authorization`.",
    )
    query: Annotated[dict[str, Value], AfterValidator(without_secrets)] = Field(
        default={},
        description="Parameters of the URL, such as `api-version`; a secret as `{env: NAME}`.",
    )
    env_file: RunPath = Field(
        default=Path(".env"),
        description="The file for variables that the environment lacks; the .env file of the "
        "working directory comes after it.",
    )
    timeout_s: float = Field(default=300.0, gt=0, description="For a whole answer, in seconds.")
    retries: int = Field(default=6, ge=0, le=30, description="Further attempts after a failed one.")
    retry_wait_s: float = Field(
        default=0.5,
        gt=0,
        description="The wait before the first of them, doubled each time, in seconds.",
    )
    patience_s: float = Field(
        default=600.0, ge=0, description="How long a call waits for rate limits in all, in seconds."
    )
    rest_s: float = Field(
        default=30.0,
        ge=0,
        description="The pause after an outage before the next call, in seconds.",
    )
    concurrency: int = Field(default=256, ge=1, le=4096, description="Calls at once.")
    requests_per_minute: float | None = Field(default=None, gt=0, description="None: any number.")
    tokens_per_minute: float | None = Field(
        default=None, gt=0, description="Prompt and completion tokens; none: any number."
    )
    tools_in_words: bool = Field(
        default=False,
        description="Describe tools in the prompt, for an endpoint that ignores them.",
    )
    top_logprobs: int = Field(
        default=0,
        ge=0,
        le=1000,
        description="How many log-probabilities the endpoint reports for a token, so that labels "
        "can be chosen by them; 0: none. OpenAI reports 20.",
    )
    extra: Annotated[dict[str, Any], AfterValidator(without_secrets)] = Field(
        default={}, description="Further keys for the body of every request, as the endpoint takes."
    )

    _session: "Session | None" = PrivateAttr(default=None)
    _capabilities: Capabilities = PrivateAttr(default=Capabilities())
    _memory: Memory | None = PrivateAttr(default=None)
    _account: Account | None = PrivateAttr(default=None)
    _share: tuple[float, int] = PrivateAttr(default=(1.0, 1))

    @property
    def identity(self) -> str:
        """The endpoint, the model's name there, and what every request contains."""
        further: list[object] = ["in words"] if self.tools_in_words else []
        if self.headers or self.query:
            further.append(self.model_dump(mode="json", include={"headers", "query"}))
        return json.dumps(["openai", self._url(), self.model, self.extra, *further], sort_keys=True)

    @property
    def capabilities(self) -> Capabilities:
        """What the endpoint is known to take so far."""
        return self._session.capabilities if self._session else self._capabilities

    @property
    def scores_labels(self) -> bool:
        """Whether it reports log-probabilities."""
        return self.top_logprobs > 0

    @property
    def traffic(self) -> Traffic:
        """Its calls that are not answered yet."""
        return self._session.traffic if self._session else Traffic()

    @property
    def limits(self) -> Mapping[str, int]:
        """The requests and tokens a minute that the endpoint reports as its limits, while open."""
        return self._session.limits if self._session else {}

    async def complete(self, request: Request) -> Reply:
        """Calls the endpoint.

        Raises:
            OutageError: It does not answer; the message says which one, why and what to do.
        """
        if self._session is None:
            self._session = self._open()
            self._session.share(*self._share)
        return await self._session.complete(request)

    async def close(self) -> None:
        """Closes connections; the capabilities that were found are kept."""
        if self._session is not None:
            session, self._capabilities, self._session = self._session, self.capabilities, None
            await session.close()

    def share(self, part: float, of: int) -> None:
        """Restricts it to a part of its limits."""
        self._share = part, of
        if self._session is not None:
            self._session.share(part, of)

    def remember(self, memory: Memory) -> None:
        """Sets where the endpoint's capabilities are stored."""
        self._memory = memory

    def charge(self, account: Account) -> None:
        """Sets the account that unanswered calls are booked on."""
        self._account = account

    def worst(self, request: Request) -> Usage:
        """The bound of the prompt, and all tokens that the request allows."""
        return self._unanswered(prompt_bound(request), request.max_tokens)

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables with the key, the URL, and secrets of headers and the query."""
        named = [
            value.env
            for value in (*self.headers.values(), *self.query.values())
            if isinstance(value, FromVariable)
        ]
        names = (self.api_key_env, "OPENAI_BASE_URL", *named)
        found = {name: self._variable(name) for name in names}
        return {name: value for name, value in found.items() if value}

    @property
    def listing(self) -> Listing:
        """The endpoint's own list."""
        address = self._address()

        def names(timeout_s: float) -> set[str]:
            from evolve.models.openai.listing import listed

            return listed(address, timeout_s)

        return Listing(address.base_url, names, self.model, bool(address.secrets))

    def _open(self) -> "Session":
        # The HTTP library takes long to import, and many commands make no call.
        from evolve.models.openai.breaker import Breaker
        from evolve.models.openai.session import RequestOptions, Session

        address = self._address()
        return Session(
            self._endpoint(address),
            self._pace(),
            Breaker(self.rest_s),
            RequestOptions(
                model=self.model,
                where=address.base_url,
                extra=self.extra,
                top_logprobs=self.top_logprobs,
                retries=self.retries,
                first_wait_s=self.retry_wait_s,
                patience_s=self.patience_s,
                advice=self._advice(),
            ),
            self._lose,
            self._recalled(),
            self._found_out,
        )

    def _pace(self) -> "Pace":
        from evolve.models.openai.pace import Pace

        return Pace(self.concurrency, self.requests_per_minute, self.tokens_per_minute)

    def _advice(self) -> "Mapping[Need, str]":
        """What to do about each kind of lasting fault."""
        return {
            "key": f"check the key in {self.api_key_env} and what it may use",
            "route": "check `model` and `base_url`, which usually ends in /v1",
            "quota": "its account needs credit",
            "request": "check this model's options and what the endpoint takes",
            "limits": "lower its `requests_per_minute` or `concurrency`, or raise `patience_s`",
            "service": "check that the endpoint works",
        }

    def _endpoint(self, address: Address) -> "Endpoint":
        from evolve.models.openai.endpoint import Endpoint

        return Endpoint(address, self.timeout_s, self.concurrency)

    def _address(self) -> Address:
        """Where requests go; looks up every variable that it takes."""
        url = self._url()
        headers = {name: self._value(name, value) for name, value in self.headers.items()}
        secrets = [headers[name] for name in self.headers if is_key(name, self.headers[name])]
        query = {name: self._value(name, value) for name, value in self.query.items()}
        key = "" if secrets and "api_key_env" not in self.model_fields_set else self._key(url)
        if key:
            headers.setdefault("Authorization", f"Bearer {key}")
        named = (
            (headers if name in self.headers else query)[name]
            for name, value in (*self.headers.items(), *self.query.items())
            if isinstance(value, FromVariable)
        )
        return Address(url, headers, query, tuple({key, *named} - {""}))

    def _value(self, name: str, value: Value) -> str:
        """A header's or query parameter's value."""
        if isinstance(value, str):
            return value
        found = self._variable(value.env)
        if not found:
            raise OutageError(
                f"model {self.model!r}: {value.env}, which {name!r} takes, is neither in the "
                "environment nor in a .env file; set it"
            )
        return self._checked(value.env, found)

    def _recalled(self) -> Capabilities:
        """The known capabilities: from this process, else from an earlier one."""
        known, recalled = self._capabilities, None
        if self._memory is not None and known == Capabilities():
            recalled = self._memory.recall(self.memory_key)
        if recalled is not None:
            # Another version of evolve may have stored other fields.
            with suppress(ValidationError):
                known = Capabilities.model_validate_json(recalled)
        return known.without("tools", known) if self.tools_in_words else known

    async def _lose(self, prompt_tokens: int, completion_tokens: int) -> bool:
        if self._account is None:
            return True
        return await self._account.lose(self._unanswered(prompt_tokens, completion_tokens))

    def _unanswered(self, prompt_tokens: int, completion_tokens: int) -> Usage:
        return self.usage(Reply("", prompt_tokens, completion_tokens, 0.0, estimated=True))

    def _found_out(self, takes: Capabilities) -> None:
        if self._memory is not None:
            self._memory.note(self.memory_key, takes.model_dump_json(exclude_defaults=True))

    @property
    def memory_key(self) -> str:
        """The endpoint's URL and the model's name there."""
        return json.dumps([self._url(), self.model])

    def _variable(self, name: str) -> str:
        try:
            known = variables([self.env_file, Path.cwd() / ".env"])
        except ConfigError as error:
            raise OutageError(str(error)) from None
        return known.get(name, "").strip()

    def _url(self) -> str:
        url = self.base_url or self._variable("OPENAI_BASE_URL") or _OPENAI
        try:
            return plain_url(url).rstrip("/")
        except ValueError as error:
            raise OutageError(f"OPENAI_BASE_URL: {error}") from None

    def _key(self, url: str) -> str:
        """The key; empty if none is set and the endpoint may not need one."""
        key = self._variable(self.api_key_env).strip("'\"").removeprefix("Bearer ").strip()
        if not key and (url == _OPENAI or "api_key_env" in self.model_fields_set):
            raise OutageError(
                f"model {self.model!r} at {url}: {self.api_key_env} is neither in the environment "
                "nor in a .env file; set it to the endpoint's key"
            )
        return self._checked(self.api_key_env, key)

    def _checked(self, variable: str, value: str) -> str:
        """A value as a header may hold it."""
        if not (value.isascii() and value.isprintable()):
            raise OutageError(
                f"model {self.model!r}: {variable} holds characters that no key has; "
                "copy the key again"
            )
        return value
