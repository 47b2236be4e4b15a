"""Structured output: fills a JSON Schema."""

import json
from collections.abc import Mapping
from typing import Any

_REASONS = ("reason", "explan", "working", "thought", "rationale", "analysis", "comment")
_DEPTH = 8


def filled(schema: Mapping[str, Any], answer: str, working: str) -> str:
    """A JSON text of the schema's form that gives an answer.

    Text properties named after reasoning hold the working, other texts and numbers the answer as
    far as it fits; lists are empty and everything else is as simple as the schema allows.
    """
    return json.dumps(_value(schema, "answer", answer, working, 0), ensure_ascii=False)


def asked_marks(schema: Mapping[str, Any] | None) -> list[int]:
    """The marks that a schema allows, the worst first; none if it has no mark."""
    points = ((schema or {}).get("properties") or {}).get("points")
    marks = points.get("enum") if isinstance(points, dict) else None
    return sorted(marks) if marks and all(isinstance(each, int) for each in marks) else []


def _value(schema: Mapping[str, Any], name: str, answer: str, working: str, depth: int) -> Any:  # noqa: ANN401 - any JSON value
    if "const" in schema:
        return schema["const"]
    if options := schema.get("enum"):
        return next((each for each in options if str(each) == answer), options[0])
    for several in ("anyOf", "oneOf", "allOf"):
        if schema.get(several):
            return _value(schema[several][0], name, answer, working, depth + 1)
    kind = schema.get("type", "string" if depth else "object")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        properties = schema.get("properties") if depth < _DEPTH else None
        return {
            key: _value(part, key.lower(), answer, working, depth + 1)
            for key, part in (properties or {}).items()
        }
    if kind in ("integer", "number"):
        return _number(answer, whole=kind == "integer")
    if kind == "string":
        return working if any(stem in name for stem in _REASONS) else answer
    return {"array": [], "boolean": False}.get(str(kind))


def _number(answer: str, whole: bool) -> float:
    try:
        return int(answer) if whole else float(answer)
    except ValueError:
        return 0
