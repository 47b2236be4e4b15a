"""Parses a conversation: instructions, task, messages of other agents, and the request.

The runtime's own layout is read by its section headers. Of any other layout, everything but the
question is taken as instructions, an assistant's turn after the question as one's own previous
answer, and other turns as worked examples.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

from evolve.models.base import Message
from evolve.prompts.headings import (
    ANSWER,
    BOARD,
    CANDIDATE,
    FORMAT,
    MEMORY,
    MESSAGE,
    PREVIOUS,
    REQUEST,
    TASK,
)
from evolve.runtime.messages import ROUTE
from evolve.simulator.answer_key import AnswerKey, Question

Wanted = Literal["answer", "verdict", "choice", "route"]

_HEADER = re.compile(
    rf"^({TASK}|{PREVIOUS}|{MESSAGE} [^\n]*|{CANDIDATE} \d+|{FORMAT}|{MEMORY}|{BOARD} [^\n]*"
    rf"|{REQUEST} [^\n]*)[ \t\r]*$",
    re.MULTILINE,
)
_OPTION = re.compile(r"^\d+\. (.*)$", re.MULTILINE)
_ASKS_VERDICT = re.compile(r"verdict\W{1,3}(?:approved|revise)", re.IGNORECASE)
_LIMIT = 10_000
"""Characters at either end of instructions and messages that are read."""


class Demonstrated(NamedTuple):
    """A worked example: its question, if it is known, and the answer that it gives."""

    question: Question | None
    answer: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """The parts of a conversation."""

    question: Question | None
    wanted: Wanted = "answer"
    instructions: str = ""
    previous: str = ""
    heard: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    """The options of a router."""
    demonstrations: tuple[Demonstrated, ...] = ()
    tokens: int = 0


def take_apart(messages: Sequence[Message], key: AnswerKey) -> Prompt:
    """Parses a conversation."""
    tokens = tokens_of(sum(len(message.content) for message in messages))
    last = next((m.content for m in reversed(messages) if m.role == "user"), "")
    sections = _HEADER.split(last)
    task = sections[sections.index(TASK) + 1] if TASK in sections else ""
    question = key.exactly(task)
    if question is None:
        question = key.within([m.content for m in messages if m.role != "assistant"])
    if question is None or not task:
        return _foreign(messages, question, tokens, key)
    system = [message.content for message in messages if message.role == "system"]
    headed = list(zip(sections[1::2], sections[2::2], strict=True))
    ending = headed[-1][1] if headed[-1][0] == FORMAT else ""
    candidates = tuple(_both_ends(text) for header, text in headed if header.startswith(CANDIDATE))
    routes = ending.strip().startswith(ROUTE)
    wanted: Wanted = "verdict" if _ASKS_VERDICT.search(ending) else "answer"
    return Prompt(
        question=question,
        wanted="choice" if candidates else "route" if routes else wanted,
        instructions=_both_ends("\n\n".join([*system, sections[0]]).strip()),
        previous=next((_both_ends(text) for header, text in headed if header == PREVIOUS), ""),
        # Entries of a blackboard count as messages; an agent's own past does not.
        heard=tuple(
            _both_ends(text) for header, text in headed if header.startswith((MESSAGE, BOARD))
        ),
        candidates=candidates,
        options=tuple(_OPTION.findall(ending)) if routes else (),
        demonstrations=_demonstrated(_turns(messages)[0], key) if len(messages) > 2 else (),
        tokens=tokens,
    )


def tokens_of(characters: int) -> int:
    """The number of tokens, at four characters each; at most the number of bytes."""
    return (characters + 3) // 4


def _foreign(
    messages: Sequence[Message], question: Question | None, tokens: int, key: AnswerKey
) -> Prompt:
    if question is None:
        return Prompt(question=None, tokens=tokens)
    demonstrations, previous = _turns(messages, question.text)
    said = "\n\n".join(
        message.content.replace(question.text, " ")
        for message in messages
        if message.role != "assistant"
        and message.content not in {asked for asked, _ in demonstrations}
    )
    return Prompt(
        question=question,
        wanted="verdict" if _ASKS_VERDICT.search(said) else "answer",
        instructions=_both_ends(said.strip()),
        previous=_both_ends(previous),
        demonstrations=_demonstrated(demonstrations, key),
        tokens=tokens,
    )


def _turns(messages: Sequence[Message], asked: str = "") -> tuple[tuple[tuple[str, str], ...], str]:
    """The worked examples among earlier turns, and the last answer to the question itself."""
    examples, previous = [], ""
    for before, message in pairwise(messages):
        if message.role == "assistant":
            if asked and asked in before.content:
                previous = message.content
            else:
                examples.append((before.content, message.content))
    return tuple(examples), previous


def _demonstrated(examples: Sequence[tuple[str, str]], key: AnswerKey) -> tuple[Demonstrated, ...]:
    return tuple(
        Demonstrated(key.exactly(asked.removeprefix(f"{TASK}\n")), given.removeprefix(f"{ANSWER} "))
        for asked, given in examples
    )


def _both_ends(text: str) -> str:
    return text if len(text) <= 2 * _LIMIT else f"{text[:_LIMIT]} … {text[-_LIMIT:]}"
