import pytest

from evolve.strategies.parts.labels import labels_in
from search_spaces.config import Demonstration


def asked(question: str, *answers: str) -> list[Demonstration]:
    return [Demonstration(question=f"{question} {n}", answer=a) for n, a in enumerate(answers)]


def test_answers_that_recur_are_labels() -> None:
    assert labels_in(asked("How is it?", "good", "bad", "good", "bad")) == ("bad", "good")
    assert labels_in(asked("How is it?", "good", "bad", "good")) == ()


def test_rare_answers_are_labels_where_every_question_names_them() -> None:
    assert labels_in(asked("Is it Good or bad?", "good", "good", "bad")) == ("bad", "good")


@pytest.mark.parametrize(
    ("question", "labels"),
    [
        ("Topic, one of sports, food, travel, war: A ship", ("food", "sports", "travel", "war")),
        ("Is it about sports, food, the travel or a war? A", ("food", "sports", "travel", "war")),
        ("Sports, food or travel? Ann, Bo and I", ("food", "sports", "travel")),
        ("Sports, food and travel, or the meaning of it all?", ("food", "sports", "travel")),
    ],
)
def test_a_list_of_labels_tells_those_that_no_training_task_has(
    question: str, labels: tuple[str, ...]
) -> None:
    assert labels_in(asked(question, "sports", "food", "travel", "food")) == labels


def test_long_answers_and_many_answers_are_no_labels() -> None:
    assert labels_in(asked("What?", "a b c d", "a b c d", "e", "e")) == ()
    many = [f"{number}" for number in range(30)]
    assert labels_in(asked("What?", *many, *many)) == ()
    assert labels_in(asked("What?", "one", "one")) == ()
    assert labels_in([]) == ()
