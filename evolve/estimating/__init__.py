"""What a run will take, before it is started.

Nothing is bought. The search is rehearsed with simulated models in the place of those to be paid,
quickly, because most evaluations are drawn instead of made.

``rehearsing``  the run's own search, broken off where it takes too long
``going_on``    what it takes in the end, from several rehearsals
``shortening``  a run of which one evaluation stands for several
``drawing``     what an evaluation takes, and how it scores
``warnings``    what is likely to disappoint
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, log10
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from evolve.errors import BudgetError
from evolve.estimating.drawing import Drawing
from evolve.estimating.going_on import Whole, whole
from evolve.estimating.rehearsing import Rehearsal, rehearse
from evolve.estimating.shortening import lengthened, shortened
from evolve.estimating.warnings import warnings_of
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

_WIDTHS: Mapping[str, tuple[float, float]] = {
    "evaluations": (0.6, 0.8),
    "calls": (0.6, 0.8),
    "prompt_tokens": (0.6, 0.8),
    "completion_tokens": (0.6, 1.2),
    "usd": (0.25, 0.25),
    "seconds": (1.0, 1.5),
}
"""How far off an amount may be, relatively, where all models are simulated and where not."""


_BOUGHT = frozenset(("evaluations", "calls", "prompt_tokens", "completion_tokens"))
"""What a cap on money limits in as far as it is known which models it will be spent on."""


@dataclass(frozen=True)
class Amount:
    """An expected amount and what it lies between, most of the time."""

    expected: float
    low: float
    high: float


@dataclass(frozen=True)
class Estimate:
    """What a run is expected to take; amounts that are not known are missing."""

    amounts: Mapping[str, Amount]
    """evaluations, calls, prompt_tokens, completion_tokens, usd, seconds"""
    binding: str
    """What ends the search: a cap, or the allocator."""
    tried: int
    """Systems that it comes from."""
    candidates: int
    """Systems that the search is expected to make."""
    stand_ins: tuple[str, ...]
    """Models in whose place simulated ones were asked."""
    warnings: tuple[str, ...]


def estimate(settings: RunSettings) -> Estimate:
    """Estimates a run.

    Args:
        settings: The run file.

    Raises:
        EvolveError: The run could not start: its budget, tasks, seeds or models cannot be used.
    """
    tasks = settings.tasks.load(settings.seed)
    priced = all(model.price for model in settings.models.values())
    if settings.budget.usd is not None and not priced:
        raise BudgetError(NO_PRICE)
    with TemporaryDirectory() as folder:
        every = [*tasks.train, *tasks.validation, *tasks.unseal()]
        rehearsed = stand_in(settings, every, Path(folder) / "answers.jsonl")
        expected, tried = _rehearsed(rehearsed, len(tasks.validation))
    if not priced:
        del expected.totals["usd"]  # the stand-ins' own prices are nobody's
    candidates = round(expected.totals["candidates"])
    return Estimate(
        amounts=_amounts(settings, expected),
        binding=expected.binding,
        tried=tried,
        candidates=candidates,
        stand_ins=tuple(name for name, model in settings.models.items() if not model.simulated),
        warnings=tuple(warnings_of(settings, tasks, candidates)),
    )


def _rehearsed(settings: RunSettings, tasks: int) -> tuple[Whole, int]:
    """What a run takes by several rehearsals, and how many systems were tried for it."""
    luck = Random(f"{settings.seed}/estimate")
    drawing = Drawing.around(Local(), luck)

    def rehearsal(times: int, purchase: Mapping[str, float], enough: int) -> Rehearsal:
        drawn = drawing.again(Random(luck.getrandbits(32)), times)
        shorter = shortened(settings, times, purchase)
        return rehearse(shorter.model_copy(update={"seed": luck.getrandbits(32)}), drawn, enough)

    pilot = rehearsal(1, {}, _PILOT)
    evaluations = whole(settings, [pilot]).totals["evaluations"]
    times = max(1, min(_MOST_TIMES, tasks // _FEWEST_TASKS, ceil(evaluations / _LENGTH)))
    rehearsals = [rehearsal(times, pilot.purchase, _ENOUGH) for _ in range(_REHEARSALS)]
    expected = whole(shortened(settings, times, pilot.purchase), rehearsals)
    return lengthened(settings, expected, times), drawing.tried


def _amounts(settings: RunSettings, rehearsed: Whole) -> dict[str, Amount]:
    paid = not all(model.simulated for model in settings.models.values())
    apart = _apart(settings)
    expected = {**rehearsed.totals, "seconds": _seconds(settings, rehearsed)}
    amounts = {}
    for name, widths in _WIDTHS.items():
        if name in expected:
            width = 1 + widths[paid] * (apart if name in _BOUGHT else 1.0)
            amounts[name] = Amount(expected[name], expected[name] / width, expected[name] * width)
    cap = settings.budget.usd
    if cap is not None and "usd" in amounts:
        usd = amounts["usd"]
        amounts["usd"] = Amount(min(usd.expected, cap), min(usd.low, cap), min(usd.high, cap))
    return amounts


def _apart(settings: RunSettings) -> float:
    """How much less is known of what money buys, the more models' prices differ."""
    prices = [
        model.price.prompt + model.price.completion
        for model in settings.models.values()
        if model.price
    ]
    if settings.budget.usd is None or not prices or not min(prices):
        return 1.0
    return 1 + log10(max(prices) / min(prices))


def _seconds(settings: RunSettings, rehearsed: Whole) -> float:
    """By latency and by the limits of the models' endpoints, whichever is slower."""
    longest = rehearsed.totals["seconds"]
    for name, model in settings.models.items():
        amounts = {"requests_per_minute": rehearsed.calls, "tokens_per_minute": rehearsed.tokens}
        for rate, amount in amounts.items():
            limit = _option(model, rate)
            longest = max(longest, 60 * amount.get(name, 0.0) / limit if limit else 0.0)
    return longest


def _option(model: Model, name: str) -> Any:  # noqa: ANN401 - an option of some models
    return getattr(model, name, None)
