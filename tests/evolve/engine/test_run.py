"""Runs that continue with other caps: those given to `evolve resume` are recorded."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.errors import ArchiveError
from archive.reading import Reader
from archive.records import Event
from archive.store import Archive
from evolve.budget.ledger import Budget
from evolve.engine.caps import CAPS, budget_of
from evolve.engine.replay import replay
from evolve.engine.run import prepare, resume, start
from evolve.errors import BudgetError, OutageError, RunError, TaskError
from evolve.simulator.simulated import Simulated
from tests.evolve.runs import settings

CALLS = 400


@pytest.fixture
def paused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An archive whose run is paused, and models that fail again after a while."""
    payload, answer = 0, Simulated.complete

    async def fail_after_a_while(self: Simulated, request: object) -> object:
        nonlocal payload
        payload += 1
        if payload % CALLS == 0:
            raise OutageError("http://127.0.0.1:9: connection refused; start the server")
        return await answer(self, request)  # type: ignore[arg-type]

    path = tmp_path / "evolve.db"
    with monkeypatch.context() as patch:
        patch.setattr(Simulated, "complete", fail_after_a_while)
        with Archive.write(path) as archive, pytest.raises(OutageError):
            start(settings(), archive)
        yield path


def evaluations(archive: Reader) -> int:
    return sum(not hasattr(result, "repairs") for result in archive.results(archive.run()))


def caps_set(archive: Reader) -> list[str]:
    return [event.text for event in archive.events(archive.run()) if event.kind == CAPS]


def test_a_raised_cap_is_kept_and_the_next_resume_starts_from_it(paused: Path) -> None:
    with Archive.write(paused) as archive:
        with pytest.raises(OutageError):
            resume(archive, caps={"evaluations": 420, "usd": None})
        assert caps_set(archive) == ['{"evaluations":420}']
        for _ in range(20):
            try:
                resume(archive)
                break
            except OutageError:
                continue
        assert budget_of(archive, archive.run()) == Budget(evaluations=420)
        assert 300 < evaluations(archive) <= 420
        assert len(caps_set(archive)) == 1


@pytest.mark.full
def test_a_cap_that_is_not_changed_is_no_event(paused: Path) -> None:
    with Archive.write(paused) as archive:
        with pytest.raises(OutageError):
            resume(archive, caps={"evaluations": 300})
        assert caps_set(archive) == []
        assert budget_of(archive, archive.run()) == Budget(evaluations=300)


@pytest.mark.full
def test_caps_that_cannot_be_read_are_one_line(paused: Path) -> None:
    with Archive.write(paused) as archive:
        archive.add_event(archive.run(), Event(at=1.0, kind=CAPS, text='{"evaluations":-1}'))
        with pytest.raises(ArchiveError, match=r"caps that run .* evaluations.*restore"):
            resume(archive)


@pytest.mark.full
def test_a_finished_run_continues_with_a_raised_cap(tmp_path: Path) -> None:
    with Archive.write(tmp_path / "evolve.db") as archive:
        start(settings(budget={"evaluations": 90}), archive)
        before = list(archive.results(archive.run()))
        result = resume(archive, caps={"evaluations": 150})
        run = archive.run()
        after = list(archive.results(run))
        assert after[: len(before)] == before
        assert 90 < evaluations(archive) <= 150
        assert result.confirmation is not None
        assert run.status == "finished"
        assert archive.integrity() == []
        assert replay(archive, run).standings.all() == archive.standings(run)


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({}, True),
        ({"space": {"models": ["free", "paid"]}}, False),
        ({"default_model": "paid"}, False),
        ({"budget": {"usd": 1, "calls": 900}}, False),
    ],
    ids=["not called", "of agents", "default", "another cap"],
)
def test_the_price_of_a_model_that_is_not_called_bounds_nothing(
    changes: dict[str, object], refused: bool
) -> None:
    def model(price: float) -> dict[str, object]:
        priced = {"prompt": price, "completion": price}
        return {"scripted": {"script": {"?": "4"}, "price": priced}}

    models = {"free": model(0), "paid": model(1)}
    values = {"models": models, "space": {}, "budget": {"usd": 1}, **changes}
    with Archive.in_memory() as archive:
        if not refused:
            prepare(settings(**values), archive)
            return
        with pytest.raises(BudgetError, match="the price of every model that it calls is 0"):
            prepare(settings(**values), archive)


OWN = {
    "models": {"m": {"scripted": {"script": {"": "Answer: 4"}}}},
    "space": {"models": ["m"]},
    "strategy": "random",
    "budget": {"evaluations": 20},
    "confirm": {"tasks": 4},
}


@pytest.fixture
def tasks(tmp_path: Path) -> Path:
    file = tmp_path / "tasks.jsonl"
    rows = ({"question": f"{n} + 2?", "answer": "4"} for n in range(30))
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def test_a_refused_resume_changes_nothing(tasks: Path) -> None:
    own = settings(**OWN, tasks={"file": str(tasks), "scorer": "exact"})
    with Archive.write(tasks.with_name("evolve.db")) as archive:
        start(own, archive)
        with pytest.raises(RunError, match=r"as in `evolve resume --evaluations 40`"):
            resume(archive)
        with pytest.raises(BudgetError, match=r"a model has no price"):
            resume(archive, caps={"usd": 5})
        assert caps_set(archive) == []
        resume(archive, caps={"evaluations": 40})


@pytest.mark.parametrize("changed", ["question", "answer"])
def test_a_run_does_not_go_on_with_other_tasks(tasks: Path, changed: str) -> None:
    own = settings(**OWN, tasks={"file": str(tasks), "scorer": "exact"})
    with Archive.write(tasks.with_name("evolve.db")) as archive:
        start(own, archive)
        before = tasks.read_text()
        old, new = {"question": ("7 + 2", "8 + 2"), "answer": ('"4"', '"5"')}[changed]
        tasks.write_text(before.replace(old, new, 1))
        with pytest.raises(TaskError, match=r"texts or truths of the tasks have changed"):
            resume(archive, caps={"evaluations": 40})
        tasks.write_text(before)
        resume(archive, caps={"evaluations": 40})
