"""The best systems that are known, where a landscape knows one."""

from collections.abc import Sequence
from pathlib import Path

from evolve.arena.contestants import Contestant, Terms, settings_for
from evolve.arena.truth import Truth


def known_scores(landscapes: Sequence[str], terms: Terms, folder: Path) -> dict[str, float]:
    """The true score of the best known system of each landscape that has one.

    Args:
        landscapes: Run files, or shipped ones' names.
        terms: Those of the arena.
        folder: The arena's.
    """
    found = {}
    for landscape in landscapes:
        settings = settings_for(landscape, Contestant.named("random"), 0, terms)
        # Only simulated models know one; what proposes must not, so it is no part of the contract.
        known = [getattr(model, "optimum", None) for model in settings.models.values()]
        for optimum in filter(None, known[:1]):
            found[landscape] = Truth(settings, terms, folder / "truths").of(optimum)
    return found
