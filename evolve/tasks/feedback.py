"""Feedback of scorers on an answer; the meta-agent reads it, agents never do."""

from archive.records import Score

_LIMIT = 80
"""Characters of a quoted answer; the point is what it is, not all of it."""


def quoted(text: str) -> str:
    """A text on one line, in quotes, shortened where it is long."""
    line = " ".join(text.split())
    return repr(line if len(line) <= _LIMIT else f"{line[: _LIMIT - 1]}…")


def verdict_of(right: bool, truth: str, answer: str, why: str = "") -> Score:
    """The score of an answer that is right or wrong.

    Args:
        right: Whether it is right.
        truth: What was expected.
        answer: What was given.
        why: What more there is to say about a wrong answer.
    """
    if right:
        return Score(value=1.0, feedback=f"correct: {quoted(truth)}")
    reason = f" ({why})" if why else ""
    return Score(value=0.0, feedback=f"expected {quoted(truth)}, got {quoted(answer)}{reason}")
