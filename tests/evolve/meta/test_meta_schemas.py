"""Every schema of a reply is in the strict subset, and what it asks for can be read."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given

from evolve.meta.reading import read_edits, read_system
from evolve.meta.schemas import edits_schema, system_schema
from search_spaces import library
from search_spaces.config import SystemConfig
from search_spaces.edits import EDITS, SetLabel, diff
from search_spaces.space import SearchSpace
from tests.strategies import TOOLS, examples, search_spaces, system_configs

ALLOWED = {"type", "properties", "required", "additionalProperties", "items", "enum", "anyOf"}
SCHEMAS = [edits_schema, system_schema]


def parts(schema: dict[str, Any], depth: int = 1) -> Iterator[tuple[int, dict[str, Any]]]:
    """A schema and everything in it, each with its depth."""
    yield depth, schema
    inner = [*schema.get("properties", {}).values(), *schema.get("anyOf", ())]
    inner += [schema["items"]] if "items" in schema else []
    for part in inner:
        yield from parts(part, depth + ("anyOf" not in schema))


@pytest.mark.parametrize("schema_of", SCHEMAS)
@given(space=search_spaces())
@examples(60)
def test_every_schema_is_in_the_strict_subset(
    schema_of: Callable[[SearchSpace], dict[str, Any]], space: SearchSpace
) -> None:
    schema = schema_of(space)
    assert schema["type"] == "object"
    assert json.loads(json.dumps(schema)) == schema
    for depth, part in parts(schema):
        assert part.keys() <= ALLOWED | {"description", "title"}
        assert part.get("type") or part.get("anyOf")
        assert depth <= 10
        if part.get("type") == "object":
            assert part["additionalProperties"] is False
            assert part["required"] == list(part["properties"])
        if part.get("type") == "array":
            assert part["items"]
        assert part.get("enum", [1])
        assert part.get("anyOf", [1])
        assert "None" not in part.get("description", "")


@pytest.mark.parametrize("schema_of", SCHEMAS)
def test_a_server_with_strict_output_takes_every_schema(
    schema_of: Callable[[SearchSpace], dict[str, Any]],
) -> None:
    from evolve.serving.strict import problem

    for space in (SearchSpace(), SearchSpace(models=("a", "b"), efforts=("low",), agents=[1, 9])):
        assert problem(schema_of(space)) == ""


def test_schemas_hold_only_what_is_searched() -> None:
    narrow = SearchSpace.model_validate(
        {"rounds": 1, "edges": ["message"], "max_demonstrations": 0, "answers": ["last", "vote"]}
    )
    text = json.dumps(edits_schema(narrow))
    for absent in ("set_model", "set_rounds", "demonstrations", "weight", "effort", "judge"):
        assert f'"{absent}"' not in text
    wide = SearchSpace(models=("small",), efforts=("low",), max_tokens={"min": 10, "max": 99})
    text = json.dumps(edits_schema(wide))
    for present in ("set_model", "set_rounds", "demonstrations", "effort", "max_tokens", "small"):
        assert f'"{present}"' in text


def conforms(value: Any, schema: dict[str, Any]) -> bool:
    """Whether a value follows a schema of the subset."""
    if "anyOf" in schema:
        return any(conforms(value, part) for part in schema["anyOf"])
    kinds = {"object": dict, "array": list, "string": str, "number": int | float, "integer": int}
    if schema["type"] == "null" or value is None:
        return schema["type"] == "null" and value is None
    if not isinstance(value, kinds[schema["type"]]) or value not in schema.get("enum", [value]):
        return False
    if isinstance(value, dict):
        return value.keys() == schema["properties"].keys() and all(
            conforms(part, schema["properties"][key]) for key, part in value.items()
        )
    return not isinstance(value, list) or all(conforms(part, schema["items"]) for part in value)


def stripped(value: Any, absent: frozenset[str] = frozenset(("top_p",))) -> Any:
    """JSON without the keys that no schema asks for."""
    if isinstance(value, dict):
        if "question" in value and "answer" in value:
            return {key: value[key] for key in ("question", "answer")}
        return {key: stripped(part) for key, part in value.items() if key not in absent}
    return [stripped(part) for part in value] if isinstance(value, list) else value


@pytest.mark.full
@given(before=system_configs(), after=system_configs())
@examples(40)
def test_any_change_can_be_written_as_the_schema_wants(
    before: SystemConfig, after: SystemConfig
) -> None:
    space = SearchSpace(
        models=("small", "large"),
        tools=TOOLS,
        efforts=("low", "high"),
        max_tokens={"min": 1, "max": 9999},
        edges=("message", "feedback", "delegate", "route"),
        memories=("own", "shared"),
    )
    edits = [edit for edit in diff(before, after) if not isinstance(edit, SetLabel)]
    edits = [e for e in edits if getattr(e, "parameter", "") != "top_p"]
    reply = {"rationale": "why", "edits": stripped(EDITS.dump_python(tuple(edits), mode="json"))}
    assert conforms(reply, edits_schema(space))


@pytest.mark.parametrize("name", list(library.systems()))
def test_a_known_system_can_be_written_and_read(name: str) -> None:
    config = library.system(name)
    space = SearchSpace(
        edges=("message", "feedback", "delegate", "route"), memories=("own", "shared")
    )
    fields = system_schema(space)["properties"]["system"]["properties"]
    left_out = frozenset(("top_p", "max_tokens", "effort", "description"))
    written = stripped(config.model_dump(mode="json"), left_out)
    written["agents"] = [stripped(agent, left_out) for agent in written["agents"]]
    reply = {"rationale": "known", "system": {key: written[key] for key in fields}}
    assert read_system(json.dumps(reply))[1].id == config.id


def test_what_no_edge_of_the_space_needs_is_left_out() -> None:
    plain, wide = (
        json.dumps(edits_schema(SearchSpace(edges=edges)))
        for edges in (("message", "feedback"), ("message", "feedback", "delegate", "route"))
    )
    for word in ("set_route", "set_delegation", '"when"', '"delegation"'):
        assert word not in plain
        assert word in wide


def test_edits_come_back_from_json() -> None:
    single, debate = library.system("single"), library.system("debate")
    written = EDITS.dump_python(diff(single, debate), mode="json")
    rationale, edits = read_edits(json.dumps({"rationale": " two heads ", "edits": written}))
    assert rationale == "two heads"
    assert edits == tuple(e for e in diff(single, debate) if not isinstance(e, SetLabel))
