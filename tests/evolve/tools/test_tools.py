"""Properties of all tools, and the smaller ones."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from evolve import clock
from evolve.sandbox.base import UNSAFE
from evolve.tools.base import TOOLS, Tool, ToolError, signature_bytes
from evolve.tools.calculator import Calculator
from evolve.tools.function import Function
from evolve.tools.mcp import Mcp
from evolve.tools.office import Office
from evolve.tools.python import Python
from evolve.tools.search import Search
from evolve.tools.toolbox import Toolbox
from search_spaces.errors import EvolveError

DOCUMENTS = {"cats.md": "Cats sleep most of the day. " * 30, "b/fish.txt": "A trout is a fish."}


SEVERAL = ("mcp", "office")
"""Tools of several functions, or of some that are not known before it is opened."""


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    for name, text in DOCUMENTS.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    return tmp_path


def make(name: str, folder: Path) -> Tool:
    return {
        "calculator": Calculator(),
        "function": Function(function="textwrap:shorten"),
        "mcp": Mcp(command=("server",)),
        "office": Office(),
        "python": Python(),
        "search": Search(folder=folder),
    }[name]


def call(tool: Tool, arguments: Any) -> str:
    async def main() -> str:
        await tool.open()
        try:
            return await tool.call(arguments)
        finally:
            await tool.close()

    return asyncio.run(main())


@pytest.mark.parametrize("name", TOOLS.names())
def test_every_tool_has_a_short_description(name: str, documents: Path) -> None:
    tool = make(name, documents)
    functions = tool.functions(name)
    assert sum(signature_bytes(f.signature) for f in functions) <= tool.definition_bytes(name)
    names = [function.signature.name for function in functions]
    assert len(set(names)) == len(names)
    assert names == [name] or name in SEVERAL
    for function in functions:
        assert function.signature.parameters["type"] == "object"
        assert len(function.signature.description) > 10


@pytest.mark.parametrize("name", ["calculator", "function", "python"])
@pytest.mark.parametrize("arguments", [{}, {"expression": []}, {"code": 1, "query": ""}, {"x": 1}])
def test_invalid_arguments_are_reported(
    name: str, arguments: dict[str, Any], documents: Path
) -> None:
    with pytest.raises(ToolError, match=r"\w"):
        call(make(name, documents), arguments)


def double(number: int, times: int = 2) -> dict[str, int]:
    """Multiplies a number.

    This is for people.
    """
    if times < 0:
        raise ValueError("less than nothing")
    return {"is": number * times}


async def slow(text: str) -> str:
    await asyncio.sleep(0.01)
    return text.upper()


def test_a_function_becomes_a_tool_by_its_annotations() -> None:
    tool = Function(function=f"{__name__}:double")
    assert tool.description == "Multiplies a number."
    assert tool.parameters["required"] == ["number"]
    assert tool.parameters["properties"]["times"]["default"] == 2
    assert call(tool, {"number": 4}) == '{"is":8}'
    assert call(Function(function=f"{__name__}:slow"), {"text": "a"}) == "A"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"number": "four"}, "number"),
        ({"number": 4, "more": 1}, "unknown key"),
        ({"number": 4, "times": -1}, "ValueError: less than nothing"),
    ],
)
def test_wrong_arguments_of_a_function_are_reported(
    arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(ToolError, match=message):
        call(Function(function=f"{__name__}:double"), arguments)


@pytest.mark.parametrize("name", ["double", "nowhere:f", "math:none", "math:pi", "operator:add"])
def test_what_is_no_function_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="function"):
        Function(function=name)


def test_a_missing_sandbox_is_reported_before_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv(UNSAFE, raising=False)
    with pytest.raises(EvolveError, match=r"bubblewrap is not installed; install bubblewrap \("):
        Toolbox({"python": Python()}).require()
    with pytest.raises(EvolveError, match="docker is not installed"):
        Toolbox({"python": Python(sandbox="docker")}).require()


def test_unsafe_execution_is_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv(UNSAFE, "1")
    toolbox = Toolbox({"python": Python()})
    toolbox.require()
    tool = toolbox["python"]
    assert clock.run(clock.really(tool.call({"code": "print(1)\n6 * 7"})), virtual=True) == "1\n42"
    with pytest.raises(ToolError, match=r"(?s)ended with code 1\n.*ZeroDivisionError"):
        call(tool, {"code": "1 / 0"})
