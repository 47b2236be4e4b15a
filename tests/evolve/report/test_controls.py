"""The verdict beside controls, and what a gain consists of, in words."""

import pytest

from archive.controls import ComparedControl, ControlKind, ControlResult
from archive.records import Confirmation
from evolve.report.basis import Basis
from evolve.report.runs import confirmation_lines
from evolve.report.verdict import verdict
from search_spaces.parts import Part

GAIN = (0.124, 0.04, 0.208)
BEATEN, EVEN, WORSE = (0.05, 0.01, 0.09), (0.012, -0.06, 0.084), (-0.1, -0.18, -0.02)
LESS = (-0.01, -0.05, 0.03)


def control(
    kind: ControlKind, result: tuple[float, float, float] | None, *, missing: bool = False
) -> ComparedControl:
    tested = None
    if result is not None:
        difference, low, high = result
        tested = ControlResult(
            tasks=100,
            mean=0.7,
            interval=(0.6, 0.8),
            difference=difference,
            difference_interval=(low, high),
            cost=0.003,
        )
    number = {"single": 9, "model": 8}[kind]
    return ComparedControl(
        kind=kind,
        candidate=None if missing else number,
        votes=5 if kind == "single" else 1,
        model="large" if kind == "model" else "",
        tested=tested,
    )


def confirmed(
    *controls: ComparedControl,
    gain: tuple[float, float, float] = GAIN,
    changes: tuple[Part, ...] = (),
) -> Confirmation:
    difference, low, high = gain
    return Confirmation(
        winner=7, seed=2, tasks=100, mean=0.8, interval=(0.7, 0.9), seed_mean=0.7,
        seed_interval=(0.6, 0.8), difference=difference, difference_interval=(low, high),
        cost=0.003, seed_cost=0.001, looks=1, controls=controls, changes=changes,
    )  # fmt: skip


VOTES = "one agent with 5 votes at the same cost"
SEED = "Better than the best seed #2 (+12.4 points [+4.0 to +20.8]), but"


@pytest.mark.parametrize(
    ("controls", "kind", "sentence", "advice"),
    [
        ([control("single", BEATEN)], "better", "Better: #7 beside the best seed #2 gains", ""),
        (
            [control("single", EVEN)],
            "matched",
            f"{SEED} not shown to be better than {VOTES} (+1.2 points [-6.0 to +8.4]).",
            "About 3,700 sealed tasks",
        ),
        (
            [control("model", LESS), control("single", EVEN)],
            "matched",
            f"{SEED} not shown to be better than the best seed on large (-1.0 points "
            f"[-5.0 to +3.0]) nor than {VOTES} (+1.2 points [-6.0 to +8.4]).",
            "The control #8 does as well.",
        ),
        (
            [control("model", EVEN), control("single", WORSE)],
            "matched",
            f"{SEED} worse than {VOTES} (-10.0 points [-18.0 to -2.0]) and not shown to be better "
            "than the best seed on large (+1.2 points [-6.0 to +8.4]).",
            "The control #9 does as well.",
        ),
        ([control("single", None)], "better", "Better: #7", ""),
    ],
)
def test_better_means_better_than_every_tested_control(
    controls: list[ComparedControl], kind: str, sentence: str, advice: str
) -> None:
    found = verdict(confirmed(*controls))
    assert found.kind == kind
    assert found.sentence.startswith(sentence)
    assert advice in found.advice
    assert bool(advice) == bool(found.advice)


def test_a_winner_that_does_not_beat_the_seed_is_not_better_whatever_it_beats() -> None:
    assert verdict(confirmed(control("single", BEATEN), gain=EVEN)).kind == "unsure"
    assert verdict(confirmed(control("single", BEATEN), gain=WORSE)).kind == "worse"


@pytest.mark.parametrize(
    ("confirmation", "remarks"),
    [
        (confirmed(), []),
        (confirmed(changes=("model",)), ["The gain comes from changes in model."]),
        (
            confirmed(control("single", BEATEN), changes=("model", "examples", "topology")),
            [
                "The gain comes from changes in model, worked examples and topology; it is also "
                f"better than {VOTES} (+5.0 points [+1.0 to +9.0])."
            ],
        ),
        (
            confirmed(control("single", EVEN), changes=("votes",), gain=EVEN),
            ["The winner differs from the seed in votes."],
        ),
        (
            confirmed(control("single", None)),
            [f"Not compared with {VOTES} (#9): the budget did not cover it."],
        ),
        (
            confirmed(control("single", None, missing=True)),
            ["No single agent that was found costs as little as the winner."],
        ),
    ],
)
def test_what_a_gain_consists_of_and_what_was_not_tested_is_said(
    confirmation: Confirmation, remarks: list[str]
) -> None:
    found = verdict(confirmation)
    assert list(found.remarks) == remarks
    assert found.text == " ".join([found.sentence, *remarks])


def test_controls_are_listed_beside_the_seed() -> None:
    lines = list(confirmation_lines(confirmed(control("single", BEATEN)), Basis("test", False)))
    assert f"Control:     #9 70.0 % [60.0–80.0], {VOTES}" in lines
    assert "Difference:  +5.0 points [+1.0 to +9.0], paired" in lines


def test_the_name_of_a_model_cannot_steer_a_terminal() -> None:
    hostile = control("model", EVEN).model_copy(update={"model": "large\x1b[2J\n"})
    assert "the best seed on large (" in verdict(confirmed(hostile)).sentence
