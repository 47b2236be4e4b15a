"""Truths: whether one is empty, and the alternatives of one that accepts several answers."""

import math

from evolve.data.fields import NOTHING

Alternatives = tuple[str | int | float, ...]


def is_empty(truth: object) -> bool:
    """Whether a truth says nothing: null, NaN, blank, or a list of nothing else."""
    if isinstance(truth, float):
        return math.isnan(truth)
    if isinstance(truth, str):
        return truth.strip() in ("", *NOTHING)
    if isinstance(truth, list | tuple):
        return all(map(is_empty, truth))
    return truth is None


def named(truth: object) -> str:
    """An empty truth as people call it."""
    if isinstance(truth, float) or (isinstance(truth, str) and truth.strip()):
        return "NaN"
    return "null" if truth is None else "blank"


def alternatives(truth: object) -> Alternatives | None:
    """The answers that a truth accepts: itself, or the entries of a list.

    Objects as data sets have them are read, too: ``{"text": [...]}`` of SQuAD, and ``{"value": …,
    "aliases": [...]}`` of TriviaQA. None where the truth is something else.
    """
    if isinstance(truth, dict):
        named = [truth[key] for key in ("text", "value", "aliases") if key in truth]
        truth = [
            one for each in named for one in (each if isinstance(each, list | tuple) else [each])
        ]
    entries = truth if isinstance(truth, list | tuple) else (truth,)
    if not entries or not all(isinstance(entry, str | int | float) for entry in entries):
        return None
    said = [entry for entry in entries if not is_empty(entry)]
    return tuple(entry for entry in said if isinstance(entry, str | int | float)) or None


def shown(truth: object) -> str:
    """A truth for feedback: its alternatives with 'or' between."""
    return " or ".join(map(str, alternatives(truth) or (truth,)))
