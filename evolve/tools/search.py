"""Finding passages in a folder of one's own documents, by their words (BM25)."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Self

from pydantic import Field, PrivateAttr, model_validator

from evolve.errors import RunError
from evolve.plugins import RunPath
from evolve.tools.base import Arguments, Tool, ToolError
from search_spaces.errors import ConfigError

ENDINGS = frozenset((".txt", ".md", ".rst", ".csv", ".json", ".jsonl", ".yaml", ".html", ".py"))
MOST_BYTES = 5_000_000
"""Of a file that is read; larger ones are left out."""


class Passage(NamedTuple):
    """A part of a document, and where it stands."""

    where: str
    text: str


class Search(Tool):
    """Finds passages in a folder of text documents; needs the extra `search`."""

    folder: RunPath = Field(description="Where the documents are, at any depth.")
    passage_words: int = Field(default=150, ge=20, le=2000, description="Words of a passage.")
    results: int = Field(default=5, ge=1, le=50, description="Passages that are returned at most.")

    _passages: tuple[Passage, ...] = PrivateAttr(default=())
    _index: Any = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _is_there(self) -> Self:
        if not self.folder.is_dir():
            raise ValueError(f"{self.folder}: there is no such folder")
        return self

    @property
    def description(self) -> str:
        """The description for models."""
        return f"Searches the documents in {self.folder.name!r} and returns the best passages."

    @property
    def parameters(self) -> Mapping[str, Any]:
        """A few words."""
        return {
            "type": "object",
            "properties": {"query": {"type": "string", "description": "Words to look for."}},
            "required": ["query"],
            "additionalProperties": False,
        }

    def require(self) -> None:
        """Raises a RunError where the library is missing."""
        try:
            import bm25s  # noqa: F401 - only whether it is there
        except ImportError:
            raise RunError(
                "the tool `search` needs bm25s: pip install 'evolve-mas[search]'"
            ) from None

    async def open(self) -> None:
        """Reads the documents.

        Raises:
            ConfigError: There is none.
        """
        import bm25s

        if self._index is not None:
            return
        passages = tuple(self._read())
        if not passages:
            raise ConfigError(f"{self.folder}: it holds no text document")
        index = bm25s.BM25()
        words = bm25s.tokenize([each.text for each in passages], stopwords=[], show_progress=False)
        index.index(words, show_progress=False)
        self._passages, self._index = passages, index

    async def call(self, arguments: Arguments) -> str:
        """The best passages for a query, each under the name of its file.

        Raises:
            ToolError: There is no query.
        """
        import bm25s

        query = arguments.get("query")
        if not isinstance(query, str) or not query.strip():
            raise ToolError("`query` has to be a text with words to look for")
        words = bm25s.tokenize([query[:2000]], stopwords=[], show_progress=False, return_ids=False)
        if not words[0]:
            return "Nothing was found."
        count = min(self.results, len(self._passages))
        found, scores = self._index.retrieve(words, k=count, show_progress=False)
        best = [
            self._passages[int(place)]
            for place, score in zip(found[0], scores[0], strict=True)
            if score > 0
        ]
        shown = [f"[{passage.where}]\n{passage.text}" for passage in best]
        return "\n\n".join(shown) or "Nothing was found."

    def _read(self) -> Iterator[Passage]:
        for path in sorted(self.folder.rglob("*")):
            if path.suffix.lower() in ENDINGS and path.is_file():
                yield from self._passages_of(path)

    def _passages_of(self, path: Path) -> Iterator[Passage]:
        try:
            if path.stat().st_size > MOST_BYTES:
                return
            words = path.read_text(encoding="utf-8", errors="replace").split()
        except OSError as error:
            raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
        name, size = str(path.relative_to(self.folder)), self.passage_words
        for start in range(0, len(words), size):
            yield Passage(
                f"{name}, words {start + 1}–{start + size}", " ".join(words[start : start + size])
            )
