"""Estimates of what a run will take.

Nothing is bought. The search is rehearsed with simulated models in the place of those to be paid,
quickly, because most evaluations are drawn instead of made.

``rehearsals``  the run's own search, stopped early if it takes too long
``extrapolation``    what it takes in the end, from several rehearsals
``ranges``      how far off that may be
``scaling``  a run of which one evaluation stands for several
``resampling``     what an evaluation takes, and how it scores
``earlier``     evaluations that earlier runs made with the same models
``calibration``    stand-ins that are like those models
``warnings``    what is likely to disappoint
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from math import ceil
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from archive.reading import Reader
from archive.store import Archive
from evolve.budget.ledger import NO_PRICE
from evolve.errors import BudgetError
from evolve.executors.local import Local
from evolve.forecast.calibration import calibrations, extended
from evolve.forecast.dry_run import with_stand_ins
from evolve.forecast.earlier import told_in
from evolve.forecast.extrapolation import Whole, whole
from evolve.forecast.ranges import Amount, amounts
from evolve.forecast.rehearsals import Rehearsal, rehearse
from evolve.forecast.resampling import Resampling
from evolve.forecast.scaling import is_shorter, lengthened, shortened
from evolve.forecast.warnings import Foreseen, warnings_of
from evolve.models.base import Model
from evolve.runfile.settings import RunSettings

_REHEARSALS = 3
"""How often a search is rehearsed; the rehearsals are averaged."""

_LENGTH, _MOST_TIMES = 120, 16
"""The evaluations of a rehearsal, and the most that each may stand for."""

_FEWEST_TASKS = 8
"""The least number of validation tasks; with fewer, rehearsals end too early."""

_PILOT, _ENOUGH = 100, 300
"""The effort, in evaluations, after which a rehearsal is stopped: the first one, which estimates
the length of the search, and the others."""


@dataclass(frozen=True)
class Estimate:
    """What a run is expected to take; amounts that are not known are missing."""

    amounts: Mapping[str, Amount]
    """evaluations, calls, tokens, prompt_tokens, completion_tokens, usd, seconds"""
    binding: str
    """What ends the search: a cap, or the allocator."""
    tried: int
    """The number of systems that the estimate is based on."""
    candidates: int
    """Systems that the search is expected to make."""
    stand_ins: tuple[str, ...]
    """Models that were replaced by stand-ins."""
    known: tuple[str, ...]
    """Those whose stand-ins were calibrated by evaluations of earlier runs."""
    learned: int
    """The number of those evaluations."""
    warnings: tuple[str, ...]


def estimate(settings: RunSettings, archive: Reader | None = None) -> Estimate:
    """Estimates a run.

    Args:
        settings: The run file.
        archive: Where earlier runs with the same models may be.

    Raises:
        EvolveError: The run could not start: its budget, tasks, seeds or models cannot be used.
    """
    tasks = settings.tasks.load(settings.seed)
    if settings.budget.usd is not None and not all(m.price for m in settings.models.values()):
        raise BudgetError(NO_PRICE)
    strangers = [name for name, model in settings.models.items() if not model.simulated]
    with TemporaryDirectory() as folder:
        every = [*tasks.train, *tasks.validation, *tasks.unseal()]
        known = () if archive is None else told_in(archive, settings, every)
        rehearsed = partial(with_stand_ins, settings, every, Path(folder) / "answers.jsonl")
        alike = calibrations(known, rehearsed)
        likened = rehearsed(extended(alike, strangers))
        expected, each, tried = _rehearsed(likened, len(tasks.validation))
    unknown = [name for name in strangers if name in expected.calls and name not in alike]
    candidates = round(expected.totals["candidates"])
    foreseen = Foreseen(expected.totals["evaluations"], candidates, expected.calls.keys(), unknown)
    return Estimate(
        amounts=amounts(
            settings,
            _lasting(settings, expected),
            [_lasting(settings, one) for one in each],
            known=1 - len(unknown) / max(1, len(expected.calls)),
        ),
        binding=expected.binding,
        tried=tried,
        candidates=candidates,
        stand_ins=tuple(strangers),
        known=tuple(alike),
        learned=len(known) if alike else 0,
        warnings=tuple(warnings_of(settings, tasks, foreseen)),
    )


def _rehearsed(settings: RunSettings, tasks: int) -> tuple[Whole, list[Whole], int]:
    """The estimate by all rehearsals and by each, and the number of systems tried."""
    rng = Random(f"{settings.seed}/estimate")
    resampling = Resampling.around(Local(), rng)

    def rehearsal(shorter: RunSettings, times: int, enough: int) -> Rehearsal:
        drawn = resampling.again(Random(rng.getrandbits(32)), times)
        again = shorter.model_copy(update={"seed": rng.getrandbits(32)})
        return rehearse(again, archive, drawn, enough)

    with Archive.in_memory() as archive:
        pilot = rehearsal(settings, 1, _PILOT)
        length = whole(settings, [pilot]).totals["evaluations"]
        times = max(1, min(_MOST_TIMES, tasks // _FEWEST_TASKS, ceil(length / _LENGTH)))
        shorter = shortened(settings, times, pilot.largest)
        if not is_shorter(shorter, settings):
            shorter, times = settings, 1
        rehearsals = [rehearsal(shorter, times, _ENOUGH) for _ in range(_REHEARSALS)]
    together, *single = (
        lengthened(settings, shorter, whole(shorter, each), times)
        for each in (rehearsals, *([one] for one in rehearsals))
    )
    return together, single, resampling.tried


def _lasting(settings: RunSettings, rehearsed: Whole) -> Whole:
    """The same with its seconds by latency or by endpoints' rate limits, whichever is slower."""
    longest = rehearsed.totals["seconds"]
    for name, model in settings.models.items():
        amounts = {"requests_per_minute": rehearsed.calls, "tokens_per_minute": rehearsed.tokens}
        for rate, amount in amounts.items():
            limit = _option(model, rate)
            longest = max(longest, 60 * amount.get(name, 0.0) / limit if limit else 0.0)
    return rehearsed._replace(totals={**rehearsed.totals, "seconds": longest})


def _option(model: Model, name: str) -> Any:  # noqa: ANN401 - an option of some models
    return getattr(model, name, None)
