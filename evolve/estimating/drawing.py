"""An executor that makes a few evaluations and draws the others.

The first evaluations of a system are made. Later ones take what one of these took, and are right
with the probability that one draw of how good the system is (from what its first evaluations say)
and one of how hard the task is make together (item response). So a search can be rehearsed in a
second or two, and its systems are as far apart as those of a real one.
"""

import asyncio
from collections import Counter
from math import ceil, exp, log, pi, sqrt
from random import Random
from typing import NamedTuple

from pydantic import PrivateAttr

from archive.records import Score, Trace
from evolve.executors.base import Executor
from evolve.models.base import Embedder, Models
from evolve.tasks.base import Scorer, Task, TaskInput
from evolve.tools.toolbox import Toolbox
from search_spaces.config import SystemConfig

_EACH, _CALLS = 4, 1_200
"""How often a system is tried, and after how many calls in all only once."""

_PRIOR = 4.0
"""How many evaluations the average of all systems weighs, in what is believed of one."""

_DIFFICULTY = 1.3
"""The deviation of the tasks' difficulties, on the scale of log-odds."""

_STEEPER = sqrt(1 + pi / 8 * _DIFFICULTY**2)
"""Log-odds on a task of middling difficulty, in those of the mean score over all tasks."""

TOGETHER = 0.5
"""Results arrive together that would arrive within this share of the mean duration so far."""


class Trial(NamedTuple):
    """What came of an evaluation that was made."""

    trace: Trace
    seconds: float


class System:
    """What is known of a system from its trials."""

    def __init__(self) -> None:
        """Starts with nothing known."""
        self.trials: list[Trial] = []
        self.scores: list[float] = []
        self.ability: float | None = None


class Tally:
    """What all evaluations took so far, made or drawn."""

    def __init__(self) -> None:
        """Starts with nothing."""
        self.evaluations = 0
        self.seconds = 0.0
        self.calls: Counter[str] = Counter()
        self.tokens: Counter[str] = Counter()

    def add(self, trial: Trial) -> None:
        """Counts an evaluation."""
        self.evaluations += 1
        self.seconds += trial.seconds
        for step in trial.trace.steps:
            self.calls[step.model] += 1
            self.tokens[step.model] += step.usage.tokens


class _Given(str):
    """An answer that remembers who gave it, and how it scores if that is drawn."""

    system: System
    value: float | None = None


class Drawing(Executor):
    """Makes the first evaluations of a system with another executor and draws the rest."""

    _executor: Executor = PrivateAttr()
    _rng: Random = PrivateAttr()
    _tally: Tally = PrivateAttr(default_factory=Tally)
    _systems: dict[str, System] = PrivateAttr(default_factory=dict)
    _difficulties: dict[str, float] = PrivateAttr(default_factory=dict)

    @classmethod
    def around(cls, executor: Executor, rng: Random) -> "Drawing":
        """Draws what that executor would do."""
        drawing = cls()
        drawing._executor, drawing._rng = executor, rng
        return drawing

    @property
    def tally(self) -> Tally:
        """What all evaluations took so far."""
        return self._tally

    @property
    def tried(self) -> int:
        """How many systems were tried."""
        return len(self._systems)

    def bind(
        self, models: Models, embedder: Embedder, scorer: Scorer, toolbox: Toolbox | None = None
    ) -> "Drawing":
        """Binds the executor that makes evaluations; the tally stays the same one."""
        bound = self.model_copy()
        bound._executor = self._executor.bind(models, embedder, scorer, toolbox)
        return bound

    async def run(self, config: SystemConfig, task_input: TaskInput, trial: int) -> Trace:
        """Makes an evaluation, or draws one."""
        system = self._systems.setdefault(config.id, System())
        each = _EACH if self._tally.calls.total() < _CALLS else 1
        value = None
        if len(system.trials) < each:
            one = await self._try(system, config, task_input, trial)
        else:
            one = self._rng.choice(system.trials)
            value = float(self._rng.random() < self._chance(system, task_input.id))
            await asyncio.sleep(one.seconds)
        self._tally.add(one)
        await self._until_others()
        answer = _Given(one.trace.answer)
        answer.system, answer.value = system, value
        return one.trace.model_copy(update={"answer": answer})

    async def score(self, task: Task, answer: str) -> Score:
        """The score that was drawn, or the one that an answer really gets."""
        assert isinstance(answer, _Given)
        if answer.value is not None:
            return Score(value=answer.value)
        scored = await self._executor.score(task, str(answer))
        answer.system.scores.append(scored.value)
        return scored

    async def _try(
        self, system: System, config: SystemConfig, task_input: TaskInput, trial: int
    ) -> Trial:
        loop = asyncio.get_running_loop()
        started = loop.time()
        trace = await self._executor.run(config, task_input, trial)
        made = Trial(trace, loop.time() - started)
        system.trials.append(made)
        if trace.failure:
            system.scores.append(0.0)
        return made

    async def _until_others(self) -> None:
        """Waits so that results arrive together: fewer decisions take less time."""
        pause = TOGETHER * self._tally.seconds / self._tally.evaluations
        if pause:
            now = asyncio.get_running_loop().time()
            await asyncio.sleep(ceil(now / pause) * pause - now)

    def _chance(self, system: System, task: str) -> float:
        """How likely a system is right on a task."""
        if system.ability is None:
            every = [score for each in self._systems.values() for score in each.scores]
            average = (sum(every) + 1) / (len(every) + 2)
            right, made = sum(system.scores), len(system.scores)
            score = self._rng.betavariate(
                right + _PRIOR * average, made - right + _PRIOR * (1 - average)
            )
            score = min(max(score, 0.01), 0.99)
            system.ability = log(score / (1 - score)) * _STEEPER
        if task not in self._difficulties:
            self._difficulties[task] = self._rng.gauss(0.0, _DIFFICULTY)
        return 1 / (1 + exp(self._difficulties[task] - system.ability))
