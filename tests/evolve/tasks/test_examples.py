from pathlib import Path

import pytest

from archive.records import Split
from archive.store import Archive
from evolve.engine.run import start
from evolve.tasks.base import Task, TaskInput
from evolve.tasks.examples import with_training_examples
from search_spaces.space import SearchSpace
from tests.evolve.runs import settings


def task(number: int, answer: object = "yes", split: Split = "train", domain: str = "") -> Task:
    given = TaskInput(id=f"t{number}", text=f"question {number}")
    return Task(number=number, input=given, answer=answer, domain=domain, split=split)


def test_training_tasks_become_examples_with_their_source_and_domain() -> None:
    space = with_training_examples(SearchSpace(), [task(1, 3.5, domain="sums")], seed=0)
    (example,) = space.examples
    assert (example.question, example.answer) == ("question 1", "3.5")
    assert (example.source, example.domain) == ("t1", "sums")


@pytest.mark.parametrize("answer", [True, {"a": 1}, None, "", []])
def test_truths_that_are_no_text_or_number_are_left_out(answer: object) -> None:
    assert not with_training_examples(SearchSpace(), [task(1, answer)], seed=0).examples


def test_of_several_accepted_answers_the_first_is_shown() -> None:
    (example,) = with_training_examples(SearchSpace(), [task(1, ["a", "b"])], seed=0).examples
    assert example.answer == "a"


def test_too_long_examples_and_too_many_are_left_out() -> None:
    long = task(0, "x" * 5000)
    tasks = [long, *(task(n, str(n % 2), domain="ab"[n % 2]) for n in range(1, 30))]
    space = with_training_examples(SearchSpace(training_examples=10), tasks, seed=0)
    assert len(space.examples) == 10
    assert [each.domain for each in space.examples].count("a") == 5


@pytest.mark.parametrize("split", ["validation", "test"])
def test_tasks_of_other_splits_are_refused(split: Split) -> None:
    with pytest.raises(AssertionError):
        with_training_examples(SearchSpace(), [task(1, split=split)], seed=0)


def test_a_search_shows_nothing_but_training_tasks(tmp_path: Path) -> None:
    run_settings = settings(
        strategy={"composed": {"proposers": ["worked_examples", "mutation"]}},
        budget={"evaluations": 300, "candidates": 40},
    )
    training = {each.input.id for each in run_settings.tasks.load(run_settings.seed).train}
    with Archive.write(tmp_path / "evolve.db") as archive:
        run = start(run_settings, archive).run
        shown = [
            example
            for candidate in archive.candidates(run)
            for agent in candidate.config.agents
            for example in agent.demonstrations
        ]
    assert {example.source for example in shown} <= training
    assert bool(shown) == bool(training)


def test_the_stored_run_file_does_not_hold_training_examples() -> None:
    space = with_training_examples(SearchSpace(), [task(1)], seed=0)
    assert SearchSpace.model_validate(space.model_dump()).examples == ()
