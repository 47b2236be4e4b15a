"""Asking other agents in the middle of a turn: each of them is a function that a model may call.

What may be asked is counted for the whole tree of requests below a turn, so it is bounded however
deep it goes; delegate edges form no cycle, so it goes no deeper than there are agents. Requests of
one turn are answered one after the other, so that what they say and draw depends on nothing else.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from evolve.runtime.directing import Colleague
from evolve.runtime.limits import cut
from evolve.runtime.plan import Seat
from evolve.runtime.recalling import Note
from evolve.tools.base import Arguments, Function, ToolError
from search_spaces.text import whole

ENOUGH = "nobody can be asked any more; answer with what you have"


@dataclass
class Errands:
    """What may still be asked for in one sample of a turn, and what was noted on the way."""

    turn: int
    """Whose turn it is: a seat."""
    sample: int
    left: int
    number: int
    """Of the next request: no two requests of a task have the same."""
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


Fulfil = Callable[[Seat, Seat, str, int, Errands], Awaitable[str]]
"""Lets a subordinate work: who asks, who is asked, for what, under which number, of which turn."""


def function(
    asking: Seat, asked: Seat, as_: Colleague, errands: Errands, fulfil: Fulfil
) -> Function:
    """A subordinate as a function that the asking agent's model may call."""

    async def call(arguments: Arguments) -> str:
        request = arguments.get("request")
        if not isinstance(request, str) or not request.strip():
            raise ToolError("`request` has to be a text that says what to do")
        number = errands.take()
        return await fulfil(asking, asked, cut(whole(request), asking.limit), number, errands)

    return Function(as_.signature, call, asked.limit)
