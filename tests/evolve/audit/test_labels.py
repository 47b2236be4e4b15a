"""Suspect labels: planted ones are found, and right ones are not."""

import pytest

from evolve.audit.labels import examine_labels, is_one_edit, same_truth
from evolve.tasks.base import Task
from tests.evolve.audit.repeated import repeated, task


def test_tasks_on_which_all_repetitions_agree_against_the_label_are_disputed() -> None:
    every = [
        repeated(task("agree", "refund"), "Billing", "billing."),
        repeated(task("differ", "refund"), "billing", "delivery"),
        repeated(task("once", "refund"), "billing"),
        repeated(task("right", "billing"), "billing", "billing"),
        repeated(task("strange", "refund"), "no idea", "no idea"),
        repeated(task("silent", "refund"), "", ""),
        repeated(task("several", ["refund", "Billing"]), "billing", "billing"),
        repeated(task("free", {"must": "rhyme"}), "billing", "billing"),
    ]
    found = examine_labels(every, [each.task for each in every])
    assert [(each.task, each.known) for each in found.disputed] == [
        ("agree", True),
        ("strange", False),
    ]
    first = found.disputed[0]
    assert (first.truth, first.answer, first.repetitions) == ("refund", "Billing", 2)


def test_equal_questions_with_different_answers_contradict_each_other() -> None:
    tasks = [
        task("a", "yes", "Is it?"),
        task("b", "No", " is  IT? ", split="test"),
        task("c", "4", "How many?"),
        task("d", "4.0", "How many?"),
        task("e", ["four", "4"], "How many?"),
        task("f", {"row": 1}, "Which row?"),
        task("g", {"row": 2}, "Which row?"),
    ]
    (found,) = examine_labels([], tasks).contradictions
    assert (found.tasks, found.splits) == (("a", "b"), ("validation", "test"))


def labelled(**times: int) -> list[Task]:
    return [task(f"{label}{n}", label) for label, count in times.items() for n in range(count)]


@pytest.mark.parametrize("wrong", ["refnud", "refun", "refundd", "rofund", "efund"])
def test_a_rare_label_near_a_frequent_one_is_a_typo(wrong: str) -> None:
    tasks = [*labelled(refund=6, delivery=9), task("odd", wrong, split="test")]
    (found,) = examine_labels([], tasks).typos
    assert (found.task, found.label, found.meant, found.times) == ("odd", wrong, "refund", 6)


def test_other_labels_are_no_typos() -> None:
    tasks = labelled(refund=6, rumble=1, yes=7, yet=1, rebate=4, debate=1, refunded=1)
    numbers = [task(f"n{n}", "12345") for n in range(6)]
    assert not examine_labels([], [*tasks, *numbers, task("odd", "12346")]).typos


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("same", "same", False),
        ("same", "some", True),
        ("same", "sam", True),
        ("same", "samey", True),
        ("same", "asme", True),
        ("same", "saem", True),
        ("same", "emas", False),
        ("same", "sa", False),
        ("ab", "ca", False),
        ("abcd", "bade", False),
        ("", "a", True),
    ],
)
def test_one_edit(one: str, other: str, expected: bool) -> None:
    assert is_one_edit(one, other) == is_one_edit(other, one) == expected


def test_truths_are_compared_as_answers_are() -> None:
    assert same_truth(task("a", "Yes."), task("b", "yes"))
    assert not same_truth(task("a", "yes"), task("b", "no"))
    assert same_truth(task("a", ["yes", "1"]), task("b", "yes"))
    assert same_truth(task("a", {"k": 1}), task("b", {"k": 1}))
    assert not same_truth(task("a", {"k": 1}), task("b", {"k": 2}))
