import pytest

from evolve.simulator.reader import read
from evolve.simulator.replying import _WORKING


@pytest.mark.parametrize(
    ("text", "feature"),
    [
        ("Work through it step by step.", "step_by_step"),
        ("Show your reasoning.", "step_by_step"),
        ("Reason carefully before you answer.", "step_by_step"),
        ("Lay out every step of the calculation.", "step_by_step"),
        ("Let's go through this slowly.", "step_by_step"),
        ("Verify each calculation.", "verify"),
        ("Double-check the result, then answer.", "verify"),
        ("Do not forget to check the units.", "verify"),
        ("Never answer before verifying.", "verify"),
        ("Say in your own words what is asked.", "restate"),
        ("Read the question twice.", "restate"),
        ("First plan, then act.", "plan"),
        ("Break the problem down into smaller parts.", "plan"),
        ("Divide it into sub-questions.", "plan"),
        ("Try another way as well.", "alternatives"),
        ("Weigh the different options.", "alternatives"),
        ("Rule out whatever cannot hold.", "eliminate"),
        ("Go through it case by case.", "eliminate"),
        ("Keep track of the days in a table.", "tabulate"),
        ("Spell each word out.", "spell"),
        ("Convert everything to the same units.", "units"),
        ("Name the general principle first.", "principle"),
        ("Give the answer in the required form.", "format"),
        ("Judge for yourself.", "independent"),
        ("Merge what the others say.", "combine"),
        ("Do not solve the task; outline it.", "abstain"),
        ("Keep it short.", "concise"),
        ("Be thorough.", "elaborate"),
        ("Reply with only the answer.", "hasty"),
        ("Give the answer without explaining your reasoning.", "hasty"),
    ],
)
def test_free_wordings_count(text: str, feature: str) -> None:
    assert feature in read(text).features


@pytest.mark.parametrize(
    ("text", "feature"),
    [
        ("Do not verify anything.", "verify"),
        ("Answer without a plan.", "plan"),
        ("There is no need to restate the question.", "restate"),
        ("Don't be brief.", "concise"),
        ("Do not guess; don't answer immediately.", "hasty"),
        ("Solve the task.", "step_by_step"),
        ("Answer only with what survives.", "hasty"),
        ("Cast a spellcheck on nothing; simply reply.", "verify"),
    ],
)
def test_what_is_denied_or_unsaid_does_not(text: str, feature: str) -> None:
    assert feature not in read(text).features


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("You are the careful mathematician.", {"arithmetic", "expert"}),
        ("You are an expert in logic.", {"logic", "expert"}),
        ("Act as a calendar specialist.", {"time", "expert"}),
        ("You are the sceptic.", {"critic"}),
        ("You are the decomposer.", {"planner"}),
        ("You are the friend of all mankind.", set()),
        ("Check the logic of the argument.", set()),
    ],
)
def test_roles_are_parsed_from_descriptions(text: str, roles: set[str]) -> None:
    assert read(text).roles == roles


@pytest.mark.parametrize(
    "text",
    [
        "Be brief and explain everything in full detail.",
        "Answer immediately. Think step by step.",
        "Verify the result. Do not verify the result.",
        "Just give the answer. Be thorough.",
    ],
)
def test_contradictions_are_seen(text: str) -> None:
    assert read(text).contradictions == 1


@pytest.mark.parametrize(
    "text",
    [
        "Think step by step and be concise.",
        "Do not guess. Think it through and check the result.",
        "Never skip verification; verify the result.",
        "",
    ],
)
def test_what_fits_together_is_no_contradiction(text: str) -> None:
    assert read(text).contradictions == 0


def test_repetition_adds_nothing_but_words() -> None:
    once, twice = read("Check the result."), read("Check the result. " * 2)
    assert once.features == twice.features
    assert (once.words, twice.words) == (3, 6)


def test_the_models_own_working_asks_for_nothing() -> None:
    assert read("\n".join(_WORKING)).features == set()
