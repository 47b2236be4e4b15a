"""Results as they are kept, from what workers hand back."""

from typing import TypedDict

from archive.records import Birth, Candidate, Decision, Purpose, Rollout, Unscored
from evolve.admission import Admission
from evolve.state import NOTHING_TO_PROPOSE, WOULD_NOT_FIT, SearchState
from evolve.strategies.base import Proposal
from evolve.workers import Answered, Settled, Unjudged
from search_spaces.space import SearchSpace


def rollout_of(settled: Settled, answered: Answered, taken: int) -> Rollout:
    """What an evaluation came to that was scored."""
    return Rollout(**_settled(settled, taken), score=answered.score, trace=answered.trace)


def unscored_of(settled: Settled, unjudged: Unjudged, taken: int) -> Unscored:
    """What an evaluation came to whose answer nobody could score."""
    return Unscored(
        **_settled(settled, taken),
        reason=str(unjudged.failure),
        trace=unjudged.trace,
        steps=unjudged.failure.steps,
    )


def birth_of(
    decision: Decision,
    proposal: Proposal | None,
    at: float,
    state: SearchState,
    admission: Admission,
    space: SearchSpace,
) -> tuple[Birth, Candidate | None]:
    """What comes of a proposal: a new candidate, or the reason why there is none."""
    birth = Birth(decision=decision.number, taken=state.taken, candidate=None, at=at)
    if proposal is None:
        return birth.model_copy(update={"reason": NOTHING_TO_PROPOSE}), None
    told = ("reason", "repairs", "steps", "prompts")
    birth = birth.model_copy(update={name: getattr(proposal, name) for name in told})
    known = state.number_of.get(proposal.config.id)
    if known is not None:
        return birth.model_copy(update={"candidate": known, "reason": "already known"}), None
    if violations := space.check(proposal.config):
        return birth.model_copy(update={"reason": violations[0]}), None
    if not state.ledger.fits(admission.bound(proposal.config), alone=True):
        return birth.model_copy(update={"reason": WOULD_NOT_FIT}), None
    born = Candidate(
        number=len(state.candidates),
        config=proposal.config,
        operator=proposal.operator,
        parents=proposal.parents,
        rationale=proposal.rationale,
        choices=dict(proposal.choices),
    )
    return birth.model_copy(update={"candidate": born.number}), born


class _Result(TypedDict):
    decision: int
    taken: int
    candidate: int
    task: int
    trial: int
    purpose: Purpose
    at: float


def _settled(settled: Settled, taken: int) -> _Result:
    """What all results of evaluations tell."""
    decision = settled.decision
    assert decision.candidate is not None
    assert decision.task is not None
    return _Result(
        decision=decision.number,
        taken=taken,
        candidate=decision.candidate,
        task=decision.task,
        trial=decision.trial,
        purpose=decision.purpose,
        at=settled.at,
    )
