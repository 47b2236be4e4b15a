import json
from typing import Any

import pytest

from evolve.models.base import Request
from tests.evolve.simulator.simulated_world import Sums, World


def test_structured_output_gives_answer_and_working(world: World, sums: Sums) -> None:
    schema = {
        "type": "object",
        "properties": {
            "reasoning": {"type": "string"},
            "answer": {"type": "string"},
            "confidence": {"type": "number"},
        },
        "required": ["reasoning", "answer", "confidence"],
    }
    model = world.model({"ability": 9.0})
    for messages, truth in sums.prompts("Think step by step.")[:20]:
        reply = json.loads(model.reply(Request(messages, 5000, schema=schema)).text)
        assert set(reply) == set(schema["properties"])
        assert reply["answer"] == truth
        assert truth not in reply["reasoning"]
        assert reply["confidence"] == float(truth)


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "integer"}, 1000),
        ({"type": "boolean"}, False),
        ({"type": "null"}, None),
        ({"enum": ["yes", "1000"]}, "1000"),
        ({"enum": ["yes", "no"]}, "yes"),
        ({"const": 7}, 7),
        ({"type": ["string", "null"]}, "1000"),
        ({"anyOf": [{"type": "null"}, {"type": "string"}]}, None),
        ({"type": "array", "items": {"type": "string"}}, []),
        ({"type": "object", "properties": {"a": {"type": "object"}}}, {"a": {}}),
    ],
)
def test_any_schema_is_filled(
    world: World, sums: Sums, schema: dict[str, Any], expected: Any
) -> None:
    messages, truth = sums.prompts()[0]
    assert truth == "1000"
    whole = {"type": "object", "properties": {"value": schema}}
    reply = world.model({"ability": 9.0}).reply(Request(messages, 5000, schema=whole))
    assert json.loads(reply.text) == {"value": expected}


def test_an_endless_schema_ends(world: World, sums: Sums) -> None:
    schema: dict[str, Any] = {"type": "object", "properties": {}}
    schema["properties"]["again"] = schema
    messages, _ = sums.prompts()[0]
    assert world.model().reply(Request(messages, 5000, schema=schema)).text.startswith('{"again"')
