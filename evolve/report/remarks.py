"""What a run's strategy has to say about how it went, such as how far its predictions were off."""

from collections.abc import Sequence

import numpy as np

from archive.reading import Reader
from archive.records import Run
from evolve.run import settings_of
from evolve.view import ArchiveView
from search_spaces.errors import EvolveError


def remarks(archive: Reader, run: Run) -> Sequence[str]:
    """What its strategy says of a run; nothing where its settings cannot be used here."""
    try:
        settings = settings_of(run)
    except EvolveError:
        return ()
    standings = sorted(archive.standings(run), key=lambda each: each.candidate)
    candidates = archive.candidates(run)[: len(standings)]
    if not any(each.evaluations for each in standings):
        return ()
    size = len(standings)
    usd = [np.nan if each.usd is None else each.usd for each in standings]
    view = ArchiveView(
        space=settings.space,
        objective=settings.objective,
        candidates=tuple(candidates),
        mean=np.array([each.mean for each in standings]),
        deviation=np.array([each.deviation for each in standings]),
        usd=np.array(usd, dtype=np.float64),
        evaluations=np.array([each.evaluations for each in standings], dtype=np.int64),
        scores=np.full((size, 1), np.nan),
        spent=np.zeros(size),
    )
    return settings.strategy.remarks(view)
