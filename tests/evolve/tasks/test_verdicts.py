"""Verdicts of judges are read in many forms, and doubtful ones not at all."""

import pytest

from evolve.tasks.verdicts import read_verdict


@pytest.mark.parametrize(
    "text",
    [
        '{"points": 8, "reason": "good"}',
        '{"points": "8/10"}',
        '{"verdict": {"points": 8, "reason": "good"}}',
        '{"total_points": 8, "max_points": 10}',
        '{"points_awarded": 8}',
        "8/10",
        "Score: 8 out of 10",
        "Rating: [[8]]",
        "<points>8</points>",
        "## Score\n8",
        "points → 8",
        "Punkte: 8",
        "Puntos: 8",
        "得分：8",
        "8 Punkte",
        "I give it 8 points.",
        "It is worth 8 points, that is, 8 points.",
    ],
)
def test_points_are_found(text: str) -> None:
    assert read_verdict(text, 10)[0] == 8


@pytest.mark.parametrize(
    "text",
    [
        "Good.",
        "It loses 2 points and gets 8 points.",
        '{"points": 11}',
        '{"points": null}',
        '{"reason": "8 points"}',
        "8/5",
        f"{'{' * 500}",
    ],
)
def test_what_is_unclear_is_no_verdict(text: str) -> None:
    with pytest.raises(ValueError, match="points"):
        read_verdict(text, 10)
