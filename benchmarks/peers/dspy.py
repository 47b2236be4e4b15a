"""Optimisers of the package ``dspy`` (Khattab et al., 2023) on one agent of ours.

``labeled``    LabeledFewShot: 16 training tasks as worked examples, without a search
``bootstrap``  BootstrapFewShotWithRandomSearch (BootstrapRS)

The optimiser is the package's own. Its predictor asks as an agent of ours with the same
instructions and worked examples does, because the package's field markers cost small models most
of their score. What it finds is therefore a configuration, scored like any other.
"""

import logging
import os
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from io import StringIO
from random import Random
from typing import Any, TypeAlias

import dspy
from dspy.utils import DummyLM

from benchmarks.peers.purse import Evaluated, Purse, mean
from evolve.tasks.base import Task
from search_spaces.config import Agent, Demonstration, SystemConfig

LABELED = 16
"""Labelled worked examples."""

BOOTSTRAPPED = 4
"""Worked examples from own rollouts."""

MANY = 100
"""Programs to try; the budget ends the search before."""

AT_ONCE = 8
"""Evaluations under way at once."""


ANSWERING = dspy.Signature("question -> answer")

Student: TypeAlias = dspy.Predict
Examples: TypeAlias = list[dspy.Example]
Metric: TypeAlias = Callable[..., float]


def search(purse: Purse, method: str) -> None:
    """Searches until the optimiser ends or the budget is used up.

    Args:
        purse: The budget.
        method: One of the names above.
    """
    os.environ["TQDM_DISABLE"] = "1"
    logging.getLogger("dspy").setLevel(logging.CRITICAL)
    adapter = _AsAnAgent(purse)
    train = [_example(each) for each in purse.train]
    Random(purse.settings.seed).shuffle(train)
    quiet = redirect_stdout(StringIO())
    with quiet, dspy.context(lm=DummyLM([]), adapter=adapter, max_errors=1):
        try:
            found = _METHODS[method](purse, dspy.Predict(ANSWERING), train, adapter.metric)
        except Exception:
            # The package replaces the error of an exhausted budget by one of its own.
            if purse.ledger.share < 1:
                raise
            return
    purse.stand_on(adapter.config(found.signature.instructions, found.demos))


def _labeled(purse: Purse, student: Student, train: Examples, metric: Metric) -> Student:
    return dspy.LabeledFewShot(k=LABELED).compile(student, trainset=train)


def _bootstrap(purse: Purse, student: Student, train: Examples, metric: Metric) -> Student:
    optimiser = dspy.BootstrapFewShotWithRandomSearch(
        metric=metric,
        max_bootstrapped_demos=BOOTSTRAPPED,
        max_labeled_demos=LABELED,
        num_candidate_programs=MANY,
        num_threads=AT_ONCE,
    )
    return optimiser.compile(student, trainset=train, valset=_validation(purse))


_METHODS: dict[str, Callable[[Purse, Student, Examples, Metric], Student]] = {
    "labeled": _labeled,
    "bootstrap": _bootstrap,
}


class _AsAnAgent(dspy.Adapter):
    """Has a predictor's calls answered by an agent."""

    def __init__(self, purse: Purse) -> None:
        super().__init__()
        self._purse = purse
        self._best = -1.0
        self._settled: dict[SystemConfig, list[Evaluated]] = defaultdict(list)
        self._scores: dict[tuple[str, str], float] = {}
        self._tasks = {each.input.text: each for each in (*purse.train, *purse.tasks)}

    def __call__(
        self,
        lm: dspy.BaseLM,
        lm_kwargs: dict[str, Any],
        signature: type[dspy.Signature],
        demos: list[dict[str, Any]],
        inputs: dict[str, Any],
    ) -> list[dict[str, Any]]:
        config = self.config(signature.instructions, demos)
        (found,) = self._purse.evaluate(config, [self._tasks[inputs["question"]]])
        self._scores[inputs["question"], found.trace.answer] = found.score.value
        self._settled[config].append(found)
        self._perhaps_stand_on(config)
        return [{"answer": found.trace.answer}]

    def metric(self, example: dspy.Example, answered: Any, trace: object = None) -> float:  # noqa: ANN401
        """The run's own score of an answer that was given."""
        return self._scores[example.question, answered.answer]

    def _perhaps_stand_on(self, config: SystemConfig) -> None:
        """Makes a configuration the incumbent once it is the best on all validation tasks."""
        numbers = {task.number for task in self._purse.tasks}
        found = {each.task.number: each for each in self._settled[config]}
        if numbers <= found.keys():
            score = mean([found[number] for number in numbers])
            if score > self._best:
                self._best = score
                self._purse.stand_on(config)

    def config(self, instructions: str, demos: Sequence[dict[str, Any]]) -> SystemConfig:
        """The system of one agent that a predictor is."""
        prompt = "" if instructions == ANSWERING.instructions else instructions
        shown = [Demonstration(question=each["question"], answer=each["answer"]) for each in demos]
        agent = Agent(name="solver", prompt=prompt, demonstrations=tuple(shown))
        return SystemConfig(name="dspy", agents=(agent,))


def _validation(purse: Purse) -> list[dspy.Example]:
    return [_example(each) for each in purse.tasks]


def _example(task: Task) -> dspy.Example:
    return dspy.Example(question=task.input.text, answer=str(task.answer)).with_inputs("question")
