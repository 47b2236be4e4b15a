from evolve.tasks.clusters import LEAST_SIZE, with_domains
from search_spaces.config import Demonstration

TOWNS = ("Rome", "Paris", "Oslo", "Lima", "Cairo")


def asked(*questions: str, domain: str = "") -> list[Demonstration]:
    return [Demonstration(question=each, answer="x", domain=domain) for each in questions]


SUMS = asked(*(f"How many are {n} and {n + 3}?" for n in range(5)))
PLACES = asked(*(f"In which country is the town of {town}?" for town in TOWNS))


def test_questions_of_two_kinds_get_two_domains_named_after_their_words() -> None:
    found = with_domains([*SUMS, *PLACES])
    first, second = {each.domain for each in found[:5]}, {each.domain for each in found[5:]}
    assert len(first) == len(second) == 1
    assert first != second
    assert all(name in SUMS[0].question.casefold() for name in first)
    assert [each.question for each in found] == [each.question for each in [*SUMS, *PLACES]]


def test_given_domains_stay() -> None:
    given = [*asked("How many are 1 and 2?", domain="sums"), *PLACES, *SUMS]
    assert with_domains(given) == given


def test_too_few_or_alike_questions_stay_as_they_are() -> None:
    assert with_domains(SUMS[: LEAST_SIZE - 1]) == SUMS[: LEAST_SIZE - 1]
    alike = asked(
        *(f"Sort the word {word}." for word in ["ab", "cd", "ef", "gh", "ij", "kl", "mn", "op"])
    )
    assert with_domains(alike) == alike
    assert with_domains([]) == []
