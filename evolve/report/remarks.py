"""Remarks on a run: missing prices, and what its strategy reports, such as prediction errors."""

from collections.abc import Sequence

import numpy as np

from archive.reading import Reader
from archive.records import Run, Usage
from evolve.engine.recorded import settings_of
from evolve.standings.view import ArchiveView
from search_spaces.errors import EvolveError


def remarks(archive: Reader, run: Run) -> Sequence[str]:
    """The remarks of a run's strategy; none where its settings cannot be used here."""
    try:
        settings = settings_of(archive, run)
    except EvolveError:
        return ()
    standings = sorted(archive.standings(run), key=lambda each: each.candidate)
    candidates = archive.candidates(run)[: len(standings)]
    if not any(each.evaluations for each in standings):
        return ()
    size = len(standings)
    costs = [np.nan if each.cost is None else each.cost for each in standings]
    view = ArchiveView(
        space=settings.space,
        objective=settings.objective,
        candidates=tuple(candidates),
        mean=np.array([each.mean for each in standings]),
        deviation=np.array([each.deviation for each in standings]),
        cost=np.array(costs, dtype=np.float64),
        evaluations=np.array([each.evaluations for each in standings], dtype=np.int64),
        scores=np.full((size, 1), np.nan),
        spent=np.zeros(size),
    )
    known = Usage.total(archive.spend(run).values()).usd is not None
    lacking = [] if known or not settings.unpriced else [unpriced(settings.unpriced)]
    return [*lacking, *settings.strategy.remarks(view)]


def unpriced(models: Sequence[str]) -> str:
    """That some models lack a price, where others have one."""
    has = "has" if len(models) == 1 else "have"
    return f"{', '.join(models)} {has} no price, so the spend in USD is unknown; give it as `price`"
