"""Delegation: subordinate agents as functions that a model may call during its turn.

Requests are counted over the whole tree below a turn, which bounds them at any depth; delegate
edges form no cycle, so the depth is at most the number of agents. The requests of one turn run one
after the other, so that their sample numbers depend on nothing else.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from evolve.prompts.lengths import cut
from evolve.runtime.links import Colleague
from evolve.runtime.memory import Note
from evolve.runtime.plan import Node
from evolve.tools.base import Arguments, Function, ToolError
from search_spaces.text import whole

ENOUGH = "no further requests are possible; answer with what you have"


@dataclass
class DelegationBudget:
    """How many requests one sample of a turn may still make, and the notes made meanwhile."""

    turn: int
    """The node whose turn it is."""
    sample: int
    left: int
    number: int
    """The number of the next request, unique within a task."""
    notes: list[Note] = field(default_factory=list)

    def take(self) -> int:
        """Counts one more request and returns its number.

        Raises:
            ToolError: No more can be asked.
        """
        if not self.left:
            raise ToolError(ENOUGH)
        self.left -= 1
        self.number += 1
        return self.number - 1


Fulfil = Callable[[Node, Node, str, int, DelegationBudget], Awaitable[str]]
"""Runs a subordinate: (asking node, asked node, request, its number, the delegation budget)."""


def function(
    asking: Node, asked: Node, as_: Colleague, delegation: DelegationBudget, fulfil: Fulfil
) -> Function:
    """A subordinate as a function that the asking agent's model may call."""

    async def call(arguments: Arguments) -> str:
        request = arguments.get("request")
        if not isinstance(request, str) or not request.strip():
            raise ToolError("`request` has to be a text that says what to do")
        number = delegation.take()
        return await fulfil(asking, asked, cut(whole(request), asking.limit), number, delegation)

    return Function(as_.signature, call, asked.limit)
