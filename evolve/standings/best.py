"""The best candidate of a run: the confirmed winner, or until then the best standing."""

import json
from collections.abc import Iterable

from archive.reading import Reader
from archive.records import Run, Standing
from evolve.standings.objective import Objective


def objective_of(run: Run) -> Objective:
    """The objective in a run's settings; the default if they have none."""
    try:
        return Objective.model_validate(json.loads(run.settings).get("objective", {}))
    except (ValueError, AttributeError):
        return Objective()


def best_of(
    archive: Reader, run: Run, standings: Iterable[Standing] | None = None
) -> Standing | None:
    """The standing of the best candidate; of a finished run, that of the confirmed winner.

    Args:
        archive: Where the run is.
        run: The run.
        standings: Its standings, if newer ones than the stored ones are known.
    """
    if standings is None:
        standings = archive.standings(run)
    known = {each.candidate: each for each in standings}
    confirmed = archive.confirmations(run) if run.status == "finished" else []
    if confirmed and confirmed[-1].winner in known:
        return known[confirmed[-1].winner]
    return objective_of(run).best(known.values())
