"""The best known systems of landscapes that have one."""

from collections.abc import Sequence
from pathlib import Path

from evolve.lab.arena.contestants import Contestant, Terms, settings_for
from evolve.lab.arena.matches import TRUTHS
from evolve.lab.arena.truth import Truth


def known_scores(landscapes: Sequence[str], terms: Terms, folder: Path) -> dict[str, float]:
    """The true score of the best known system of each landscape that has one.

    Args:
        landscapes: Run files, or shipped ones' names.
        terms: The terms of the arena.
        folder: The folder of the arena.
    """
    found = {}
    for landscape in landscapes:
        settings = settings_for(landscape, Contestant.named("random"), 0, terms)
        # Only simulated models have one. Proposers must not see it, so no contract has it.
        known = [getattr(model, "optimum", None) for model in settings.models.values()]
        for optimum in filter(None, known[:1]):
            found[landscape] = Truth(settings, terms, folder / TRUTHS).of(optimum)
    return found
