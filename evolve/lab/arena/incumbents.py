"""The incumbent at each share of the budget, replayed from the archive."""

from typing import NamedTuple

from archive.reading import Reader
from archive.records import ProposalResult, Run
from evolve.engine.recorded import recorded_tasks, settings_of
from evolve.engine.session import shared_order
from evolve.engine.state import SearchState

LOOKS = 50
"""The number of looks at the incumbent, at equal steps of the budget."""


class Incumbent(NamedTuple):
    """The candidate that was best from some share of the budget on."""

    share: float
    candidate: int


def incumbents(archive: Reader, run: Run) -> list[Incumbent]:
    """The changes of the incumbent, in order; the first seed is the first one, at 0.

    Args:
        archive: The archive that holds the run.
        run: A finished search.
    """
    settings = settings_of(archive, run)
    tasks = shared_order(recorded_tasks(archive, run), settings)
    state = SearchState(tasks, settings.budget, settings.objective.unit)
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
        added = None
        if isinstance(result, ProposalResult) and result.candidate == len(state.candidates):
            added = candidates[result.candidate]
        state.observe(result, added)
        if int(state.ledger.share * LOOKS) > looked:
            looked = int(state.ledger.share * LOOKS)
            look()
    look()
    return found
