"""Results of evaluations as they are kept, from what workers hand back."""

from archive.records import Rollout, Unscored
from evolve.workers import Answered, Settled, Unjudged


def rollout_of(settled: Settled, answered: Answered, taken: int) -> Rollout:
    """What an evaluation came to that was scored."""
    decision = settled.decision
    assert decision.candidate is not None
    assert decision.task is not None
    return Rollout(
        decision=decision.number,
        taken=taken,
        candidate=decision.candidate,
        task=decision.task,
        trial=decision.trial,
        purpose=decision.purpose,
        score=answered.score,
        trace=answered.trace,
        at=settled.at,
    )


def unscored_of(settled: Settled, unjudged: Unjudged, taken: int) -> Unscored:
    """What an evaluation came to whose answer nobody could score."""
    decision = settled.decision
    assert decision.candidate is not None
    assert decision.task is not None
    return Unscored(
        decision=decision.number,
        taken=taken,
        candidate=decision.candidate,
        task=decision.task,
        trial=decision.trial,
        purpose=decision.purpose,
        reason=str(unjudged.failure),
        trace=unjudged.trace,
        steps=unjudged.failure.steps,
        at=settled.at,
    )
