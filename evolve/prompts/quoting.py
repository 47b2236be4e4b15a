"""Quoting untrusted texts in a prompt: fenced as data, and cut to a number of bytes."""

import re
from collections.abc import Iterable

from evolve.prompts.lengths import cut
from search_spaces.text import whole

_FENCE = "`" * 3
_LONG_RUN = re.compile(r"`{3,}")
_MARKER = "\n[…]\n"

LEAST = 40
"""Bytes below which a text is left out rather than cut."""


def shortened(text: str, limit: int) -> str:
    """A text within a number of UTF-8 bytes: its beginning and its end, with a mark between."""
    written = whole(text).encode()
    if len(written) <= limit:
        return written.decode()
    room = limit - len(_MARKER.encode())
    if room < LEAST:
        return cut(whole(text), max(limit, 0)) if limit >= len("…".encode()) else ""
    head = written[: room * 3 // 5].decode(errors="ignore")
    tail = written[-(room - room * 3 // 5) :].decode(errors="ignore")
    return f"{head}{_MARKER}{tail}"


def fenced(text: str, limit: int, kind: str = "") -> str:
    """A text between lines of backticks that it cannot end by itself.

    Args:
        text: Any text.
        limit: UTF-8 bytes that the whole may take.
        kind: What the opening line says, such as ``yaml``.
    """
    frame = len(f"{_FENCE}{kind}\n\n{_FENCE}")
    inside = shortened(_LONG_RUN.sub("``", text).strip("\n"), limit - frame)
    return f"{_FENCE}{kind}\n{inside}\n{_FENCE}"


def listed(lines: Iterable[str], limit: int, otherwise: str) -> str:
    """As many lines as go into a number of UTF-8 bytes, fenced; other words if there is none."""
    left = limit - len(fenced("", limit))
    shown: list[str] = []
    for line in map(whole, lines):
        left -= len(line.encode()) + 1
        if left < 0:
            break
        shown.append(line)
    return fenced("\n".join(shown), limit) if shown else otherwise
