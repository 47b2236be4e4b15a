"""The questions with known answers, and their lookup in a conversation."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evolve.answers.reading import normalise
from evolve.data.fields import filled, text_at
from evolve.data.rows import Row, read_rows
from evolve.simulator.draws import normal
from evolve.simulator.landscape import AnswerSource, Domain, Landscape, Repeats
from search_spaces.errors import ConfigError

_WORD = re.compile(r"\w+")
_OPENING = 4
"""The first words of a question, which index it within longer texts."""

_LIMIT = 20_000
"""Characters at either end of a text that are searched for a question."""


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
    """Finds questions, in constant time by their exact text, else inside a longer one."""

    def __init__(self, questions: Iterable[Question], repeats: Repeats = "refuse") -> None:
        """Indexes the questions.

        Args:
            questions: The questions with their answers.
            repeats: What to do with a question that is repeated with another answer.

        Raises:
            ConfigError: There is one, and `repeats` refuses it.
        """
        self._by_text: dict[str, Question] = {}
        self._by_opening: dict[tuple[str, ...], list[Question]] = {}
        for question in questions:
            known = self._by_text.setdefault(question.text, question)
            if known is question:
                opening = tuple(_WORD.findall(question.text[:_LIMIT])[:_OPENING])
                self._by_opening.setdefault(opening, []).append(question)
            elif known.truth != question.truth and repeats == "refuse":
                raise ConfigError(
                    f"two tasks ask {question.text!r:.60} and give the answers "
                    f"{known.answer!r} and {question.answer!r}; keep one, or set "
                    "`repeats: first` in the answer key"
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


def read_answer_key(source: AnswerSource, landscape: Landscape) -> AnswerKey:
    """Reads an answer key.

    Raises:
        EvolveError: The file cannot be read, lacks a field or contradicts itself.
    """
    questions = (_question(row, source, landscape) for row in read_rows(source.file))
    return AnswerKey(questions, source.repeats)


def known_question(text: str, answer: str, domain: str, landscape: Landscape) -> Question:
    """A question of a landscape; its difficulty is a function of its text."""
    return Question(
        text=text,
        answer=answer,
        truth=normalise(answer),
        domain=landscape.domain(domain),
        difficulty=normal(landscape.seed, "difficulty", text),
    )


def _question(row: Row, source: AnswerSource, landscape: Landscape) -> Question:
    text, answer = filled(row, source.question), text_at(row, source.answer).strip()
    if source.answer_pattern is not None:
        found = re.search(source.answer_pattern, answer)
        if found is None:
            raise row.error(f"{source.answer!r} holds nothing that fits {source.answer_pattern!r}")
        answer = ((found[1] if found.re.groups else found[0]) or "").strip()
    if not answer:
        raise row.error(f"{source.answer!r} holds no answer")
    domain = str(row.values.get(source.domain, ""))
    return known_question(text, answer, domain, landscape)
