import pytest

from search_spaces.config import Answer, Stop
from search_spaces.wording import answer_in_words, rounds_in_words, stop_in_words, value_in_words
from tests.strategies import MODES


@pytest.mark.parametrize("mode", MODES)
def test_every_answer_mode_has_words(mode: str) -> None:
    answer = Answer.model_validate({"mode": mode, "by": "judge", "sources": ["a", "b"]})
    words = answer_in_words(answer)
    assert "a, b" in words
    assert answer_in_words(answer, ["c"]) == words.replace("a, b", "c")


def test_every_stop_rule_has_words() -> None:
    assert stop_in_words(Stop()) == ""
    assert stop_in_words(Stop(rule="consensus")) == "until they agree"
    assert stop_in_words(Stop(rule="approved", by="critic")) == "until critic approves"


def test_rounds_are_followed_by_what_ends_them() -> None:
    assert rounds_in_words(2, Stop()) == "2"
    assert rounds_in_words(3, Stop(rule="consensus")) == "3 until they agree"


def test_values_are_short() -> None:
    assert [value_in_words(value) for value in (None, 2.0, 0.25, 1234567, "high")] == [
        *("default", "2", "0.25", "1234567", "high")
    ]
    assert value_in_words(None, "none") == "none"
