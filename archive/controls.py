"""Records of controls: what a winner's cost buys without a search, tested beside the winner."""

from typing import Literal

from pydantic import Field

from search_spaces.frozen import Frozen

ControlKind = Literal["model", "single"]
"""What a control keeps of the winner: its ``model``, or its cost, in a ``single`` agent."""

CONTROL = "control"
"""The operator of a candidate that was made as a control: no result of the search."""


class Control(Frozen):
    """A system that a winner is to be compared with, besides the best seed."""

    kind: ControlKind
    candidate: int | None = Field(description="None: no single agent costs as little.")
    model: str = Field(default="", description="Its model, where that is not the seed's.")
    votes: int = Field(default=1, description="The samples of the single agent.")


class ControlResult(Frozen):
    """A control on sealed tasks, and the paired difference that the winner makes to it."""

    tasks: int = Field(description="The sealed tasks that both have a score on.")
    mean: float
    interval: tuple[float, float]
    difference: float = Field(description="The winner's score less the control's, task by task.")
    difference_interval: tuple[float, float]
    cost: float | None = Field(description="Mean cost of a task, in the run's unit.")


class ComparedControl(Control):
    """A control of a confirmation."""

    tested: ControlResult | None = Field(
        default=None, description="None: there is no such control, or the budget did not cover it."
    )
