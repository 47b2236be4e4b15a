"""Recomputes what a run found from its recorded results; nothing is bought."""

from archive.reading import Reader
from archive.records import Run
from evolve.engine.recorded import recorded_tasks, settings_of
from evolve.engine.restore import restore
from evolve.engine.session import shared_order
from evolve.engine.state import SearchState
from evolve.standings.one_thread import one_thread
from search_spaces.errors import EvolveError


@one_thread()
def replay(archive: Reader, run: Run) -> SearchState:
    """Observes all results of a run again, without a snapshot; reads no task file."""
    settings = settings_of(archive, run)
    tasks = shared_order(recorded_tasks(archive, run), settings)
    state = SearchState(tasks, settings.budget, settings.objective.unit)
    restore(archive, run, settings, state, replay=True)
    return state


@one_thread()
def check_replay(archive: Reader, run: Run) -> list[str]:
    """How the stored standings of a finished run differ from those that its results give."""
    if run.status != "finished":
        return []
    try:
        again = replay(archive, run).standings.all()
    except EvolveError as error:
        return [f"run {run.id} cannot be replayed: {error}"]
    kept = {standing.candidate: standing for standing in archive.standings(run)}
    return [
        f"run {run.id}: candidate {standing.candidate}: its stored standing differs from its replay"
        for standing in again
        if kept.get(standing.candidate) != standing
    ]
