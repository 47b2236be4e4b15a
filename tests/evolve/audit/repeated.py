"""Tasks with rollouts for tests of an audit's statistics."""

from collections.abc import Sequence

from archive.records import Rollout, Score, Split, Step, Trace, Usage
from evolve.audit.repetitions import Repeated
from evolve.tasks.base import Task, TaskInput


def task(
    name: str, truth: object = "yes", text: str | None = None, split: Split = "validation"
) -> Task:
    """A task whose question is its name, unless another one is given."""
    given = TaskInput(id=name, text=text or f"{name}?")
    return Task(number=0, input=given, answer=truth, split=split)


def rollout(answer: str, score: float, verdicts: Sequence[str] = ()) -> Rollout:
    """A rollout with that answer and score, and a judge's verdicts."""
    steps = tuple(
        Step(agent="judge", round=1, sample=draw, model="j", text=text, usage=Usage())
        for draw, text in enumerate(verdicts)
    )
    return Rollout(
        decision=0,
        position=0,
        candidate=0,
        task=0,
        score=Score(value=score, steps=steps),
        trace=Trace(answer=answer),
        at=0.0,
    )


def repeated(asked: Task, *answers: str) -> Repeated:
    """A task with these answers, right if they are its truth."""
    scored = (rollout(answer, float(answer == asked.answer)) for answer in answers)
    return Repeated(asked, tuple(scored))


def scored(*scores: float) -> Repeated:
    """A task with answers of these scores, all of them different answers."""
    rollouts = (rollout(f"answer {place}", score) for place, score in enumerate(scores))
    return Repeated(task("q"), tuple(rollouts))
