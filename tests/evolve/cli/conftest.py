"""Archives to run commands on: one that is finished, and one whose every text is hostile."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.controls import ComparedControl, ControlResult
from archive.reading import Reader
from archive.records import (
    Candidate,
    Confirmation,
    Decision,
    Event,
    Look,
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
from evolve.engine.run import start
from search_spaces.config import Agent, Edge, SystemConfig
from search_spaces.edits import diff
from tests.evolve.cli.commands import Command
from tests.evolve.runs import facts, settings

HOSTILE = "\x1b]0;owned\x07\x1b[31m[bold]evil[/bold] [link=x]\x9b2J :bomb: \u202egnp.exe"
"""What no report may pass on: escapes, rich markup, emoji codes and reversed text."""

SETTINGS = {
    "name": "sample",
    "strategy": "genetic",
    "objective": {"cost": "usd", "cost_at_most": 0.5},
    "description": HOSTILE,
}


def _candidates() -> list[Candidate]:
    solver = Agent(name="solver", role=HOSTILE, prompt=f"Add the numbers. {HOSTILE}\nSlowly.")
    critic = Agent(name="critic", prompt="Find faults.", temperature=0.2)
    seed = SystemConfig(name=f"single {HOSTILE}", agents=(solver,))
    pair = SystemConfig(
        name="pair", agents=(solver, critic), edges=(Edge(source="solver", target="critic"),)
    )
    costly = SystemConfig(agents=(solver.model_copy(update={"samples": 9}),))
    merged = pair.model_copy(update={"name": "merged", "description": HOSTILE})
    merged = SystemConfig(
        agents=(solver, critic.model_copy(update={"temperature": 0.9})), edges=pair.edges
    )
    arrows = [Parent(candidate=n, edits=diff(c, merged)) for n, c in ((1, pair), (2, costly))]
    return [
        Candidate(number=0, config=seed, operator="seed"),
        Candidate(
            number=1,
            config=pair,
            operator=f"add critic {HOSTILE}",
            parents=(Parent(candidate=0, edits=diff(seed, pair)),),
            rationale=f"A second look helps. {HOSTILE}",
        ),
        Candidate(
            number=2,
            config=costly,
            operator="sample more",
            parents=(Parent(candidate=0, edits=diff(seed, costly)),),
        ),
        Candidate(number=3, config=merged, operator="merge", parents=tuple(arrows)),
    ]


def _rollout(number: int, candidate: int, task: int, score: float) -> Rollout:
    usage = Usage(calls=1, prompt_tokens=100, completion_tokens=20, usd=0.01, seconds=1.0)
    step = Step(agent="solver", round=1, sample=0, model="small", text=HOSTILE, usage=usage)
    return Rollout(
        decision=number,
        position=number,
        candidate=candidate,
        task=task,
        purpose="confirm" if task == 2 else "search",
        score=Score(value=score, feedback=f"expected 12 {HOSTILE}"),
        trace=Trace(answer=f"eleven {HOSTILE}", steps=(step,), usage=usage),
        at=float(number),
    )


def _fill(archive: Archive) -> Run:
    tasks = [
        TaskRecord(number=0, id=f"apples {HOSTILE}", split="validation"),
        TaskRecord(number=1, id="pears", split="validation"),
        TaskRecord(number=2, id="sealed-plums", split="test"),
    ]
    rollouts = [_rollout(0, 0, 0, 0.0), _rollout(1, 1, 0, 0.0), _rollout(2, 1, 1, 1.0)]
    rollouts += [_rollout(4, 3, 0, 0.25), _rollout(5, 3, 2, 0.0)]
    run = archive.create_run("sample", 7, json.dumps(SETTINGS), tasks)
    with archive.group():
        for candidate in _candidates():
            archive.add_candidate(run, candidate)
        archive.add_decisions(
            run,
            [
                Decision(
                    number=each.decision, purpose=each.purpose, candidate=each.candidate,
                    task=each.task, after=0, at=0,
                )
                for each in rollouts
            ],
        )  # fmt: skip
        archive.add_decisions(run, [Decision(number=3, purpose="propose", after=3, at=3)])
        archive.add_rollouts(run, rollouts)
        archive.add_proposal_result(
            run,
            ProposalResult(
                decision=3, position=3, candidate=1, outcome="added", reason=HOSTILE, at=3
            ),
        )
        archive.put_standings(
            run,
            [
                Standing(candidate=0, mean=0.5, deviation=0.05, evaluations=40, cost=0.01),
                Standing(candidate=1, mean=0.7, deviation=0.05, evaluations=40, cost=0.02),
                Standing(candidate=2, mean=0.9, deviation=0.05, evaluations=40, cost=0.9),
                Standing(candidate=3, mean=0.8, deviation=0.05, evaluations=40, cost=0.04),
            ],
        )
        archive.add_look(run, Look(purpose="confirm", winner=1, seed=0, tasks=(2,), at=9.0))
        archive.add_event(run, Event(at=4.0, kind="note", text=HOSTILE))
        archive.add_confirmation(run, _confirmation())
    return archive.set_status(run, "interrupted")


def _confirmation() -> Confirmation:
    """A winner beside the seed, a tested control and one that was not tested."""
    tested = ControlResult(
        tasks=1, mean=0.7, interval=(0.5, 0.9), difference=0.05, difference_interval=(-0.1, 0.2),
        cost=0.04,
    )  # fmt: skip
    return Confirmation(
        winner=3, seed=0, tasks=1, mean=0.75, interval=(0.6, 0.9), seed_mean=0.5,
        seed_interval=(0.4, 0.6), difference=0.25, difference_interval=(0.1, 0.4),
        cost=0.04, seed_cost=0.01, looks=1, changes=("topology",),
        controls=(
            ComparedControl(kind="single", candidate=2, votes=4, tested=tested),
            ComparedControl(kind="model", candidate=1, model=HOSTILE),
        ),
    )  # fmt: skip


@pytest.fixture
def archive_path(tmp_path: Path) -> Path:
    path = tmp_path / "evolve.db"
    with Archive.write(path) as archive:
        _fill(archive)
    return path


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with one finished run; not to be written to."""
    path = tmp_path_factory.mktemp("finished") / "evolve.db"
    with Archive.write(path) as archive:
        start(settings(budget={"evaluations": 60}, confirm={"tasks": 5}), archive)
    return path


@pytest.fixture
def archive(finished: Path, tmp_path: Path) -> Path:
    """A copy of that archive, under the name that commands look for."""
    return Path(shutil.copy(finished, tmp_path / "evolve.db"))


@pytest.fixture
def command(
    archive: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Command]:
    """Commands, run beside an archive that none of them may spoil."""
    monkeypatch.chdir(archive.parent)
    with Reader.read(archive) as before:
        known = facts(before)
    yield Command(monkeypatch, capsys)
    with Reader.read(archive) as after:
        assert after.integrity() == []
        assert len(after.runs()) == 1
        assert facts(after) == known
