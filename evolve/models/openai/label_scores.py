"""The log-probabilities of labels, read from those of a reply's first token.

A label is scored by its first token: of all tokens that the label begins with, the probabilities
are added. Labels that begin with the same token get the same score.
"""

from collections.abc import Mapping, Sequence
from math import exp, log
from typing import Any

_UNSEEN = 1.0
"""How far below the lowest reported log-probability a label lies that was not reported."""


def label_scores(choice: Mapping[str, Any], labels: Sequence[str]) -> tuple[float, ...]:
    """The log-probability of each label.

    Args:
        choice: The choice of a chat completion, with ``logprobs``.
        labels: The labels, in the order of the scores.

    Returns:
        As many numbers as labels; empty where the endpoint reported no log-probabilities.
    """
    top = _top(choice)
    if not top:
        return ()
    least = exp(min(top.values()) - _UNSEEN)
    found = []
    for label in labels:
        begins = [exp(value) for token, value in top.items() if _begins(label, token)]
        found.append(log(max(sum(begins), least)))
    return tuple(found)


def _begins(label: str, token: str) -> bool:
    """Whether a label begins with a token, letter case and a leading space aside."""
    plain = token.strip().casefold()
    return bool(plain) and label.strip().casefold().startswith(plain)


def _top(choice: Mapping[str, Any]) -> dict[str, float]:
    """The tokens reported for the first place with their log-probabilities."""
    content = (choice.get("logprobs") or {}).get("content") or [{}]
    first = content[0] if isinstance(content[0], Mapping) else {}
    found: dict[str, float] = {}
    for each in first.get("top_logprobs") or ():
        token, value = each.get("token"), each.get("logprob")
        if isinstance(token, str) and isinstance(value, int | float) and value <= 0:
            found[token] = float(value)
    return found
