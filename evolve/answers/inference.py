"""Infers the answer form of a task set from its truths and instructions."""

import json
import re
from collections.abc import Sequence

from evolve.answers.base import Form
from evolve.answers.forms.free import Free
from evolve.answers.forms.json import Json
from evolve.answers.forms.text import Text
from evolve.answers.marks import WORD

_MARK = re.compile(rf"{WORD}\W*[:：]|<answer>|boxed|####", re.IGNORECASE)
"""How instructions ask for a marked answer."""


def form_of(truths: Sequence[object], instructions: str | None, *, reads_texts: bool) -> Form:
    """The form in which replies are read where a run file names none.

    Truths of several lines are texts, truths that are JSON objects are JSON; other answers are
    short, unless instructions ask for no marked answer and the scorer reads texts.

    Args:
        truths: Truths of tasks that are not sealed.
        instructions: The instructions of the run file; None: those of the form.
        reads_texts: Whether the scorer takes texts of several lines.
    """
    texts = [truth for truth in truths if isinstance(truth, str)]
    marked = instructions is None or bool(_MARK.search(instructions))
    if texts and len(texts) == len(truths) and all(map(_is_json, texts)):
        return Json(keys=_shared_keys(texts))
    if any("\n" in text.strip() for text in texts) or (reads_texts and not marked):
        return Text(marked=marked)
    return Free()


def _is_json(text: str) -> bool:
    if not text.strip().startswith("{"):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _shared_keys(texts: Sequence[str]) -> tuple[str, ...]:
    """The keys that all objects have, in the order of the first."""
    objects = [json.loads(text) for text in texts]
    return tuple(key for key in objects[0] if all(key in each for each in objects))[:20]
