"""A small archive in memory, and the records that fill it."""

from collections.abc import Callable, Iterator

import pytest

from archive.records import (
    Candidate,
    Decision,
    Parent,
    ProposalResult,
    Rollout,
    Run,
    Score,
    Standing,
    Step,
    TaskRecord,
    Trace,
    Usage,
)
from archive.store import Archive
from search_spaces.config import Agent, SystemConfig
from search_spaces.edits import diff

TASKS = [
    TaskRecord(number=0, id="apples", split="validation", domain="sums"),
    TaskRecord(number=1, id="pears", split="validation"),
    TaskRecord(number=2, id="plums", split="test"),
]


@pytest.fixture
def make_config() -> Callable[[str], SystemConfig]:
    return lambda prompt: SystemConfig(agents=(Agent(name="solver", prompt=prompt),))


@pytest.fixture
def archive() -> Iterator[Archive]:
    with Archive.in_memory() as opened:
        yield opened


@pytest.fixture
def run(archive: Archive) -> Run:
    return archive.create_run("sample", 7, '{"budget": {"usd": 1}}', TASKS)


@pytest.fixture
def step() -> Step:
    usage = Usage(calls=1, prompt_tokens=120, completion_tokens=30, usd=0.1, seconds=0.7)
    return Step(agent="solver", round=1, sample=0, model="small", text="I add them.", usage=usage)


@pytest.fixture
def make_rollout(step: Step) -> Callable[..., Rollout]:
    def make(number: int, candidate: int = 0, task: int = 0, score: float = 1.0) -> Rollout:
        return Rollout(
            decision=number,
            position=number,
            candidate=candidate,
            task=task,
            score=Score(value=score, feedback="well done" if score else "wrong"),
            trace=Trace(answer="12", steps=(step, step), usage=step.usage + step.usage, rounds=2),
            at=float(number),
        )

    return make


@pytest.fixture
def filled(
    archive: Archive,
    run: Run,
    step: Step,
    make_config: Callable[[str], SystemConfig],
    make_rollout: Callable[..., Rollout],
) -> Archive:
    """Two seeds, a child of both, four rollouts and the proposal result between them."""
    first, second, third = map(make_config, ("Add.", "Count.", "Add, then count."))
    child = Candidate(
        number=2,
        config=third,
        operator="merge",
        parents=tuple(
            Parent(candidate=number, edits=diff(config, third))
            for number, config in enumerate((first, second))
        ),
        rationale="both are half right",
        choices={"prompt": "Add, then count.", "samples": 1, "warm": None},
    )
    rollouts = [make_rollout(0), make_rollout(1, candidate=1, score=0.0), make_rollout(3, 2)]
    bought = [
        Decision(number=r.decision, purpose="search", candidate=r.candidate, task=0, after=0, at=0)
        for r in rollouts
    ]
    with archive.group():
        archive.add_candidate(run, Candidate(number=0, config=first, operator="seed"))
        archive.add_candidate(run, Candidate(number=1, config=second, operator="seed"))
        archive.add_decisions(
            run, [*bought[:2], Decision(number=2, purpose="propose", after=2, at=1)]
        )
        archive.add_rollouts(run, rollouts[:2])
    with archive.group():
        archive.add_candidate(run, child)
        archive.add_proposal_result(
            run,
            ProposalResult(
                decision=2,
                position=2,
                candidate=2,
                outcome="added",
                repairs=1,
                steps=(step,),
                at=2.0,
            ),
        )
    with archive.group():
        archive.add_decisions(run, bought[2:])
        archive.add_rollouts(run, rollouts[2:])
    archive.put_standings(
        run,
        [
            Standing(candidate=number, mean=mean, deviation=0.1, evaluations=1, cost=0.2)
            for number, mean in enumerate((0.6, 0.4, 0.7))
        ],
    )
    return archive
