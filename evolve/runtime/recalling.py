"""Memory within a task: an agent's own past by similarity, and the blackboard that agents share.

Nothing is carried from one task to the next, so that what a configuration scores on a task depends
neither on which tasks it met before nor on their order. What is to be remembered across tasks is
part of the configuration: worked examples, of which an agent with a memory of its own is shown
those most like the task. A note is seen once its round is over; what subordinates write in one
agent's turn, they and later ones see in that turn at once.
"""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import numpy as np

from evolve.errors import RunError
from evolve.models.base import Embedder
from evolve.runtime.messages import Heard, Recalled
from evolve.runtime.plan import Plan, Seat

RECALLED = 3
"""How many of its own notes, or worked examples, an agent is shown."""

POSTED = 6
"""How many notes of the blackboard an agent is shown: the newest."""

T = TypeVar("T")


class Note(NamedTuple):
    """What an agent said, kept to be remembered."""

    seat: int
    text: str


class Memory:
    """What the agents of a system remember of one task."""

    def __init__(self, plan: Plan, embedder: Embedder | None) -> None:
        self._seats = plan.seats
        self._embedder = embedder
        self._settled: list[Note] = []
        self._fresh: dict[tuple[int, int, int], Note] = {}

    def note(self, seat: Seat, text: str, turn: tuple[int, int, int]) -> Note | None:
        """Keeps what an agent with a memory said.

        Args:
            seat: Who.
            text: What.
            turn: The seat of whose turn it is, the sample and the number within: notes are settled
                in this order, whatever the timing.
        """
        if not seat.agent.memory or not text:
            return None
        note = Note(seat.index, text)
        self._fresh[turn] = note
        return note

    def settle(self) -> None:
        """Lets everybody see what was noted in a round that is over."""
        self._settled += [self._fresh[turn] for turn in sorted(self._fresh)]
        self._fresh.clear()

    async def recall(
        self, seat: Seat, about: str, previous: str = "", notes: Sequence[Note] = ()
    ) -> Recalled:
        """What an agent remembers in a turn.

        Args:
            seat: Whose turn it is.
            about: What the turn is about: what is most like it is recalled.
            previous: What it is shown anyway.
            notes: What was noted in this very turn, before its round is over.

        Raises:
            RunError: There is too much to recall all of it, and no embedder.
        """
        agent = seat.agent
        if agent.memory is None:
            return Recalled()
        known = [*self._settled, *notes]
        if agent.memory == "shared":
            others = [n for n in known if self._shares(n) and not self._is_own(n, seat, previous)]
            return Recalled(board=[self._heard(note) for note in others[-POSTED:]])
        own = [note.text for note in known if note.seat == seat.index and note.text != previous]
        shown = agent.demonstrations
        near = await self._nearest(shown, [each.question for each in shown], about)
        return Recalled(own=await self._nearest(own, own, about), examples=near)

    def _shares(self, note: Note) -> bool:
        return self._seats[note.seat].agent.memory == "shared"

    def _is_own(self, note: Note, seat: Seat, previous: str) -> bool:
        return note.seat == seat.index and note.text == previous

    def _heard(self, note: Note) -> Heard:
        return Heard(self._seats[note.seat].agent.role, note.text)

    async def _nearest(self, items: Sequence[T], texts: Sequence[str], about: str) -> Sequence[T]:
        """The items whose texts are most like what it is about, in the order given."""
        if len(items) <= RECALLED:
            return items
        if self._embedder is None:
            raise RunError("a memory of one's own needs an embedder; pass one to run_system")
        rows = await self._embedder.embed([about, *texts])
        # Rounded, so that equal texts are equally near whatever the order of additions.
        nearness = (rows[1:] @ rows[0]).round(9)
        best = np.argsort(-nearness, kind="stable")[:RECALLED]
        return [items[place] for place in sorted(best)]
