"""Verdicts of a comparison, and the terms on which one is reached."""

from enum import StrEnum
from typing import Literal, TypeAlias

from pydantic import Field

from search_spaces.frozen import Frozen


class Verdict(StrEnum):
    """How the new system's mean score compares with the old one's."""

    BETTER = "better"
    """The interval of the difference lies above 0."""
    NOT_WORSE = "not worse"
    """The interval lies above minus the margin (non-inferiority)."""
    WORSE = "worse"
    """The interval lies below minus the margin."""
    UNDECIDED = "undecided"
    """None of these."""


About: TypeAlias = Literal["new-tasks", "these-tasks"]
"""What a verdict is about: the distribution that tasks and answers come from, or the split's own
tasks with the answers given to them."""

StopAt: TypeAlias = Literal["better", "not-worse"]
"""The verdict that suffices."""


class Terms(Frozen):
    """The terms of a comparison, fixed before it starts."""

    margin: float = Field(default=0.02, ge=0, lt=1, description="A tolerated loss of mean score.")
    about: About = "new-tasks"
    stop_at: StopAt = "better"
