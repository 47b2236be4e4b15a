"""Which part of a row is what: fields by dotted path, and texts put together from several."""

import json
import re
from collections.abc import Mapping
from typing import Any

from evolve.tasks.rows import Row
from search_spaces.describe import shown
from search_spaces.text import whole

_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


def value_at(row: Row, path: str) -> Any:  # noqa: ANN401 - whatever the file holds
    """What a row holds under a name, or under a dotted path into nested objects and arrays.

    Raises:
        TaskError: It holds nothing there.
    """
    if path in row.values:
        return row.values[path]
    value: Any = row.values
    for part in path.split("."):
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            known = shown(", ".join(row.values), 200) or "nothing"
            raise row.error(f"there is no field {path!r}; this row has {known}")
    return value


def text_at(row: Row, path: str) -> str:
    """A field as text; lists and objects are written as JSON.

    Raises:
        TaskError: There is no such field, or it is null.
    """
    value = value_at(row, path)
    if value is None:
        raise row.error(f"the field {path!r} is null; expected a text")
    return whole(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def problem_of(template: str) -> str:
    """What is wrong with a template; empty if nothing is."""
    for found in _PLACEHOLDER.finditer(template):
        if found[1] == "":
            return "a placeholder names no field; write {field}"
        if found[0] in ("{", "}"):
            return f"a lone {found[0]!r}; write {{field}}, or {2 * found[0]!r} for the sign itself"
    return ""


def filled(row: Row, template: str) -> str:
    """A field of the row, or where the template holds ``{field}``s, the template filled in.

    Raises:
        TaskError: A field is missing or null, or the text comes out empty.
    """
    if "{" not in template:
        text = text_at(row, template)
    else:
        text = _PLACEHOLDER.sub(
            lambda found: found[0][0] if found[1] is None else text_at(row, found[1]), template
        )
    if not text.strip():
        raise row.error(f"the task's text is empty; it is made of {template!r}")
    return text.strip()
