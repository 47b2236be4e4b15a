"""Memory within a task: an agent's own past by similarity, and the blackboard that agents share.

Nothing is carried from one task to the next, so that what a configuration scores on a task depends
neither on which tasks it met before nor on their order. What is to be remembered across tasks is
part of the configuration: worked examples, of which an agent with a memory of its own is shown
those most like the task. A note becomes visible when its round is over; notes that subordinates
make during an agent's turn are visible at once within that turn.
"""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import numpy as np

from evolve.errors import RunError
from evolve.models.base import Embedder
from evolve.runtime.messages import Inbound, Recalled
from evolve.runtime.plan import Node, Plan
from search_spaces.config import Agent, Demonstration

RECALLED = 3
"""How many of its own notes, or worked examples, an agent is shown."""

POSTED = 6
"""How many notes of the blackboard an agent is shown: the newest."""

T = TypeVar("T")


class Note(NamedTuple):
    """An output kept in memory."""

    node: int
    text: str


def remembers(agent: Agent) -> bool:
    """Whether what an agent is shown in a turn depends on what the turn is about."""
    return agent.memory is not None or agent.nearest_examples is not None


def shown_examples(agent: Agent) -> int:
    """How many worked examples an agent is shown in a turn."""
    if agent.nearest_examples is not None:
        return min(agent.nearest_examples, len(agent.demonstrations))
    return RECALLED if agent.memory == "own" else len(agent.demonstrations)


class Memory:
    """The memories of a system's agents during one task."""

    def __init__(self, plan: Plan, embedder: Embedder | None) -> None:
        self._seats = plan.nodes
        self.embedder = embedder
        self._settled: list[Note] = []
        self._fresh: dict[tuple[int, int, int], Note] = {}

    def note(self, node: Node, text: str, turn: tuple[int, int, int]) -> Note | None:
        """Keeps an output of an agent with a memory.

        Args:
            node: The node.
            text: The output.
            turn: The node of whose turn it is, the sample and the number within: notes are settled
                in this order, whatever the timing.
        """
        if not node.agent.memory or not text:
            return None
        note = Note(node.index, text)
        self._fresh[turn] = note
        return note

    def settle(self) -> None:
        """Makes the notes of the round that is over visible to all agents."""
        self._settled += [self._fresh[turn] for turn in sorted(self._fresh)]
        self._fresh.clear()

    async def recall(
        self, node: Node, about: str, previous: str = "", notes: Sequence[Note] = ()
    ) -> Recalled:
        """What an agent recalls in a turn.

        Args:
            node: Whose turn it is.
            about: The text of the turn, to which recalled items are nearest.
            previous: Its previous answer, which it is shown anyway.
            notes: Notes of this turn, before its round is over.

        Raises:
            RunError: There is too much to recall all of it, and no embedder.
        """
        agent = node.agent
        examples = await self._examples(node, about)
        if agent.memory is None:
            return Recalled(examples=examples)
        known = [*self._settled, *notes]
        if agent.memory == "shared":
            others = [n for n in known if self._shares(n) and not self._is_own(n, node, previous)]
            board = [self._heard(note) for note in others[-POSTED:]]
            return Recalled(board=board, examples=examples)
        own = [note.text for note in known if note.node == node.index and note.text != previous]
        near = await nearest(self.embedder, own, own, about, RECALLED)
        return Recalled(own=near, examples=examples)

    async def _examples(self, node: Node, about: str) -> Sequence[Demonstration]:
        """The worked examples that an agent is shown in a turn."""
        held, count = node.agent.demonstrations, shown_examples(node.agent)
        return await nearest(self.embedder, held, [each.question for each in held], about, count)

    def _shares(self, note: Note) -> bool:
        return self._seats[note.node].agent.memory == "shared"

    def _is_own(self, note: Note, node: Node, previous: str) -> bool:
        return note.node == node.index and note.text == previous

    def _heard(self, note: Note) -> Inbound:
        return Inbound(self._seats[note.node].agent.role, note.text)


async def nearest(
    embedder: Embedder | None, items: Sequence[T], texts: Sequence[str], about: str, count: int
) -> Sequence[T]:
    """The items whose texts are most like another text, in the order given.

    Args:
        embedder: Compares the texts; needed if there are more items than wanted.
        items: What to choose from.
        texts: The text of each item.
        about: The text to be near to.
        count: How many items are wanted.

    Raises:
        RunError: There are more items than wanted, and no embedder.
    """
    if len(items) <= count:
        return items
    if embedder is None:
        raise RunError("what is most like a task is found by an embedder; pass one to run_system")
    rows = await embedder.embed([about, *texts])
    # Rounded, so that equal texts are equally near whatever the order of additions.
    nearness = (rows[1:] @ rows[0]).round(9)
    best = np.argsort(-nearness, kind="stable")[:count]
    return [items[place] for place in sorted(best)]
