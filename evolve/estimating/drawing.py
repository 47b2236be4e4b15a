"""An executor that makes a few evaluations and draws the others.

The first evaluations of a system are made. Later ones take what one of these took, and are right
with the probability that one draw of how good the system is (from what its first evaluations say)
and one of how hard the task is make together (item response). So a search can be rehearsed in a
second or two, and its systems are as far apart as those of a real one.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from math import ceil, exp, floor, log, log2, pi, sqrt
from random import Random
from statistics import fmean
from typing import NamedTuple

from pydantic import PrivateAttr

from archive.records import Score, Step, Trace
from evolve.errors import UnscoredError
from evolve.executors.base import Executor
from evolve.models.base import Embedder, Models
from evolve.standings.fit import Spread
from evolve.tasks.base import Scorer, Task, TaskInput
from evolve.tools.toolbox import Toolbox
from search_spaces.config import SystemConfig

_EACH, _CALLS = 12, 3_000
"""How often a system is tried, and after how many calls in all only once."""

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


class Judging(NamedTuple):
    """What scoring an answer took, where a model is asked for it."""

    steps: tuple[Step, ...]
    seconds: float


class System:
    """What is known of a system from its trials."""

    def __init__(self) -> None:
        """Starts with nothing known."""
        self.trials: list[Trial] = []
        self.scores: list[float] = []
        self.judgings: list[Judging] = []
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
        self.count(trial.trace.steps)

    def count(self, steps: Iterable[Step]) -> None:
        """Counts calls."""
        for step in steps:
            self.calls[step.model] += 1
            self.tokens[step.model] += step.usage.tokens


class _Given(str):
    """An answer that remembers who gave it, and how it scores if that is drawn."""

    system: System
    value: float | None

    def __new__(cls, text: str, system: System, value: float | None) -> "_Given":
        given = super().__new__(cls, text)
        given.system, given.value = system, value
        return given


class Drawing(Executor):
    """Makes the first evaluations of a system with another executor and draws the rest."""

    _executor: Executor = PrivateAttr()
    _rng: Random = PrivateAttr()
    _dear: bool = PrivateAttr(default=False)
    _parents: Callable[[SystemConfig], Sequence[str]] = PrivateAttr()
    _tally: Tally = PrivateAttr(default_factory=Tally)
    _systems: dict[str, System] = PrivateAttr(default_factory=dict)
    _difficulties: dict[str, float] = PrivateAttr(default_factory=dict)

    @classmethod
    def around(
        cls, executor: Executor, parents: Callable[[SystemConfig], Sequence[str]], rng: Random
    ) -> "Drawing":
        """Draws what that executor would do.

        Args:
            executor: Makes the first evaluations.
            parents: The content ids of what a system was made from.
            rng: Its luck.
        """
        drawing = cls()
        drawing._executor, drawing._parents, drawing._rng = executor, parents, rng
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
        """Binds the executor that makes evaluations; the tally stays the same one.

        Where scoring takes work, as running programs does, all scores are drawn.
        """
        bound = self.model_copy()
        bound._dear = scorer.cpus > 0
        bound._executor = self._executor.bind(models, embedder, scorer, toolbox)
        return bound

    async def run(self, config: SystemConfig, task_input: TaskInput, trial: int) -> Trace:
        """Makes an evaluation, or draws one."""
        system = self._systems.setdefault(config.id, System())
        each = _EACH if self._tally.calls.total() < _CALLS else 1
        value, made = None, len(system.trials) < each
        if made:
            one = await self._try(system, config, task_input, trial)
        else:
            one = self._rng.choice(system.trials)
        if self._dear or not made:
            value = float(self._rng.random() < self._chance(config, system, task_input.id))
        self._tally.add(one)
        await self._until_others(0.0 if made else one.seconds)
        answer = _Given(one.trace.answer, system, value)
        return one.trace.model_copy(update={"answer": answer})

    def submission(self, trace: Trace) -> str:
        """What of a trace the scorer looks at; nobody looks at what is drawn."""
        given = trace.answer
        assert isinstance(given, _Given)
        if given.value is not None:
            return given
        return _Given(self._executor.submission(trace), given.system, None)

    async def score(self, task: Task, answer: str) -> Score:
        """The score that was drawn, or the one that an answer really gets."""
        assert isinstance(answer, _Given)
        system = answer.system
        if answer.value is None:
            return await self._score(system, task, str(answer))
        if not system.judgings:
            return Score(value=answer.value)
        judging = self._rng.choice(system.judgings)
        await self._until_others(judging.seconds)
        self._tally.count(judging.steps)
        return Score(value=answer.value, steps=judging.steps)

    async def _score(self, system: System, task: Task, answer: str) -> Score:
        """The score that an answer really gets."""
        loop = asyncio.get_running_loop()
        started, steps = loop.time(), tuple[Step, ...]()
        try:
            scored = await self._executor.score(task, answer)
            system.scores.append(scored.value)
            steps = scored.steps
        except UnscoredError as failure:
            steps = tuple(failure.steps)
            raise
        finally:
            if steps:
                system.judgings.append(Judging(steps, loop.time() - started))
                self._tally.count(steps)
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

    async def _until_others(self, seconds: float) -> None:
        """Waits so long, and until results arrive together: fewer decisions take less time."""
        pause = TOGETHER * self._tally.seconds / self._tally.evaluations
        if pause:
            pause = 2.0 ** floor(log2(pause))  # so that the moments stay the same ones
            now = asyncio.get_running_loop().time()
            nearest = round if seconds else ceil  # what took its time already can only wait
            await asyncio.sleep(max(0.0, nearest((now + seconds) / pause) * pause - now))

    def _chance(self, config: SystemConfig, system: System, task: str) -> float:
        """How likely a system is right on a task."""
        if system.ability is None:
            system.ability = self._ability(config, system)
        if task not in self._difficulties:
            self._difficulties[task] = self._rng.gauss(0.0, _DIFFICULTY)
        return 1 / (1 + exp(self._difficulties[task] - system.ability))

    def _ability(self, config: SystemConfig, system: System) -> float:
        """How able a system is, drawn from what its trials and its parents say of it.

        A system is as far from its parents, and one without any from the average, as the standings
        believe before they know better.
        """
        family = [
            self._systems[parent] for parent in self._parents(config) if parent in self._systems
        ]
        known = [parent.ability for parent in family if parent.ability is not None]
        if known:
            expected, variance = fmean(known), Spread().child
        else:
            every = [score for each in self._systems.values() for score in each.scores]
            average = (sum(every) + 1) / (len(every) + 2)
            expected, variance = log(average / (1 - average)) * _STEEPER, Spread().root
        mean = 1 / (1 + exp(-expected / _STEEPER))
        weight = _STEEPER**2 / (variance * mean * (1 - mean))
        right, made = sum(system.scores), len(system.scores)
        score = self._rng.betavariate(right + weight * mean, made - right + weight * (1 - mean))
        score = min(max(score, 0.01), 0.99)
        return log(score / (1 - score)) * _STEEPER
