"""What a run will take, before it is started.

Nothing is bought. The search is rehearsed with simulated models in the place of those to be paid,
quickly, because most evaluations are drawn instead of made.

``rehearsing``  the run's own search, broken off where it takes too long
``going_on``    what it takes in the end, from several rehearsals
``ranges``      how far off that may be
``shortening``  a run of which one evaluation stands for several
``drawing``     what an evaluation takes, and how it scores
``earlier``     evaluations that earlier runs made with the same models
``likening``    stand-ins that are like those models
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
from evolve.errors import BudgetError
from evolve.estimating.drawing import Drawing
from evolve.estimating.earlier import told_in
from evolve.estimating.going_on import Whole, whole
from evolve.estimating.likening import extended, likenesses
from evolve.estimating.ranges import Amount, amounts
from evolve.estimating.rehearsing import Rehearsal, rehearse
from evolve.estimating.shortening import is_shorter, lengthened, shortened
from evolve.estimating.warnings import Foreseen, warnings_of
from evolve.executors.local import Local
from evolve.ledger import NO_PRICE
from evolve.models.base import Model
from evolve.rehearsal import stand_in
from evolve.settings import RunSettings

_REHEARSALS = 3
"""How often a search is rehearsed: what one comes to is a draw."""

_LENGTH, _MOST_TIMES = 120, 16
"""How many evaluations a rehearsal is to have, and how many each may stand for at most."""

_FEWEST_TASKS = 8
"""So many validation tasks are left at least: with fewer, all is known too soon."""

_PILOT, _ENOUGH = 100, 300
"""After how much effort, in evaluations, a rehearsal is broken off: the first one, which says how
long the search will be, and the others."""


@dataclass(frozen=True)
class Estimate:
    """What a run is expected to take; amounts that are not known are missing."""

    amounts: Mapping[str, Amount]
    """evaluations, calls, tokens, prompt_tokens, completion_tokens, usd, seconds"""
    binding: str
    """What ends the search: a cap, or the allocator."""
    tried: int
    """Systems that it comes from."""
    candidates: int
    """Systems that the search is expected to make."""
    stand_ins: tuple[str, ...]
    """Models in whose place simulated ones were asked."""
    known: tuple[str, ...]
    """Those of them that stand-ins were made like, by evaluations of earlier runs."""
    learned: int
    """How many evaluations that were."""
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
        rehearsed = partial(stand_in, settings, every, Path(folder) / "answers.jsonl")
        alike = likenesses(known, rehearsed)
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
    """What a run takes by all rehearsals and by each, and how many systems were tried for it."""
    luck = Random(f"{settings.seed}/estimate")
    drawing = Drawing.around(Local(), luck)

    def rehearsal(shorter: RunSettings, times: int, enough: int) -> Rehearsal:
        drawn = drawing.again(Random(luck.getrandbits(32)), times)
        again = shorter.model_copy(update={"seed": luck.getrandbits(32)})
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
    return together, single, drawing.tried


def _lasting(settings: RunSettings, rehearsed: Whole) -> Whole:
    """The same with its seconds by latency or by endpoints' limits, whichever is slower."""
    longest = rehearsed.totals["seconds"]
    for name, model in settings.models.items():
        amounts = {"requests_per_minute": rehearsed.calls, "tokens_per_minute": rehearsed.tokens}
        for rate, amount in amounts.items():
            limit = _option(model, rate)
            longest = max(longest, 60 * amount.get(name, 0.0) / limit if limit else 0.0)
    return rehearsed._replace(totals={**rehearsed.totals, "seconds": longest})


def _option(model: Model, name: str) -> Any:  # noqa: ANN401 - an option of some models
    return getattr(model, name, None)
