"""Evaluations without a usable answer: their share by cause, with advice."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from archive.errors import ArchiveError
from archive.reading import Reader
from archive.records import Run
from evolve.text import one_line

SHOWN = 0.05
"""The smallest share of evaluations of a cause that is shown."""

DOMINANT = 0.5
"""The share of failures from which these, not the search, explain a result."""


class Cause(NamedTuple):
    """Why evaluations brought no answer."""

    kind: str
    evaluations: int
    share: float
    """Of all evaluations."""
    example: str
    """The most frequent reason, as recorded."""

    @property
    def text(self) -> str:
        """The share and what to do, in one line."""
        count = f"{self.evaluations:,} evaluation{'s' if self.evaluations != 1 else ''}"
        return f"{100 * self.share:.0f} % ({count}): {_TEXTS[self.kind].format(self.example)}"


_WORDS = (
    ("cut off", "cut off"),
    ("refus", "refused"),
    ("content filter", "refused"),
    ("moderation", "refused"),
    ("schema", "schema"),
    ("response_format", "schema"),
    ("thoughts alone", "thoughts"),
    ("reply is empty", "empty"),
    ("no answer", "form"),
    ("unread", "unread"),
    ("verdict", "unread"),
    ("judge", "unread"),
)
"""Words in a recorded reason, and the cause they stand for; the first that fits counts."""

_TEXTS = {
    "cut off": "replies are cut off at max_tokens before an answer; raise the model's "
    "`max_tokens`, since a reasoning model spends them on thinking first, or lower its reasoning "
    "effort under `extra`",
    "refused": "the model or a content filter refuses ({}); reword the instructions, leave these "
    "tasks out, or use another model",
    "schema": "the endpoint does not support the requested schema ({}); try `evolve "
    "doctor`, or another model",
    "thoughts": "replies hold thoughts and no answer after them; check the server's reasoning "
    "parser, or raise the model's `max_tokens`",
    "empty": "replies are empty: they have no text; check the server's chat template and reasoning "
    "parser, the model's `extra`, and `evolve doctor`",
    "form": "replies hold no answer in the requested form; state the form in "
    "`tasks.instructions`, and read some with `evolve archive show NUMBER`",
    "unread": "a judge's verdict cannot be read ({}); use a larger judge, or raise its "
    "`max_tokens`",
    "other": "{}",
}


def causes_of(failures: dict[str, int]) -> list[Cause]:
    """The causes of missing answers, the most frequent first.

    Args:
        failures: How many evaluations ended with which recorded reason; the empty text is none.
    """
    total = sum(failures.values())
    counts: dict[str, int] = {}
    examples: dict[str, str] = {}
    for reason, count in sorted(failures.items(), key=lambda each: -each[1]):
        if reason:
            kind = _kind(reason)
            counts[kind] = counts.get(kind, 0) + count
            examples.setdefault(kind, one_line(reason, 120))
    found = [Cause(kind, n, n / total, examples[kind]) for kind, n in counts.items()]
    return sorted(
        (each for each in found if each.share >= SHOWN), key=lambda each: -each.evaluations
    )


def causes_in(archive: Path, run: Run) -> list[Cause]:
    """The causes in a run of an archive file; none where it cannot be read."""
    try:
        with Reader.read(archive) as opened:
            return causes_of(opened.failures(run))
    except ArchiveError:
        return []


def dominant(causes: Iterable[Cause]) -> bool:
    """Whether missing answers, not the search, explain the result."""
    return sum(cause.share for cause in causes) >= DOMINANT


def _kind(reason: str) -> str:
    lower = reason.lower()
    return next((kind for word, kind in _WORDS if word in lower), "other")
