"""A file of requests and their replies: one JSON object a line, compressed if it ends in .gz.

    {"request": {"messages": [{"role": "user", "content": "1 + 1?"}], "max_tokens": 64},
     "reply": {"text": "Answer: 2", "prompt_tokens": 5, "completion_tokens": 3, "latency_s": 0.4}}

(on one line). A request's keys are those of `evolve.models.base.Request`, a reply's those of
`evolve.models.base.Reply`; those that have a default may be left out. Of two lines with the same
request the first counts. ``key`` in place of ``request`` is the SHA-256 of the request
(`key_of`): a tape that is only replayed needs no prompts.
"""

import gzip
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, replace
from hashlib import sha256
from pathlib import Path
from typing import Self

from pydantic import ValidationError, model_validator

from evolve.models.base import Reply, Request
from search_spaces.errors import ConfigError, explain
from search_spaces.frozen import Frozen


class Recording(Frozen):
    """One line of the file."""

    request: Request | None = None
    key: str = ""
    reply: Reply

    @model_validator(mode="after")
    def _names_a_request(self) -> Self:
        if (self.request is None) == (self.key == ""):
            raise ValueError("give either `request` or its `key`")
        return self

    @property
    def is_of(self) -> str:
        """The key of its request."""
        return self.key if self.request is None else key_of(self.request)


class Tape:
    """The recordings of a file, which may grow."""

    def __init__(self, file: Path, *, may_grow: bool) -> None:
        """Reads a file.

        Args:
            file: Where the recordings are.
            may_grow: Whether it may be missing, or end in the middle of a line.

        Raises:
            ConfigError: It cannot be read, or a line is no recording.
        """
        self._file = file
        self._may_grow = may_grow
        self._sound = 0
        """Bytes of whole lines; what follows was cut off while it was written."""
        self._replies: dict[str, Reply] = {}
        for recording in self._read():
            self._replies.setdefault(recording.is_of, recording.reply)

    @property
    def scores_labels(self) -> bool:
        """Whether some replies hold log-probabilities of labels."""
        return any(reply.label_scores for reply in self._replies.values())

    def find(self, request: Request) -> Reply | None:
        """The recorded reply to a request; None if there is none."""
        return self._replies.get(key_of(request))

    def add(self, request: Request, reply: Reply) -> None:
        """Records a reply; it is in the file when this returns.

        Raises:
            ConfigError: The file cannot be written.
        """
        reply = replace(reply, cached=False, free=False)
        asked = {name: value for name, value in asdict(request).items() if value is not None}
        line = json.dumps({"request": asked, "reply": asdict(reply)}).encode() + b"\n"
        try:
            with self._file.open("ab") as file:
                if self._sound < os.fstat(file.fileno()).st_size:
                    file.truncate(self._sound)
                file.write(line)
        except OSError as error:
            raise ConfigError(f"{self._file}: cannot be written: {error.strerror}") from None
        self._sound += len(line)
        self._replies.setdefault(key_of(request), reply)

    def _read(self) -> Iterator[Recording]:
        try:
            content = self._file.read_bytes()
            if self._file.suffix == ".gz":
                content = gzip.decompress(content)
        except EOFError:
            raise ConfigError(f"{self._file}: cannot be read: it ends too early") from None
        except OSError as error:
            if self._may_grow and isinstance(error, FileNotFoundError):
                return
            raise ConfigError(f"{self._file}: cannot be read: {error.strerror or error}") from None
        for number, line in enumerate(content.splitlines(keepends=True), 1):
            cut_off = self._may_grow and not line.endswith(b"\n")
            if line.strip() and not cut_off:
                yield _recording(line, f"{self._file}, line {number}")
            if not cut_off:
                self._sound += len(line)


def _recording(line: bytes, where: str) -> Recording:
    try:
        return Recording.model_validate_json(line)
    except ValidationError as error:
        raise explain(error, where) from None


def key_of(request: Request) -> str:
    """The SHA-256 of a request, in hexadecimal digits."""
    return sha256(json.dumps(asdict(request), sort_keys=True).encode()).hexdigest()
