"""How an agent's turn is put into words: the sections of its prompt, in a fixed order.

Others are labelled by their roles, never by agent names, so renaming an agent changes nothing.
"""

from collections.abc import Sequence
from typing import NamedTuple

from evolve.models.base import Message
from evolve.tasks.base import TaskInput
from search_spaces.config import Agent, Demonstration

TASK = "## Task"
PREVIOUS = "## Your previous answer"
MESSAGE = "## Message from"
CANDIDATE = "## Candidate answer"
REQUEST = "## Request from"
MEMORY = "## From your memory"
BOARD = "## On the blackboard, from"
FORMAT = "## How to answer"

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


class Heard(NamedTuple):
    """A message that reached an agent."""

    role: str
    text: str


class Recalled(NamedTuple):
    """What an agent's memory holds ready for a turn."""

    own: Sequence[str] = ()
    board: Sequence[Heard] = ()
    examples: Sequence[Demonstration] | None = None
    """The worked examples to show; None: all that the agent has."""


NOTHING = Recalled()


def system_message(agent: Agent) -> list[Message]:
    """Who the agent is and what it is told; empty for an agent without role and prompt."""
    parts = [f"You are the {agent.role}." if agent.role else "", agent.prompt]
    text = "\n\n".join(part for part in parts if part)
    return [Message("system", text)] if text else []


def turn(
    agent: Agent,
    task: TaskInput,
    heard: Sequence[Heard] = (),
    previous: str = "",
    closing: str | None = None,
    recalled: Recalled = NOTHING,
    request: Heard | None = None,
) -> tuple[Message, ...]:
    """The messages of an agent's turn.

    Args:
        agent: Whose turn it is.
        task: What is to be solved.
        heard: Messages from others, in canonical order.
        previous: What the agent said in the last round, if it is to improve on it.
        closing: What to end with; None asks for the task's own answer format.
        recalled: What its memory has to say.
        request: What it is asked to do by another agent, if that is why it works.
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
    ending = task.instructions if closing is None else closing
    return _conversation(agent, sections, ending, shown)


def selection(agent: Agent, task: TaskInput, candidates: Sequence[str]) -> tuple[Message, ...]:
    """The messages of a judge's turn: the task and numbered candidate answers."""
    sections = [f"{TASK}\n{task.text}"]
    sections += [f"{CANDIDATE} {number}\n{text}" for number, text in enumerate(candidates, 1)]
    return _conversation(agent, sections, JUDGE, agent.demonstrations)


def _name(heard: Heard) -> str:
    return heard.role or "a colleague"


def _conversation(
    agent: Agent, sections: list[str], closing: str, examples: Sequence[Demonstration]
) -> tuple[Message, ...]:
    shown = [
        message
        for demonstration in examples
        for message in (
            Message("user", f"{TASK}\n{demonstration.question}"),
            Message("assistant", demonstration.answer),
        )
    ]
    if closing:
        sections = [*sections, f"{FORMAT}\n{closing}"]
    return (*system_message(agent), *shown, Message("user", "\n\n".join(sections)))
