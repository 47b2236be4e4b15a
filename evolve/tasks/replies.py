"""An answer together with the reply that gave it, for scorers that look at both."""

import json
from typing import NamedTuple

from archive.records import Trace


class Replied(NamedTuple):
    """An answer, and the whole reply that gave it."""

    answer: str
    reply: str


def written(trace: Trace) -> str:
    """The answer of a trace and the last reply that holds it, as text for a scorer elsewhere."""
    replies = [step.text for step in trace.steps if step.text]
    holding = [reply for reply in replies if trace.answer and trace.answer in reply]
    reply = (holding or replies or [trace.answer])[-1]
    return json.dumps({"answer": trace.answer, "reply": reply}, ensure_ascii=False)


def read(text: str) -> Replied:
    """The inverse of `written`; any other text is an answer and its own reply."""
    try:
        values = json.loads(text)
        if set(values) == {"answer", "reply"}:
            return Replied(str(values["answer"]), str(values["reply"]))
    except (ValueError, TypeError, RecursionError):
        pass
    return Replied(text, text)
