"""Records the outcomes of purchases: first in the archive, then in the state."""

from collections.abc import Callable, Sequence
from typing import TypedDict

from archive.records import Candidate, Decision, ProposalResult, Purpose, Rollout, Trace, Unscored
from evolve.budget.affordability import Affordability
from evolve.engine.parts import Parts
from evolve.engine.purchases import Purchases
from evolve.engine.state import SearchState
from evolve.engine.stopping import EndReason
from evolve.engine.workers import Answered, GivenUp, Settled, Unjudged
from evolve.errors import OutageError
from evolve.strategies.base import Proposal
from search_spaces.space import SearchSpace

UNSCORED_IN_A_ROW = 20
"""Unscored answers in a row after which the scorer counts as broken."""

SNAPSHOT_EVERY = 1_000
"""Results between two snapshots: the most that a resume has to observe again."""

EARLY_SNAPSHOTS = (10, 30, 100, 300)
"""Early results after which there is a snapshot, for readers of a young run."""


class Results:
    """Writes and observes the outcomes of purchases.

    Attributes:
        outage: The error of an endpoint or a scorer that does not work, if there was one.
        end_reason: Why the search has to end, if a result ended it.
    """

    def __init__(
        self,
        parts: Parts,
        state: SearchState,
        guard: Affordability,
        purchases: Purchases,
        save: Callable[[], None],
    ) -> None:
        """Keeps what results are written to.

        Args:
            parts: The archive and the run to write to.
            state: Observes the results.
            guard: Bounds the cost of new candidates, and of all when a model overruns its limits.
            purchases: The open purchases, each of which ends with its result.
            save: Writes a snapshot.
        """
        self.outage: OutageError | None = None
        self.end_reason: EndReason | None = None
        self._archive = parts.archive
        self._run = parts.run
        self._traces = parts.settings.traces
        self._space = parts.settings.space
        self._state = state
        self._guard = guard
        self._purchases = purchases
        self._save = save

    def record(self, arrived: Sequence[Settled]) -> Exception | None:
        """Writes and observes results; returns an unexpected error, if there is one."""
        failure: Exception | None = None
        self._record_rollouts(
            [(one, one.outcome) for one in arrived if isinstance(one.outcome, Answered)]
        )
        for one in arrived:
            if isinstance(one.outcome, OutageError):
                self.outage, self.end_reason = one.outcome, EndReason.OUTAGE
                self._purchases.close(one.decision)
            elif isinstance(one.outcome, Exception):
                failure = failure or one.outcome
            elif isinstance(one.outcome, Unjudged | GivenUp):
                self._record_unscored(one, one.outcome)
            elif not isinstance(one.outcome, Answered):
                self._record_proposal(one.decision, one.outcome, one.at)
        return failure

    def _record_rollouts(self, settled: Sequence[tuple[Settled, Answered]]) -> None:
        rollouts = [
            rollout_of(one, answered, self._state.results_seen + place)
            for place, (one, answered) in enumerate(settled)
        ]
        self._archive.add_rollouts(self._run, rollouts, self._traces)
        for (one, _), rollout in zip(settled, rollouts, strict=True):
            self._observe(one.decision, rollout)

    def _record_unscored(self, settled: Settled, outcome: Unjudged | GivenUp) -> None:
        """Records an answer without a score; too many in a row are an outage."""
        unscored = unscored_of(settled, outcome, self._state.results_seen)
        self._archive.add_unscored(self._run, unscored)
        self._observe(settled.decision, unscored)
        in_a_row = self._state.unscored.in_a_row
        if in_a_row >= UNSCORED_IN_A_ROW:
            self.outage = OutageError(
                f"{in_a_row} answers in a row could not be scored, the last "
                f"because {unscored.reason}"
            )
            self.end_reason = EndReason.UNSCORABLE

    def _record_proposal(self, decision: Decision, proposal: Proposal | None, at: float) -> None:
        result, added = proposal_result_of(
            decision, proposal, at, self._state, self._guard, self._space
        )
        if added is not None:
            self._archive.add_candidate(self._run, added)
        self._archive.add_proposal_result(self._run, result, self._traces)
        self._observe(decision, result, added)

    def _observe(
        self,
        decision: Decision,
        result: Rollout | ProposalResult | Unscored,
        added: Candidate | None = None,
    ) -> None:
        self._purchases.close(decision)
        overruns = self._state.consumption.overruns
        known = dict(overruns.seen)
        self._state.observe(result, added, decision.at)
        if overruns.seen != known:
            self._guard.worst.revise()
            self._purchases.revise()
        if added is not None:
            self._guard.worst.add(added.config)
        seen = self._state.results_seen
        if seen % SNAPSHOT_EVERY == 0 or seen in EARLY_SNAPSHOTS:
            self._save()


def rollout_of(settled: Settled, answered: Answered, position: int) -> Rollout:
    """The record of an evaluation that has a score."""
    return Rollout(**_settled(settled, position), score=answered.score, trace=answered.trace)


def unscored_of(settled: Settled, unjudged: Unjudged | GivenUp, position: int) -> Unscored:
    """The record of an evaluation that could not be scored, or was given up."""
    if isinstance(unjudged, GivenUp):
        return Unscored(
            **_settled(settled, position),
            reason="the budget does not cover its next model call",
            given_up=True,
            trace=Trace(answer="", usage=unjudged.usage),
        )
    return Unscored(
        **_settled(settled, position),
        reason=str(unjudged.failure),
        trace=unjudged.trace,
        steps=unjudged.failure.steps,
    )


def proposal_result_of(
    decision: Decision,
    proposal: Proposal | None,
    at: float,
    state: SearchState,
    guard: Affordability,
    space: SearchSpace,
) -> tuple[ProposalResult, Candidate | None]:
    """The record of a proposal, and the candidate that it adds, if it adds one."""
    declined = ProposalResult(
        decision=decision.number,
        position=state.results_seen,
        candidate=None,
        outcome="declined",
        at=at,
    )
    if proposal is None:
        return declined, None
    kept = ("reason", "repairs", "steps", "prompts")
    result = declined.model_copy(update={name: getattr(proposal, name) for name in kept})
    known = state.candidates.number_of.get(proposal.config.id)
    if known is not None:
        return result.model_copy(update={"candidate": known, "outcome": "known"}), None
    if violations := space.check(proposal.config):
        return result.model_copy(update={"outcome": "invalid", "reason": violations[0]}), None
    if not state.ledger.fits(guard.need_of(proposal.config), alone=True):
        return result.model_copy(update={"outcome": "unaffordable"}), None
    added = Candidate(
        number=len(state.candidates),
        config=proposal.config,
        operator=proposal.operator,
        parents=proposal.parents,
        rationale=proposal.rationale,
        choices=dict(proposal.choices),
    )
    return result.model_copy(update={"candidate": added.number, "outcome": "added"}), added


class _Result(TypedDict):
    decision: int
    position: int
    candidate: int
    task: int
    trial: int
    purpose: Purpose
    at: float


def _settled(settled: Settled, position: int) -> _Result:
    """The fields that the records of all evaluations share."""
    decision = settled.decision
    assert decision.candidate is not None
    assert decision.task is not None
    return _Result(
        decision=decision.number,
        position=position,
        candidate=decision.candidate,
        task=decision.task,
        trial=decision.trial,
        purpose=decision.purpose,
        at=settled.at,
    )
