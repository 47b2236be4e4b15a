"""A model file on this machine, run by llama.cpp inside this process.

``packaged``  models that come as Python packages, and how to get their files
``gguf``      the header of a model file
``machine``   cores, memory and instruction sets of this machine
``checks``    what keeps a file from being run here
``server``    llama.cpp's own HTTP server; the only user of xllamacpp
``loopback``  that server as an endpoint like any other
"""

import json
from collections.abc import Hashable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import AfterValidator, Field, PrivateAttr, model_validator

from archive.records import Usage
from evolve.errors import OutageError, RunError
from evolve.models.base import Account, Model, Reply, Request, Traffic
from evolve.models.llama_cpp.gguf import Header, fingerprint
from evolve.models.llama_cpp.machine import free_cores
from evolve.models.llama_cpp.packaged import packaged_model
from evolve.models.openai.address import without_secrets
from evolve.models.openai.capabilities import Capabilities
from evolve.models.openai.payload import prompt_bound
from evolve.models.shared import Lease, Shared
from evolve.plugins import RunPath
from search_spaces.errors import ConfigError

if TYPE_CHECKING:
    from evolve.models.llama_cpp.loopback import Loopback
    from evolve.models.llama_cpp.server import Options, Server


class LlamaCpp(Model):
    """A GGUF model file, run on this machine by llama.cpp; needs the extra `local`."""

    model: str = Field(
        default="", description="A packaged model, such as smollm2; see `evolve models list`."
    )
    path: RunPath | None = Field(default=None, description="Any GGUF file, instead of `model`.")
    context: int = Field(
        default=2048,
        ge=256,
        le=1 << 20,
        description="Tokens of one call, prompt and reply together; each of the calls at once has "
        "as many to itself, in memory.",
    )
    parallel: int = Field(
        default=8, ge=1, le=256, description="Calls that are answered at once; others wait."
    )
    threads: int | None = Field(
        default=None,
        ge=1,
        description="Processor threads; none, or more than the cores that are free for this "
        "process: as many as those. OMP_NUM_THREADS limits them, too.",
    )
    max_tokens: int = Field(
        default=256, ge=1, description="Completion tokens where an agent sets no limit."
    )
    temperature: float | None = Field(
        default=None,
        ge=0,
        le=2,
        description="Temperature of agents that set none. Left out: 0, always the most probable "
        "token, and 0.8 where several replies to one request are wanted, as for votes.",
    )
    timeout_s: float = Field(default=600.0, gt=0, description="For a whole answer, in seconds.")
    tools_in_words: bool = Field(
        default=False, description="Describe tools in the text, for a model that ignores them."
    )
    extra: Annotated[dict[str, Any], AfterValidator(without_secrets)] = Field(
        default={},
        description="Further keys for the body of every request, such as `top_k` or `grammar`.",
    )

    _shared: Shared = PrivateAttr(default_factory=Shared)
    _lease: "Lease[Server] | None" = PrivateAttr(default=None)
    _endpoint: "Loopback | None" = PrivateAttr(default=None)
    _account: Account | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _names_one_file(self) -> Self:
        if bool(self.model) == (self.path is not None):
            raise ValueError("give either `model`, such as smollm2, or `path`, a GGUF file")
        if self.model:
            try:
                packaged_model(self.model)
            except ConfigError as error:
                raise ValueError(str(error)) from None
        return self

    @property
    def file(self) -> Path:
        """The model file, whether it is there or not."""
        if self.path is not None:
            return self.path.expanduser().absolute()
        return packaged_model(self.model).path

    @property
    def label(self) -> str:
        """What the model is called in requests and messages."""
        return self.model or self.file.stem

    @property
    def identity(self) -> str:
        """The file's content, and what every request holds."""
        try:
            content = packaged_model(self.model).sha256 if self.model else fingerprint(self.file)
        except OSError:
            content = str(self.file)
        mode = ["in words"] if self.tools_in_words else []
        held = [content, self.context, self.temperature, self.extra, *mode]
        return json.dumps(["llama_cpp", *held], sort_keys=True)

    def temperature_of(self, draws: int) -> float:
        """See `Model.temperature_of`: replies that should differ are drawn."""
        if self.temperature is not None:
            return self.temperature
        return _DRAWN if draws > 1 else 0.0

    @property
    def is_small(self) -> bool:
        """Whether its file has at most 1 GB: about a billion parameters of 4 to 8 bits."""
        if self.model:
            return packaged_model(self.model).size <= _SMALL
        return self.file.is_file() and self.file.stat().st_size <= _SMALL

    @property
    def scores_labels(self) -> bool:
        """llama.cpp reports as many log-probabilities as are requested."""
        return True

    @property
    def window(self) -> int:
        """Tokens of one call, prompt and reply together."""
        return self.context

    @property
    def lanes(self) -> tuple[Hashable, int]:
        """The server, and how many calls it takes in at once."""
        from evolve.models.llama_cpp.server import places

        return ("llama_cpp", self.file, self.context, self.parallel), places(self.parallel)

    @property
    def cores(self) -> int:
        """The threads that it uses on this machine."""
        free = free_cores()
        return free if self.threads is None else min(free, self.threads)

    @property
    def tokens_per_minute(self) -> float | None:
        """About how many tokens of prompts and replies it takes in, for estimates.

        A rule of thumb for quiet machines: a core reads `_BYTES_PER_SECOND` of weights, all of
        them for a token. None where the file is not there.
        """
        try:
            size = self.file.stat().st_size
        except OSError:
            return None
        return 60 * self.cores * _BYTES_PER_SECOND / max(1, size)

    @property
    def traffic(self) -> Traffic:
        """Its calls now."""
        return self._endpoint.traffic if self._endpoint else Traffic()

    @property
    def capabilities(self) -> Capabilities:
        """What the server is known to take by now."""
        return self._endpoint.capabilities if self._endpoint else Capabilities()

    def require(self) -> None:
        """Makes sure that the model can run on this machine.

        Raises:
            RunError: It cannot; the message says what is missing and how to get it.
        """
        self.examine()

    def examine(self) -> Header:
        """What its file holds, if the model can run on this machine; see `require`."""
        from evolve.models.llama_cpp.checks import check_file, check_library

        if not self.file.is_file():
            if self.model:
                raise RunError(
                    f"the model {self.model} is not on this machine (no {self.file}); "
                    f"get it with `evolve models pull {self.model}`"
                )
            raise RunError(f"there is no model file {self.file}; check `path`")
        check_library()
        return check_file(self.file, self.context, self.parallel)

    async def complete(self, request: Request) -> Reply:
        """Asks the server, which is started for the first request.

        Raises:
            OutageError: It does not start or does not answer.
        """
        if self._endpoint is None:
            self._endpoint = self._open()
        if request.temperature is None:
            request = replace(request, temperature=self.temperature_of(draws=1))
        return await self._endpoint.complete(request)

    async def close(self) -> None:
        """Closes the connections, and ends the server where no other model uses it."""
        endpoint, self._endpoint = self._endpoint, None
        lease, self._lease = self._lease, None
        if endpoint is not None:
            await endpoint.close()
        if lease is not None:
            lease.release()

    def join(self, shared: Shared) -> None:
        """Shares servers with the other models of a run."""
        self._shared = shared

    def charge(self, account: Account) -> None:
        """Sets where calls that brought no answer are booked."""
        self._account = account
        if self._endpoint is not None:
            self._endpoint.charge(account)

    def worst(self, request: Request) -> Usage:
        """All that the request bounds."""
        bound = prompt_bound(request)
        return self.usage(Reply("", bound, request.max_tokens, 0.0, estimated=True))

    def _open(self) -> "Loopback":
        from evolve.models.llama_cpp.loopback import Loopback
        from evolve.models.llama_cpp.server import Options, places

        options = Options(self.file, self.context, self.parallel, self.cores)
        self._lease = self._shared.lease(options, lambda: self._started(options))
        asked = {
            "model": self.label,
            "price": self.price,
            "concurrency": places(self.parallel),
            "top_logprobs": TOP_LOGPROBS,
            **{name: getattr(self, name) for name in _PASSED_ON},
        }
        endpoint = Loopback.to(self._lease.held, asked)
        if self._account is not None:
            endpoint.charge(self._account)
        return endpoint

    def _started(self, options: "Options") -> "Server":
        """A new server; what a run could not foresee pauses it."""
        from evolve.models.llama_cpp.server import Server

        try:
            header = self.examine()
        except RunError as error:
            raise OutageError(str(error)) from None
        try:
            return Server(options)
        except OutageError as error:
            raise OutageError(
                f"{options.path}: {error} (architecture {header.architecture or 'unknown'!r}); "
                "the file is damaged, or needs another llama.cpp: pip install -U xllamacpp"
            ) from None


_BYTES_PER_SECOND = 12e9
"""Five times what one call alone takes: calls are batched, and most of a prompt was seen before."""

_DRAWN = 0.8
"""llama.cpp's own temperature."""

_SMALL = 10**9
"""Bytes of the largest file of a small model."""

TOP_LOGPROBS = 300
"""Tokens whose log-probabilities are reported where labels are chosen by them."""

_PASSED_ON = ("max_tokens", "timeout_s", "tools_in_words", "extra")
"""Options that are the endpoint's, too."""
