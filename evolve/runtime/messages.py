"""The prompt of an agent's turn: its sections, in a fixed order.

Agents are labelled by their roles, never by their names, so renaming an agent changes nothing.
"""

from collections.abc import Sequence
from typing import NamedTuple

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
from evolve.tasks.base import TaskInput
from search_spaces.config import Agent, Demonstration

VERDICT = (
    "Review the work above. End with one line: 'Verdict: approved' if nothing needs to change, "
    "or 'Verdict: revise' after saying what does."
)
REQUESTED = (
    "Do what the request above asks of you, as your part of the task. What you answer is read by "
    "whoever asked; end with your result."
)
ROUTE = (
    "Decide who is to work on the task. End with one line: 'Answer: <number>', or several numbers "
    "with commas between if several are to work:"
)
JUDGE = "Decide which candidate answer is best. End with one line: 'Answer: <its number>'."


class Inbound(NamedTuple):
    """A message to an agent from another one."""

    role: str
    text: str


class Recalled(NamedTuple):
    """What an agent's memory contributes to a turn."""

    own: Sequence[str] = ()
    board: Sequence[Inbound] = ()
    examples: Sequence[Demonstration] | None = None
    """The worked examples to show; None: all that the agent has."""


NOTHING = Recalled()


def system_message(agent: Agent, instructions: str = "") -> list[Message]:
    """The agent's role and prompt, and the answer format if it comes first; empty without any."""
    parts = [f"You are the {agent.role}." if agent.role else "", agent.prompt]
    parts += [f"{FORMAT}\n{instructions}"] if instructions else []
    text = "\n\n".join(part for part in parts if part)
    return [Message("system", text)] if text else []


def about(task: TaskInput, heard: Sequence[Inbound]) -> str:
    """The text of a turn, to which what an agent recalls is nearest."""
    return "\n".join([task.text, *(message.text for message in heard)])


def turn(
    agent: Agent,
    task: TaskInput,
    heard: Sequence[Inbound] = (),
    previous: str = "",
    closing: str | None = None,
    recalled: Recalled = NOTHING,
    request: Inbound | None = None,
) -> tuple[Message, ...]:
    """The messages of an agent's turn.

    Args:
        agent: The agent.
        task: The task input.
        heard: Messages from other agents, in canonical order.
        previous: Its output of the last round, if it is to improve on it.
        closing: The closing instruction; None asks for the task's own answer format.
        recalled: What its memory contributes.
        request: The request of another agent, if it was delegated.
    """
    sections = [f"{TASK}\n{task.text}"]
    sections += [f"{MEMORY}\n{text}" for text in recalled.own]
    sections += [f"{BOARD} {_name(post)}\n{post.text}" for post in recalled.board]
    if previous:
        sections.append(f"{PREVIOUS}\n{previous}")
    sections += [f"{MESSAGE} {_name(message)}\n{message.text}" for message in heard]
    if request:
        sections.append(f"{REQUEST} {_name(request)}\n{request.text}")
    shown = agent.demonstrations if recalled.examples is None else recalled.examples
    instructions = task.instructions if closing is None else closing
    if shown and (closing is None or agent.label_choice):
        # What holds for the examples, too, comes before them: a small model follows examples that
        # differ from what it is asked for last in neither way (docs/research/real_models.md).
        examples = _examples(shown, instructions)
        return _conversation(system_message(agent, instructions), examples, sections)
    examples = _examples(shown, task.instructions)
    return _conversation(system_message(agent), examples, sections, instructions)


def selection(agent: Agent, task: TaskInput, candidates: Sequence[str]) -> tuple[Message, ...]:
    """The messages of a judge's turn: the task and numbered candidate answers."""
    sections = [f"{TASK}\n{task.text}"]
    sections += [f"{CANDIDATE} {number}\n{text}" for number, text in enumerate(candidates, 1)]
    shown = agent.demonstrations if agent.nearest_examples is None else ()
    examples = _examples(shown, task.instructions)
    return _conversation(system_message(agent), examples, sections, JUDGE)


def _name(heard: Inbound) -> str:
    return heard.role or "a colleague"


def written_answer(answer: str, instructions: str) -> str:
    """The answer of a worked example as the instructions ask for it."""
    return f"{ANSWER} {answer}" if ANSWER in instructions and ANSWER not in answer else answer


def _examples(shown: Sequence[Demonstration], instructions: str) -> list[Message]:
    return [
        message
        for each in shown
        for message in (
            Message("user", f"{TASK}\n{each.question}"),
            Message("assistant", written_answer(each.answer, instructions)),
        )
    ]


def _conversation(
    system: list[Message], examples: list[Message], sections: list[str], closing: str = ""
) -> tuple[Message, ...]:
    if closing:
        sections = [*sections, f"{FORMAT}\n{closing}"]
    return (*system, *examples, Message("user", "\n\n".join(sections)))
