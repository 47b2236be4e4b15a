"""Who stood best when so much of the budget was used: learned again from the archive."""

from typing import NamedTuple

from archive.reading import Reader
from archive.records import Birth, Run
from evolve.run import settings_of
from evolve.session import shared_order
from evolve.state import SearchState

LOOKS = 50
"""How often the incumbent is looked at, at equal steps of the budget."""


class Incumbent(NamedTuple):
    """The candidate that was best from some share of the budget on."""

    share: float
    candidate: int


def incumbents(archive: Reader, run: Run) -> list[Incumbent]:
    """The changes of the incumbent, in order; the first seed is the first one, at 0.

    Args:
        archive: Where the run is.
        run: A search that is over.
    """
    settings = settings_of(run)
    state = SearchState(shared_order(settings.tasks.load(settings.seed), settings), settings.budget)
    candidates = archive.candidates(run)
    for candidate in candidates:
        if candidate.operator == "seed":
            state.add(candidate)
    found, looked = [Incumbent(0.0, 0)], 0

    def look() -> None:
        best = settings.objective.best(state.standings.all())
        if best is not None and best.candidate != found[-1].candidate:
            found.append(Incumbent(state.ledger.share, best.candidate))

    for result in archive.results(run):
        born = None
        if isinstance(result, Birth) and result.candidate == len(state.candidates):
            born = candidates[result.candidate]
        state.learn(result, born)
        if int(state.ledger.share * LOOKS) > looked:
            looked = int(state.ledger.share * LOOKS)
            look()
    look()
    return found
