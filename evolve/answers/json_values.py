"""JSON objects and arrays within a text."""

import json
import re

_FENCED_JSON = re.compile(r"```(?:json\w*)?[ \t]*\n(.*?)```", re.DOTALL | re.IGNORECASE)
_DECODER = json.JSONDecoder()
_ATTEMPTS = 200
"""Opening brackets that are tried, so that a text of brackets takes bounded time."""


def json_at(text: str) -> str:
    """The JSON object or array that a text begins with, as it is written; empty if none."""
    if not text.startswith(("{", "[")):
        return ""
    try:
        return text[: _DECODER.raw_decode(text)[1]]
    except (ValueError, RecursionError):
        return ""


def last_json(text: str) -> str:
    """The last JSON object or array in a text that lies in no other; empty if there is none.

    A fenced block counts before what stands between words.
    """
    for block in reversed(_FENCED_JSON.findall(text)):
        if (found := json_at(block.strip())) and found == block.strip():
            return found
    found, place, attempts = "", 0, 0
    while attempts < _ATTEMPTS and (bracket := re.search(r"[{\[]", text[place:])):
        place += bracket.start()
        attempts += 1
        value = json_at(text[place:])
        found = value or found
        place += len(value) or 1
    return found
