"""Any model behind an OpenAI-compatible endpoint.

``endpoint``      sends bodies and gets answers; the only user of the openai client
``payload``       writes a request down, within what the endpoint takes
``replies``       reads an answer, strict about there being one
``capabilities``  what an endpoint turned out not to take
``faults``        what can go wrong, told apart by what helps
``attempts``      one call: when it is tried again, and what that cost
``pace``          calls at once, requests and tokens a minute
``breaker``       leaves a model alone that was given up
``session``       all of it together
"""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, PrivateAttr, ValidationError

from archive.records import Usage
from evolve.environment import variables
from evolve.errors import OutageError
from evolve.models.base import Account, Listing, Memory, Model, Reply, Request, Traffic
from evolve.models.openai.capabilities import Capabilities
from evolve.models.openai.payload import prompt_bound
from evolve.plugins import RunPath
from search_spaces.errors import ConfigError

if TYPE_CHECKING:
    from evolve.models.openai.endpoint import Endpoint
    from evolve.models.openai.session import Session

_OPENAI = "https://api.openai.com/v1"
_SECRET = re.compile(
    r"api.?key|(access|auth).?token|secret|passw|authorization|credential", re.IGNORECASE
)


def _plain_url(url: str) -> str:
    parts = urlsplit(url)
    if url and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise ValueError("expected a URL such as http://localhost:8000/v1")
    if parts.username or parts.password or parts.query:
        raise ValueError("a URL with a password or a query may hold a secret; use `api_key_env`")
    return url


def _variable_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z_]\w*", name):
        raise ValueError(
            "expected the name of an environment variable, such as OPENAI_API_KEY; the key itself "
            "goes there, or into a .env file"
        )
    return name


def _without_secrets(extra: dict[str, Any]) -> dict[str, Any]:
    for name, value in extra.items():
        if _SECRET.search(name) and isinstance(value, str):
            raise ValueError(
                f"{name!r:.40} looks like a secret, which an archive must not keep; name the "
                "variable that holds the key in `api_key_env`"
            )
        if isinstance(value, dict):
            _without_secrets(value)
    return extra


class OpenAI(Model):
    """A model behind an OpenAI-compatible endpoint."""

    model: str = Field(min_length=1, description="Its name at the endpoint.")
    base_url: Annotated[str, AfterValidator(_plain_url)] = Field(
        default="", description="The endpoint; empty: OPENAI_BASE_URL, else OpenAI's own."
    )
    api_key_env: Annotated[str, AfterValidator(_variable_name)] = Field(
        default="OPENAI_API_KEY",
        description="The name of the environment variable that holds the key.",
    )
    env_file: RunPath = Field(
        default=Path(".env"),
        description="Where variables are looked up that the environment lacks, "
        "before the .env file of the working directory.",
    )
    timeout_s: float = Field(default=300.0, gt=0, description="For a whole answer, in seconds.")
    retries: int = Field(default=6, ge=0, le=30, description="Further attempts after a failed one.")
    retry_wait_s: float = Field(
        default=0.5, gt=0, description="Before the first of them; doubled each time, in seconds."
    )
    patience_s: float = Field(
        default=600.0, ge=0, description="How long a call waits for rate limits in all, in seconds."
    )
    rest_s: float = Field(
        default=30.0, ge=0, description="How long it is left alone after an outage, in seconds."
    )
    concurrency: int = Field(default=256, ge=1, le=4096, description="Calls at once.")
    requests_per_minute: float | None = Field(default=None, gt=0, description="None: any number.")
    tokens_per_minute: float | None = Field(
        default=None, gt=0, description="Prompt and completion tokens; none: any number."
    )
    tools_in_words: bool = Field(
        default=False, description="Describe tools in the text, for an endpoint that ignores them."
    )
    extra: Annotated[dict[str, Any], AfterValidator(_without_secrets)] = Field(
        default={}, description="Further keys for the body of every request, as the endpoint takes."
    )

    _session: "Session | None" = PrivateAttr(default=None)
    _capabilities: Capabilities = PrivateAttr(default=Capabilities())
    _memory: Memory | None = PrivateAttr(default=None)
    _account: Account | None = PrivateAttr(default=None)
    _share: tuple[float, int] = PrivateAttr(default=(1.0, 1))

    @property
    def identity(self) -> str:
        """The endpoint, the model's name there and what every request holds."""
        told = ["in words"] if self.tools_in_words else []
        return json.dumps(["openai", self._url(), self.model, self.extra, *told], sort_keys=True)

    @property
    def capabilities(self) -> Capabilities:
        """What the endpoint is known to take by now."""
        return self._session.capabilities if self._session else self._capabilities

    @property
    def traffic(self) -> Traffic:
        """Its calls now."""
        return self._session.traffic if self._session else Traffic()

    @property
    def limits(self) -> Mapping[str, int]:
        """The requests and tokens a minute that the endpoint said it allows, while it is open."""
        return self._session.limits if self._session else {}

    async def complete(self, request: Request) -> Reply:
        """Asks the endpoint.

        Raises:
            OutageError: It does not serve; the message says which one, why and what to do.
        """
        if self._session is None:
            self._session = self._open()
            self._session.share(*self._share)
        return await self._session.ask(request)

    async def close(self) -> None:
        """Lets go of connections; what was found out is kept."""
        if self._session is not None:
            session, self._capabilities, self._session = self._session, self.capabilities, None
            await session.close()

    def share(self, part: float, of: int) -> None:
        """Keeps to a part of its limits."""
        self._share = part, of
        if self._session is not None:
            self._session.share(part, of)

    def remember(self, memory: Memory) -> None:
        """Is told where to keep what its endpoint turns out to take."""
        self._memory = memory

    def charge(self, account: Account) -> None:
        """Is told who pays for calls that brought no answer."""
        self._account = account

    def worst(self, request: Request) -> Usage:
        """All that the request bounds."""
        return self._unanswered(prompt_bound(request), request.max_tokens)

    @property
    def environment(self) -> Mapping[str, str]:
        """The key, and where the endpoint is if the run file does not say it."""
        found = {name: self._variable(name) for name in (self.api_key_env, "OPENAI_BASE_URL")}
        return {name: value for name, value in found.items() if value}

    @property
    def listing(self) -> Listing:
        """The endpoint's own list."""
        url = self._url()
        return Listing(url, self._key(url), self.model)

    def _open(self) -> "Session":
        # The openai client takes half a second to import, which only those pay who call it.
        from evolve.models.openai.breaker import Breaker
        from evolve.models.openai.pace import Pace
        from evolve.models.openai.session import Manner, Session

        url = self._url()
        return Session(
            self._endpoint(url),
            Pace(self.concurrency, self.requests_per_minute, self.tokens_per_minute),
            Breaker(self.rest_s),
            Manner(
                model=self.model,
                where=url,
                extra=self.extra,
                retries=self.retries,
                first_wait_s=self.retry_wait_s,
                patience_s=self.patience_s,
                advice={
                    "key": f"check the key in {self.api_key_env} and what it may use",
                    "route": "check `model` and `base_url`, which usually ends in /v1",
                    "quota": "its account needs credit",
                    "request": "check this model's options and what the endpoint takes",
                    "limits": "lower its `requests_per_minute` or `concurrency`, or raise "
                    "`patience_s`",
                    "service": "check that the endpoint works",
                },
            ),
            self._lose,
            self._recalled(),
            self._found_out,
        )

    def _endpoint(self, url: str) -> "Endpoint":
        from evolve.models.openai.endpoint import Endpoint

        return Endpoint(url, self._key(url), self.timeout_s, self.concurrency)

    def _recalled(self) -> Capabilities:
        """What is known of the endpoint: from this process, else from one before."""
        known, recalled = self._capabilities, None
        if self._memory is not None and known == Capabilities():
            recalled = self._memory.recall(self.memory_key)
        if recalled is not None:
            # Another version of evolve may have known other things.
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
        """The endpoint and the model's name there."""
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
            return _plain_url(url).rstrip("/")
        except ValueError as error:
            raise OutageError(f"OPENAI_BASE_URL: {error}") from None

    def _key(self, url: str) -> str:
        """The key, empty where none is set and the endpoint may do without."""
        key = self._variable(self.api_key_env)
        if not key and (url == _OPENAI or "api_key_env" in self.model_fields_set):
            raise OutageError(
                f"model {self.model!r} at {url}: {self.api_key_env} is neither in the environment "
                "nor in a .env file; set it to the endpoint's key"
            )
        if not (key.isascii() and key.isprintable()):
            raise OutageError(
                f"model {self.model!r} at {url}: {self.api_key_env} holds characters that no key "
                "has; copy the key again"
            )
        return key
