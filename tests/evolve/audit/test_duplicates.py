"""Duplicates across splits: planted ones are found, templates and numbers are told apart."""

from random import Random

import pytest

from evolve.audit import duplicates
from evolve.audit.duplicates import duplicates_of
from evolve.tasks.base import Task
from tests.evolve.audit.repeated import task

LONG = "A parcel that I ordered in spring has not arrived; where is it, and who will pay me back"


def tasks(count: int, split: str, rng: Random) -> list[Task]:
    words = ["".join(rng.choice("abcdefghijklm") for _ in range(6)) for _ in range(300)]
    return [
        task(f"{split}{n}", "x", " ".join(rng.choice(words) for _ in range(20)), split)
        for n in range(count)
    ]


def test_equal_and_nearly_equal_questions_are_found() -> None:
    rng = Random(0)
    seen = [*tasks(50, "validation", rng), task("old", "yes", f"{LONG}?", "train")]
    sealed = [
        *tasks(50, "test", rng),
        task("equal", "no", f" {LONG.upper()}?", "test"),
        task("near", "yes", f"Hello! {LONG}?", "test"),
        task("template", "no", f"{LONG} now?", "test"),
    ]
    found = duplicates_of(seen, sealed, Random(0))
    assert [(p.sealed, p.other, p.split, p.similarity) for p in found.equal] == [
        ("equal", "old", "train", 1.0)
    ]
    assert not found.equal[0].same_truth
    assert [(pair.sealed, pair.other) for pair in found.near] == [("near", "old")]
    assert [pair.sealed for pair in found.alike] == ["template"]
    assert (found.sealed, found.compared) == (53, 53)


def test_questions_that_differ_in_a_number_are_different() -> None:
    seen, sealed = task("a", "x", f"{LONG} 12 times?"), task("b", "x", f"{LONG} 13 times?")
    found = duplicates_of([seen], [sealed], Random(0))
    assert found.equal == found.near == found.alike == ()


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = Random(1)
    seen, others = tasks(30, "validation", rng), tasks(20, "test", rng)
    copies = [task(f"c{n}", "x", f"{seen[n].input.text} too", "test") for n in (3, 17, 29)]
    whole = duplicates_of(seen, [*others, *copies], Random(0))
    assert [(pair.sealed, pair.other) for pair in sorted(whole.near, key=lambda p: p.sealed)] == [
        ("c17", "validation17"),
        ("c29", "validation29"),
        ("c3", "validation3"),
    ]
    monkeypatch.setattr(duplicates, "BLOCK", 7)
    assert duplicates_of(seen, [*others, *copies], Random(0)) == whole


def test_too_many_sealed_tasks_are_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = Random(2)
    monkeypatch.setattr(duplicates, "MOST_PAIRS", 100)
    found = duplicates_of(tasks(20, "train", rng), tasks(30, "test", rng), rng)
    assert (found.sealed, found.compared) == (30, 5)
