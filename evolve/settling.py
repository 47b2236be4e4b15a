"""Results of evaluations as they are kept, from what workers hand back."""

from typing import TypedDict

from archive.records import Purpose, Rollout, Unscored
from evolve.workers import Answered, Settled, Unjudged


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
