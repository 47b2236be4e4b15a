"""The subset of JSON Schema that strict structured output takes.

It is the one that OpenAI's guide to structured outputs describes, in its narrow form, which every
server that has strict structured output takes.
"""

from collections.abc import Iterator, Mapping
from typing import Any

_KEYWORDS = frozenset(
    (
        *("type", "properties", "required", "additionalProperties", "items", "enum", "const"),
        *("anyOf", "$ref", "$defs", "description", "title"),
    )
)
_TYPES = frozenset(("object", "array", "string", "integer", "number", "boolean", "null"))
_DEPTH = 10


def problem(schema: object) -> str:
    """Why a schema is not in the subset, worded as endpoints do; empty if it is."""
    if not isinstance(schema, Mapping):
        return "schema must be a JSON Schema of type 'object', got none"
    if schema.get("type") != "object":
        kind = schema.get("type")
        return f"schema must be a JSON Schema of 'type: \"object\"', got 'type: {kind!r}'"
    return next(_problems(schema, (), schema), "")


def _problems(schema: object, path: tuple[str, ...], root: Mapping[str, Any]) -> Iterator[str]:
    where = f"In context={path}, "
    if not isinstance(schema, Mapping):
        yield f"{where}a schema must be an object."
        return
    if len(path) > 4 * _DEPTH:
        yield f"{where}the schema nests too deeply."
        return
    for keyword in schema:
        if keyword not in _KEYWORDS:
            yield f"{where}'{keyword}' is not permitted."
    yield from _type_problems(schema, where)
    if "properties" in schema or schema.get("type") == "object":
        yield from _object_problems(schema, path, where, root)
    if schema.get("type") == "array" and "items" not in schema:
        yield f"{where}array schema missing items."
    if "items" in schema:
        yield from _problems(schema["items"], (*path, "items"), root)
    for number, option in enumerate(schema.get("anyOf", ())):
        yield from _problems(option, (*path, "anyOf", str(number)), root)
    for name, part in schema.get("$defs", {}).items():
        yield from _problems(part, (*path, "$defs", name), root)
    if "$ref" in schema and not _resolves(schema["$ref"], root):
        yield f"{where}reference can only point to definitions of the schema."


def _type_problems(schema: Mapping[str, Any], where: str) -> Iterator[str]:
    if not schema.keys() & {"type", "anyOf", "$ref", "enum", "const"}:
        yield f"{where}schema must have a 'type' key."
    given = schema.get("type", [])
    for kind in given if isinstance(given, list) else [given]:
        if kind not in _TYPES:
            yield f"{where}'{kind}' is not a valid type."


def _object_problems(
    schema: Mapping[str, Any], path: tuple[str, ...], where: str, root: Mapping[str, Any]
) -> Iterator[str]:
    properties = schema.get("properties", {})
    if schema.get("additionalProperties") is not False:
        yield f"{where}'additionalProperties' is required to be supplied and to be false."
    if missing := sorted(set(properties) - set(schema.get("required", ()))):
        yield (
            f"{where}'required' is required to be supplied and to be an array including every key "
            f"in properties. Missing {missing[0]!r}."
        )
    for name, part in properties.items():
        yield from _problems(part, (*path, "properties", name), root)


def _resolves(reference: object, root: Mapping[str, Any]) -> bool:
    if reference == "#":
        return True
    parts = str(reference).split("/")
    return parts[:2] == ["#", "$defs"] and "/".join(parts[2:]) in root.get("$defs", {})
