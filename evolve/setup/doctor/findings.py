"""What an examination finds."""

from typing import Literal, NamedTuple

Status = Literal["ok", "note", "fix"]
"""In order; worth knowing; to be mended before a run."""


class Finding(NamedTuple):
    """One thing that was looked at."""

    area: str
    name: str
    status: Status
    text: str
    advice: str = ""
    """What to do about it, in one line."""
