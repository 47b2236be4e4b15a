"""Searching a folder of documents; needs the extra `search`."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from evolve.tools.base import ToolError
from evolve.tools.search import Search
from search_spaces.errors import ConfigError

pytestmark = pytest.mark.full

DOCUMENTS = {"cats.md": "Cats sleep most of the day. " * 30, "b/fish.txt": "A trout is a fish."}


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    for name, text in DOCUMENTS.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    return tmp_path


def call(tool: Search, arguments: dict[str, Any]) -> str:
    async def main() -> str:
        await tool.open()
        return await tool.call(arguments)

    return asyncio.run(main())


@pytest.mark.parametrize("arguments", [{}, {"query": ""}, {"query": 3}, {"words": "x"}])
def test_invalid_arguments_are_reported(arguments: dict[str, Any], documents: Path) -> None:
    with pytest.raises(ToolError, match="has to be a text"):
        call(Search(folder=documents), arguments)


def test_passages_are_found_by_their_words(documents: Path) -> None:
    tool = Search(folder=documents, passage_words=50, results=2)
    assert call(tool, {"query": "which fish?"}) == "[b/fish.txt, words 1–50]\nA trout is a fish."
    assert call(tool, {"query": "cats"}).count("[cats.md, words") == 2
    assert call(tool, {"query": "zebra"}) == call(tool, {"query": "?!"}) == "Nothing was found."


def test_a_folder_without_documents_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no text document"):
        call(Search(folder=tmp_path), {"query": "x"})
    with pytest.raises(ValidationError, match="no such folder"):
        Search(folder=tmp_path / "none")
