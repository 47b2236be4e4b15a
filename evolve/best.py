"""The best of a run: the winner that it confirmed, or whoever stands best until then."""

import json
from collections.abc import Iterable

from archive.reading import Reader
from archive.records import Run, Standing
from evolve.objective import Objective


def objective_of(run: Run) -> Objective:
    """What the run was told that "best" means; the default where its settings do not say."""
    try:
        return Objective.model_validate(json.loads(run.settings).get("objective", {}))
    except (ValueError, AttributeError):
        return Objective()


def best_of(
    archive: Reader, run: Run, standings: Iterable[Standing] | None = None
) -> Standing | None:
    """The standing of the best candidate: once the run is finished, of the winner it confirmed.

    Args:
        archive: Where the run is.
        run: Which one.
        standings: Of its candidates, where newer ones are known than are stored.
    """
    if standings is None:
        standings = archive.standings(run)
    known = {each.candidate: each for each in standings}
    confirmed = archive.confirmations(run) if run.status == "finished" else []
    if confirmed and confirmed[-1].winner in known:
        return known[confirmed[-1].winner]
    return objective_of(run).best(known.values())
