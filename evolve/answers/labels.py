"""Which of some labels an answer names."""

import re
from collections.abc import Sequence

from evolve.answers.reading import line_of, normalise


def label_of(text: str, cut_off: bool = False, labels: Sequence[str] = ()) -> str:
    """The label that a reply decides for, as `labels` spells it; empty if that is not clear.

    The final answer counts: it is a label, or it holds one and no other.
    """
    answer = normalise(line_of(text, cut_off))
    forms = {label: normalise(label) for label in labels}
    for label, form in forms.items():
        if answer == form:
            return label
    named = {label for label, form in forms.items() if _holds(answer, form)}
    # 'not relevant' holds 'relevant'; the longer label is meant.
    meant = [
        label
        for label in named
        if not any(other != label and _holds(forms[other], forms[label]) for other in named)
    ]
    return meant[0] if len(meant) == 1 else ""


def _holds(text: str, words: str) -> bool:
    return bool(words) and bool(re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text))
