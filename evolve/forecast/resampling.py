"""An executor that makes a few evaluations and draws the others from them.

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
from statistics import fmean, linear_regression
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

_EACH, _CALLS = 4, 1_000
"""Evaluations made of each system, and the number of calls after which only one is made."""

_TELLING = 8
"""The least number of systems for relating ability to cost."""

_DIFFICULTY = 1.3
"""The deviation of the tasks' difficulties, on the scale of log-odds."""

_STEEPER = sqrt(1 + pi / 8 * _DIFFICULTY**2)
"""Log-odds on a task of middling difficulty, in those of the mean score over all tasks."""

TOGETHER = 4.0
"""Results arrive together that would arrive within so many mean durations so far."""


class Trial(NamedTuple):
    """The outcome of an evaluation that was made."""

    trace: Trace
    seconds: float


class Judging(NamedTuple):
    """The usage of scoring an answer by a model."""

    steps: tuple[Step, ...]
    seconds: float


class System:
    """The trials of a system."""

    def __init__(self) -> None:
        """Starts without trials."""
        self.trials: list[Trial] = []
        self.scores: list[float] = []
        self.judgings: list[Judging] = []

    @property
    def dearness(self) -> float:
        """The logarithm of a trial's cost, or of its tokens if a price is unknown."""
        usages = [trial.trace.usage for trial in self.trials]
        usd = [usage.usd for usage in usages if usage.usd]
        return log(fmean(usd if len(usd) == len(usages) else (u.tokens + 1 for u in usages)))


class Tally:
    """The usage of all evaluations so far, made or drawn."""

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
    """An answer with its system, and whether it was made or drawn."""

    config: SystemConfig
    made: bool

    def __new__(cls, text: str, config: SystemConfig, made: bool) -> "_Given":
        given = super().__new__(cls, text)
        given.config, given.made = config, made
        return given


class Resampling(Executor):
    """Makes the first evaluations of a system with another executor and draws the rest."""

    _executor: Executor = PrivateAttr()
    _rng: Random = PrivateAttr()
    _times: int = PrivateAttr(default=1)
    _dear: bool = PrivateAttr(default=False)
    _parents: Callable[[SystemConfig], Sequence[str]] = PrivateAttr()
    _tally: Tally = PrivateAttr(default_factory=Tally)
    _systems: dict[str, System] = PrivateAttr(default_factory=dict)
    _abilities: dict[str, float] = PrivateAttr(default_factory=dict)
    _latent: dict[str, float] = PrivateAttr(default_factory=dict)
    _difficulties: dict[str, list[float]] = PrivateAttr(default_factory=dict)

    @classmethod
    def around(cls, executor: Executor, rng: Random) -> "Resampling":
        """Draws what that executor would do.

        Args:
            executor: Makes the first evaluations.
            rng: Its source of randomness.
        """
        resampling = cls()
        resampling._executor, resampling._rng = executor, rng
        return resampling

    def again(self, rng: Random, times: int) -> "Resampling":
        """The same for another rehearsal: systems that were tried need not be tried again.

        Args:
            rng: Its source of randomness.
            times: How many evaluations each stands for: its score is the mean of theirs.
        """
        other = type(self).around(self._executor, rng)
        other._systems, other._times = self._systems, times
        return other

    def ask_for_parents(self, parents: Callable[[SystemConfig], Sequence[str]]) -> None:
        """Sets the function that returns the content ids of a system's parents."""
        self._parents = parents

    @property
    def tally(self) -> Tally:
        """The usage of all evaluations so far."""
        return self._tally

    @property
    def tried(self) -> int:
        """How many systems were tried."""
        return len(self._systems)

    def bind(
        self, models: Models, embedder: Embedder, scorer: Scorer, toolbox: Toolbox | None = None
    ) -> "Resampling":
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
        made = len(system.trials) < each
        if made:
            one = await self._try(system, config, task_input, trial)
        else:
            one = self._rng.choice(system.trials)
        self._tally.add(one)
        await self._until_others(0.0 if made else one.seconds)
        answer = _Given(one.trace.answer, config, made)
        return one.trace.model_copy(update={"answer": answer})

    def submission(self, trace: Trace) -> str:
        """The part of a trace that is scored; a drawn one is not."""
        given = trace.answer
        assert isinstance(given, _Given)
        if not given.made or self._dear:
            return given
        return _Given(self._executor.submission(trace), given.config, made=True)

    async def score(self, task: Task, answer: str) -> Score:
        """The score that an answer really gets, or one that is drawn."""
        assert isinstance(answer, _Given)
        system = self._systems[answer.config.id]
        if answer.made and not self._dear:
            scored = await self._score(system, task, str(answer))
            if self._times == 1:
                return scored
            steps = tuple(scored.steps)
        else:
            steps = await self._judged(system)
        return Score(value=self._value(answer.config, system, task.input.id), steps=steps)

    async def _judged(self, system: System) -> tuple[Step, ...]:
        """Waits and counts as if a judge had scored the answer, where there is one."""
        if not system.judgings:
            return ()
        judging = self._rng.choice(system.judgings)
        await self._until_others(judging.seconds)
        self._tally.count(judging.steps)
        return judging.steps

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

    def _value(self, config: SystemConfig, system: System, task: str) -> float:
        """How a system scores on a task, or on as many as that stands for."""
        if task not in self._difficulties:
            difficulties = [self._rng.gauss(0.0, _DIFFICULTY) for _ in range(self._times)]
            self._difficulties[task] = difficulties
        ability = self._ability(config, system)
        chances = (1 / (1 + exp(each - ability)) for each in self._difficulties[task])
        return fmean(float(self._rng.random() < chance) for chance in chances)

    def _ability(self, config: SystemConfig, system: System) -> float:
        """The ability of a system, from a latent effect, its trials and its parents.

        A system is as far from its parents, and one without any from the average, as the standings
        have before their trials. Trials move it by one step of Newton's method.
        """
        latent = self._latent.setdefault(config.id, self._rng.gauss(0.0, 1.0))
        expected, variance = self._expected(config, system)
        mean = 1 / (1 + exp(-expected / _STEEPER))
        information = len(system.scores) * mean * (1 - mean) / _STEEPER**2
        precision = 1 / variance + information
        excess = (sum(system.scores) - len(system.scores) * mean) / _STEEPER
        ability = expected + excess / precision + latent / sqrt(precision)
        self._abilities[config.id] = ability
        return ability

    def _expected(self, config: SystemConfig, system: System) -> tuple[float, float]:
        """The ability of a system before its own trials, with the variance."""
        family = [parent for parent in self._parents(config) if parent in self._abilities]
        if family:
            before = fmean(self._systems[parent].dearness for parent in family)
            able = fmean(self._abilities[parent] for parent in family)
            return able + self._worth * (system.dearness - before), Spread().child
        every = [score for each in self._systems.values() for score in each.scores]
        average = (sum(every) + 1) / (len(every) + 2)
        return log(average / (1 - average)) * _STEEPER, Spread().root

    @property
    def _worth(self) -> float:
        """The gain in ability of systems that take e times as much, by all trials."""
        tried = [each for each in self._systems.values() if each.scores]
        if len(tried) < _TELLING:
            return 0.0
        scores = [fmean(each.scores) for each in tried]
        slope = linear_regression([each.dearness for each in tried], scores).slope
        average = min(max(fmean(scores), 0.05), 0.95)
        return slope / (average * (1 - average)) * _STEEPER
