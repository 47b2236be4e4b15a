"""The questions that simulated models know, and finding them in what the models are given."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evolve.models.simulated.draws import normal
from evolve.models.simulated.files import read_rows
from evolve.models.simulated.landscape import Domain, Landscape
from evolve.runtime.answers import normalise
from search_spaces.errors import ConfigError

_WORD = re.compile(r"\w+")
_OPENING = 4
"""Words at a question's beginning by which it is looked for in a longer text."""

_LIMIT = 20_000
"""Characters at either end of a text in which a question is looked for."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its truth."""

    text: str
    answer: str
    truth: str
    """The answer in normal form."""
    domain: Domain
    difficulty: float
    """Standard normal within its domain."""


class AnswerKey:
    """Finds questions, in constant time by their exact text, else inside a longer one.

    Raises:
        ConfigError: Two tasks ask the same and disagree on the answer.
    """

    def __init__(self, questions: Iterable[Question]) -> None:
        self._by_text: dict[str, Question] = {}
        self._by_opening: dict[tuple[str, ...], list[Question]] = {}
        for question in questions:
            known = self._by_text.setdefault(question.text, question)
            if known is question:
                opening = tuple(_WORD.findall(question.text[:_LIMIT])[:_OPENING])
                self._by_opening.setdefault(opening, []).append(question)
            elif known.truth != question.truth:
                raise ConfigError(
                    f"two tasks ask {question.text!r:.60} and give the answers "
                    f"{known.answer!r} and {question.answer!r}; keep one"
                )
        self._lengths = sorted({len(opening) for opening in self._by_opening} - {0})

    def __len__(self) -> int:
        return len(self._by_text)

    def exactly(self, text: str) -> Question | None:
        """The question with just this text."""
        return self._by_text.get(text.strip())

    def within(self, texts: Sequence[str]) -> Question | None:
        """The longest question that one of the texts contains."""
        parts = [text for text in texts if len(text) <= 2 * _LIMIT]
        for text in texts:
            if len(text) > 2 * _LIMIT:
                parts += text[:_LIMIT], text[-_LIMIT:]
        found = [
            question
            for part in parts
            for question in self._candidates(part).values()
            if question.text in part
        ]
        return max(found, key=lambda question: len(question.text), default=None)

    def _candidates(self, text: str) -> dict[str, Question]:
        words = _WORD.findall(text)
        return {
            question.text: question
            for length in self._lengths
            for opening in set(zip(*(words[start:] for start in range(length)), strict=False))
            for question in self._by_opening.get(opening, ())
        }


def read_answer_key(landscape: Landscape) -> AnswerKey:
    """Reads a landscape's answer key.

    Raises:
        ConfigError: The file cannot be read, lacks a field or contradicts itself.
    """
    source = landscape.answers
    questions = []
    for where, row in read_rows(source.file):
        for field in (source.question, source.answer):
            if not isinstance(row.get(field), str | int | float) or not str(row[field]).strip():
                raise ConfigError(f"{where}: {field!r} should be a text or a number")
        text, answer = str(row[source.question]).strip(), str(row[source.answer]).strip()
        questions.append(
            Question(
                text=text,
                answer=answer,
                truth=normalise(answer),
                domain=landscape.domain(str(row.get(source.domain, ""))),
                difficulty=normal(landscape.seed, "difficulty", text),
            )
        )
    return AnswerKey(questions)
