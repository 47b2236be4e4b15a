"""Schemas and descriptions of MCP tools are converted for endpoints."""

from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from evolve.tools.mcp import Mcp, _signature

SOUND = {"type": "object", "properties": {"a": {"type": "integer"}}}
LOOP: dict[str, Any] = {"type": "object"}
LOOP["properties"] = LOOP


@pytest.mark.parametrize(
    "lie",
    [
        *(None, 3, [], "object", {}, {"type": "array"}, {"type": "object", "properties": []}, LOOP),
        *({"type": "object", "properties": {"a": 3}}, {"type": "object", "default": float("nan")}),
        {"type": "object", "default": object()},
    ],
)
def test_an_invalid_schema_is_ignored(lie: object) -> None:
    tool = SimpleNamespace(name="t", description="d", input_schema=lie)
    assert _signature("s", tool).parameters == {"type": "object", "properties": {}}


def test_names_and_descriptions_are_tidied() -> None:
    long_text = "Line one\nline two \x1b[31m" + "x" * 5000
    tool = SimpleNamespace(name="weird/näme" * 20, description=long_text, input_schema=SOUND)
    signature = _signature("s", tool)
    assert signature.parameters == SOUND
    assert signature.name.isascii()
    assert len(signature.name) == 64
    assert len(signature.description) == 1000
    assert signature.description.isprintable()


@pytest.mark.parametrize(
    "options", [{}, {"command": ("a",), "url": "http://x"}, {"url": "ftp://x"}]
)
def test_a_server_is_at_one_place(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="url"):
        Mcp(**options)
