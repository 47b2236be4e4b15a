import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_spaces.config import Edge
from search_spaces.routes import (
    FEATURES,
    Learned,
    is_certain,
    opening,
    task_features,
    telling_phrases,
)

numbers = st.floats(-1e5, 1e5)


def test_words_are_found_whole_and_in_any_case() -> None:
    rule = opening("task: how many, C")
    assert rule.found_in("So, HOW   many apples?")
    assert rule.found_in("vitamin c")
    assert not rule.found_in("how manyfold; a cat")


def test_a_number_sign_is_any_number() -> None:
    rule = opening("task: # plus #, in 1990")
    assert rule.found_in("What is 4 plus 12.5?")
    assert rule.found_in("It was in 1990.")
    assert not rule.found_in("What is four plus 12?")
    assert not rule.found_in("It was in 1991.")


def test_phrases_that_tell_groups_hold_for_other_numbers() -> None:
    found = telling_phrases(
        {
            "sum": ["What is 4 + 11?", "What is 20 + 3?", "What is 5 + 5?"],
            "capital": ["What is the capital of Peru?", "What is the capital of Chile?"],
        }
    )
    assert found == {"sum": ("#",), "capital": ("capital",)}


def test_a_condition_has_one_way_of_writing_it() -> None:
    def written(when: str) -> str:
        return Edge(source="a", target="b", kind="route", when=when).when

    assert written(" Task:  Sum , how  many,sum ") == "task: how many, sum"
    assert written("ELSE") == "else"
    assert written("score: 1,2.50,3,4,5,-0.0") == "score: 1, 2.5, 3, 4, 5, 0"


@given(st.lists(numbers, min_size=6, max_size=6), st.lists(numbers, min_size=21, max_size=21))
def test_writing_a_learned_score_twice_changes_nothing(w: list[float], d: list[float]) -> None:
    once = opening(Learned(tuple(w), tuple(d)).written())
    assert once.learned is not None
    assert opening(once.learned.written()) == once


@pytest.mark.parametrize(
    "when",
    ["task:", "task: ,", "task: ???", "score: 1, 2", "score: x", "score: 1,2,3,4,5,nan", "maybe"],
)
def test_anything_else_is_refused(when: str) -> None:
    with pytest.raises(ValueError, match="when"):
        opening(when)


def test_only_words_may_leave_every_way_closed() -> None:
    assert [is_certain(when) for when in ("", "else", "task: a", "output: a")] == [
        True,
        True,
        False,
        False,
    ]


def test_a_score_adds_what_is_not_known_yet() -> None:
    features = task_features("How many? 1 2 3")
    weights = (0.5, 0.0, 1.0, 0.25, 0.0, 0.0)
    assert features == (1.0, 15 / 2000, 0.3, 1.0, 0.0, 0.0)
    assert Learned(weights).score(features) == pytest.approx(1.05)
    doubt = [0.0] * 21
    doubt[0] = 0.04  # D = 0.04 for the constant alone
    assert Learned(weights, tuple(doubt)).score(features) == pytest.approx(1.05 + 0.2)
    doubt[9] = 0.01  # and 0.01 for the question mark, without correlation
    assert Learned(weights, tuple(doubt)).score(features) == pytest.approx(1.05 + 0.05**0.5)


def test_features_say_what_kind_of_text_a_task_is() -> None:
    code = dict(zip(FEATURES, task_features("def f(x):\n    return x"), strict=True))
    options = dict(zip(FEATURES, task_features("Which?\n(A) one\n(B) two"), strict=True))
    assert (code["code"], code["options"], code["question"]) == (1.0, 0.0, 0.0)
    assert (options["code"], options["options"], options["question"]) == (0.0, 1.0, 1.0)
    assert all(0 <= value <= 1 for value in task_features("9 " * 9999))
