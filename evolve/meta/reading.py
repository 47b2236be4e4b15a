"""A meta-agent's reply as edits or as a system; unverified.

Whatever it holds, reading it takes little time and ends in a proposal or in one clear reason.
"""

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from pydantic import ValidationError

from search_spaces.config import SystemConfig
from search_spaces.edits import EDITS, Edits, SetLabel
from search_spaces.errors import ConfigError, explain
from search_spaces.text import shown, whole

MAX_CHARACTERS = 200_000
"""Far more than a proposal needs."""

MAX_DEPTH = 20
MAX_EDITS = 30
RATIONALE_CHARACTERS = 2_000

_FENCED = re.compile(r"```[a-z]*[ \t]*\n(.*?)\n?```", re.DOTALL)
_STARTS = 50
"""Places in a text at which an object is looked for."""


def read_edits(text: str) -> tuple[str, Edits]:
    """The rationale and the edits that a reply holds.

    Raises:
        ConfigError: It holds none.
    """
    reply = _object_with("edits", text)
    written = reply["edits"]
    if isinstance(written, list) and len(written) > MAX_EDITS:
        raise ConfigError(f"{len(written)} edits; propose at most {MAX_EDITS}")
    try:
        edits = EDITS.validate_python(written)
    except ValidationError as error:
        raise _told(error, "edits") from None
    return _rationale(reply), tuple(edit for edit in edits if not isinstance(edit, SetLabel))


def read_system(text: str) -> tuple[str, SystemConfig]:
    """The rationale and the system that a reply holds.

    Raises:
        ConfigError: It holds none.
    """
    reply = _object_with("system", text)
    try:
        config = SystemConfig.model_validate(reply["system"])
    except ValidationError as error:
        raise _told(error, "system") from None
    name = shown(config.name, 40)
    return _rationale(reply), config.model_copy(update={"name": name, "description": ""})


def _object_with(key: str, text: str) -> dict[str, Any]:
    """The JSON object of a reply, perhaps fenced or between other words."""
    if len(text) > MAX_CHARACTERS:
        raise ConfigError(f"{len(text):,} characters; a reply may have {MAX_CHARACTERS:,}")
    for value in _values(text):
        if isinstance(value, dict) and key in value:
            if _depth(value) > MAX_DEPTH:
                raise ConfigError(f"the JSON is nested more than {MAX_DEPTH} levels deep")
            return value
    raise ConfigError(
        f"{_problem(text)}; reply with one JSON object with the keys 'rationale' and {key!r}"
    )


def _values(text: str) -> Iterator[Any]:
    """What a text may mean as JSON: all of it, its fenced parts, or what follows a brace."""
    decoder = json.JSONDecoder()
    for part in (text, *reversed(_FENCED.findall(text))):
        try:
            yield decoder.decode(part.strip())
        except (ValueError, RecursionError):
            continue
    for brace in islice(re.finditer(r"\{", text), _STARTS):
        try:
            yield decoder.raw_decode(text, brace.start())[0]
        except (ValueError, RecursionError):
            continue


def _problem(text: str) -> str:
    try:
        value = json.loads(text)
    except RecursionError:
        return "the JSON is nested too deeply"
    except ValueError as error:
        return f"this is no valid JSON ({shown(str(error), 120)})" if text.strip() else "no reply"
    if not isinstance(value, dict):
        return "this is JSON but no object"
    return f"the keys are {shown(', '.join(map(repr, value)), 120) or 'none'}"


def _depth(value: object) -> int:
    """How many levels of lists and objects lie within each other."""
    depth, level = 0, [value]
    while level:
        depth += 1
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return depth


def _rationale(reply: dict[str, Any]) -> str:
    said = reply.get("rationale", "")
    return whole(said)[:RATIONALE_CHARACTERS].strip() if isinstance(said, str) else ""


def _told(error: ValidationError, where: str) -> ConfigError:
    """What is wrong with a proposal as one short printable line."""
    return ConfigError(shown(str(explain(error, where)), 400))
