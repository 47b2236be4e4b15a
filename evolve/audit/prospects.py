"""What is known in advance about what a search may gain, without an invented number."""

from collections.abc import Sequence
from statistics import fmean

from pydantic import Field

from evolve.audit.repetitions import Repeated
from evolve.evidence.confirmation import summarise
from evolve.evidence.intervals import mean_interval
from evolve.runfile.settings import RunSettings
from evolve.tasks.task_set import TaskSet
from search_spaces.config import SystemConfig
from search_spaces.frozen import Frozen

SATURATION = 0.45
"""The score of a single agent from which on teams seldom pay.

"Towards a science of scaling agent systems", 2025: where one agent reaches about 45 %, coordination
brings diminishing or negative returns.
"""

RIGHT = 1.0
"""The score of a task that counts as solved."""


class Prospects(Frozen):
    """The measured score, and what bounds a gain."""

    score: float = Field(description="The mean score on the audited validation tasks.")
    interval: tuple[float, float]
    tasks: int
    cost: float | None = Field(description="The mean cost of a task, in the run's unit.")
    room: float = Field(description="What is missing to the highest score.")
    ever: float = Field(
        description="The share of tasks that at least one repetition solved: votes of this system "
        "cannot solve more of them."
    )
    agents: int
    saturated: bool | None = Field(
        description="Whether the score lies above that from which on teams seldom pay; None: the "
        "audited system is a team."
    )
    examples: int = Field(description="Training tasks, of which worked examples are made.")
    controls: bool = Field(description="Whether a winner is compared with cheaper controls.")


def prospects_of(
    settings: RunSettings, config: SystemConfig, tasks: TaskSet, repeated: Sequence[Repeated]
) -> Prospects:
    """What bounds the gain of a search that starts from a system.

    Args:
        settings: The run.
        config: The audited system.
        tasks: The tasks of the run.
        repeated: Tasks with the rollouts of that system.
    """
    means = [fmean(each.scores) for each in repeated]
    rollouts = [rollout for each in repeated for rollout in each.rollouts]
    score = fmean(means)
    solved = sum(max(each.scores) >= RIGHT for each in repeated)
    single = len(config.agents) == 1
    return Prospects(
        score=score,
        interval=mean_interval(means),
        tasks=len(repeated),
        cost=summarise(rollouts, settings.objective.unit).cost,
        room=1 - score,
        ever=solved / len(repeated),
        agents=len(config.agents),
        saturated=score > SATURATION if single else None,
        examples=len(tasks.train),
        controls=settings.confirm.controls,
    )
