"""Numbers in words."""

import pytest

from evolve.answers.number_words import spelled_out
from evolve.answers.numbers import numbers


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("three", 3),
        ("Forty-two.", 42),
        ("**Forty two** apples", 42),
        ("one hundred and five", 105),
        ("a hundred", 100),
        ("twenty-five hundred", 2500),
        ("five thousand two hundred and six", 5206),
        ("one million", 1e6),
        ("two dozen", 24),
        ("minus seven", -7),
        ("half", 0.5),
        ("two thirds", 2 / 3),
        ("two and a half", 2.5),
        ("three point one four", 3.14),
        ("twenty-first", 21),
        ("the third", 3),
        ("One.", 1),
        ("There are seventeen dollars left", 17),
    ],
)
def test_words_are_read_as_numbers(text: str, value: float) -> None:
    assert numbers(text)[0] == pytest.approx(value)


@pytest.mark.parametrize(
    "text",
    ["no one knows", "one of them", "a car", "three or four", "nineteen eighty-four", "often", ""],
)
def test_other_words_are_no_numbers(text: str) -> None:
    assert numbers(text) == ()


def test_digits_count_before_words() -> None:
    assert spelled_out("42 (forty-two)") == "42 (forty-two)"
    assert numbers("the one number is 7") == (7.0,)
    assert numbers("five percent") == (5.0, 0.05)
    assert numbers("2 dozen") == (24.0, 2.0)
    assert numbers("1_000") == (1000.0,)
    assert numbers("0x1F") == (31.0,)
