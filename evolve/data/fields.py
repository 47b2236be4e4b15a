"""Which part of a row is what: fields by dotted path, and texts put together from several."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from evolve.data.pictures import joined_parts, medium_in
from evolve.data.rows import Row
from evolve.errors import TaskError
from search_spaces.text import shown, whole


class EmptyError(TaskError):
    """A row lacks what a task needs; it may be left out."""


class MissingError(EmptyError):
    """A row lacks a field."""


NOTHING = ("nan", "NaN", "<NA>", "#N/A")
"""Texts that pandas and spreadsheets write where a cell is empty."""

_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


def value_at(row: Row, path: str) -> Any:  # noqa: ANN401 - whatever the file holds
    """What a row holds under a name, or under a dotted path into nested objects and arrays.

    Raises:
        MissingError: It holds nothing there.
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
            raise MissingError(str(row.error(f"there is no field {path!r}; this row has {known}")))
    return value


def text_at(row: Row, path: str) -> str:
    """A field as text; lists of text parts are joined, other lists and objects written as JSON.

    Raises:
        EmptyError: The field is null, NaN or missing in this row.
        TaskError: There is no such field, or it holds a picture.
    """
    value = value_at(row, path)
    if value is None or (isinstance(value, float) and math.isnan(value)):
        raise EmptyError(str(row.error(f"the field {path!r} is empty ({_shown(value)})")))
    if medium := medium_in(value):
        raise row.error(
            f"the field {path!r} holds {medium}, and agents are given texts alone; leave it out of "
            "`tasks.input`, or describe it in words"
        )
    text = joined_parts(value)
    if text is None:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return whole(text)


def _shown(value: float | None) -> str:
    return "null" if value is None else "NaN"


def fields_of(template: str) -> set[str]:
    """The fields that a text is made of."""
    if "{" not in template:
        return {template}
    return {found[1] for found in _PLACEHOLDER.finditer(template) if found[1]}


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
        EmptyError: A field is null, or the text comes out empty or as NaN.
        TaskError: A field is missing, or holds a picture.
    """
    if "{" not in template:
        text = text_at(row, template)
    else:
        text = _PLACEHOLDER.sub(
            lambda found: found[0][0] if found[1] is None else text_at(row, found[1]), template
        )
    if not text.strip() or text.strip() in NOTHING:
        raise EmptyError(str(row.error(f"the text is empty; it is made of {template!r}")))
    return text.strip()
