"""The package ``gepa`` (Agrawal et al., 2025) with our evaluator and our meta-agent.

A candidate is one text, the whole system as JSON. Selection by Pareto front, minibatches,
acceptance and full evaluations are the package's own. Its reflection prompt asks for one new text
in free form, which a simulated meta-agent cannot write; so our meta-agent makes the proposal. It
receives the parent and its failures in the package's minibatch, and its calls are charged.
"""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

import numpy as np
from gepa import optimize
from gepa.core.adapter import EvaluationBatch
from gepa.logging.logger import LoggerProtocol

from archive.records import Candidate, Usage
from benchmarks.peers.purse import Evaluated, Purse, SpentError, mean
from evolve import clock
from evolve.lab.arena.contestants import META
from evolve.standings.view import ArchiveView, Example
from evolve.strategies.parts.base import Turn
from evolve.strategies.parts.proposers.meta import Meta
from evolve.tasks.base import Task
from search_spaces.config import SystemConfig

TEXT = "system"
"""The name of a candidate's only text."""


def search(purse: Purse) -> None:
    """Searches until the budget is used up."""
    try:
        start = purse.best_seed()
        optimize(
            seed_candidate={TEXT: start.model_dump_json()},
            trainset=list(purse.tasks),
            valset=list(purse.tasks),
            adapter=_Adapter(purse),
            stop_callbacks=lambda state: purse.ledger.share >= 1,
            logger=_Silent(),
            seed=purse.settings.seed,
        )
    except SpentError:
        return


class _Silent(LoggerProtocol):
    def log(self, message: str) -> None:
        """Says nothing."""


class _Adapter:
    """The package's interface to the system that it improves."""

    def __init__(self, purse: Purse) -> None:
        self._purse = purse
        self._best = -1.0
        self._requests = 0

    def evaluate(
        self, batch: list[Task], candidate: dict[str, str], capture_traces: bool = False
    ) -> EvaluationBatch[Evaluated, str]:
        config = SystemConfig.model_validate_json(candidate[TEXT])
        found = self._purse.evaluate(config, batch)
        if len(batch) == len(self._purse.tasks) and mean(found) > self._best:
            self._best = mean(found)
            self._purse.stand_on(config)
        return EvaluationBatch(
            outputs=[each.trace.answer for each in found],
            scores=[each.score.value for each in found],
            trajectories=found if capture_traces else None,
        )

    def make_reflective_dataset(
        self,
        candidate: dict[str, str],
        eval_batch: EvaluationBatch[Evaluated, str],
        components_to_update: list[str],
    ) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        return {TEXT: [{"evaluated": each} for each in eval_batch.trajectories or ()]}

    def propose_new_texts(
        self,
        candidate: dict[str, str],
        reflective_dataset: Mapping[str, Sequence[Mapping[str, Any]]],
        components_to_update: list[str],
    ) -> dict[str, str]:
        if self._purse.ledger.share >= 1:
            raise SpentError
        parent = Candidate(
            number=0, config=SystemConfig.model_validate_json(candidate[TEXT]), operator="gepa"
        )
        shown = [each["evaluated"] for each in reflective_dataset[TEXT]]
        self._requests += 1
        rng = Random(f"{self._purse.settings.seed}/gepa/{self._requests}")
        turn = Turn(self._view(parent, shown), self._purse.models, rng)
        child = clock.run(Meta(model=META).propose(turn, [parent]), virtual=True)
        self._purse.book(Usage.total(step.usage for step in turn.steps))
        return {TEXT: (child or parent).config.model_dump_json()}

    def _view(self, parent: Candidate, shown: Sequence[Evaluated]) -> ArchiveView:
        unit = self._purse.settings.objective.unit
        spent = sum(each.trace.usage.cost(unit) or 0.0 for each in shown)
        return ArchiveView(
            space=self._purse.settings.space,
            objective=self._purse.settings.objective,
            candidates=(parent,),
            mean=np.array([mean(shown)]),
            deviation=np.array([0.5 / len(shown) ** 0.5]),
            cost=np.array([spent / len(shown)]),
            evaluations=np.array([len(shown)]),
            scores=np.array([[each.score.value for each in shown]]),
            spent=np.array([spent]),
            progress=self._purse.ledger.share,
            examples=lambda candidate: [_example(each) for each in shown],
        )


def _example(each: Evaluated) -> Example:
    return Example(
        task=each.task.input,
        domain=each.task.domain,
        score=each.score,
        failure=each.trace.failure,
        read_trace=lambda: each.trace,
    )
