"""The seconds kept for the confirmation, where a cap limits time."""

import math

import numpy as np

from evolve.budget.facts import TimedSearch
from evolve.budget.reserve import EVALUATIONS, Reserve
from evolve.standings.table import Floats

SLOWER = 1.5
"""The allowed slowdown of later evaluations, as a factor."""


def seconds_of(search: TimedSearch, candidate: int) -> float:
    """An upper quantile of the time of a candidate's evaluation; 0 before its first one."""
    return SLOWER * _mean(search, candidate)


def seconds_to_end(search: TimedSearch, reserve: Reserve, tasks: int, slots: int) -> float:
    """The time for purchases in flight and then the confirmation; 0 where time has no cap.

    The purchases in flight end within the slowest one so far, and so does the last evaluation. The
    others follow each other at the mean pace of the slowest candidate that may be confirmed, as
    many at once as their worst cases leave room for.

    Args:
        search: The search.
        reserve: The confirmation reserve.
        tasks: The number of sealed tasks.
        slots: Evaluations at once, at most.
    """
    if search.ledger.budget.seconds is None:
        return 0.0
    longest = max(search.consumption.slowest.values(), default=0.0)
    if not (tasks and len(reserve.contenders)):
        return SLOWER * longest
    left = np.arange(reserve.per_task[EVALUATIONS] * tasks, 0, -1)
    at_once = np.clip(_at_once(search, reserve, left), 1, slots)
    turns = float(np.sum(1 / at_once[at_once < left]))
    candidates = [*reserve.contenders.tolist(), *reserve.seeds.tolist()]
    pace = max(_mean(search, candidate) for candidate in candidates)
    return SLOWER * (longest + turns * pace + search.consumption.slowest.get("search", 0.0))


def _mean(search: TimedSearch, candidate: int) -> float:
    consumption = search.consumption
    return consumption.seconds[candidate] / max(1, consumption.used[candidate].evaluations)


def _at_once(search: TimedSearch, reserve: Reserve, left: Floats) -> Floats:
    """The number of worst cases that fit at once if the search ends now."""
    ledger = search.ledger
    taken = ledger.settled.plus(ledger.reserved)
    fits = [np.full(len(left), math.inf)]
    for place, cap in enumerate(ledger.caps):
        if math.isfinite(cap) and reserve.last[place]:
            each = reserve.per_task[place] / reserve.per_task[EVALUATIONS]
            made = (left[0] - left) * each
            fits.append((cap - (taken[place] or 0.0) - made) / reserve.last[place])
    at_once: Floats = np.min(fits, axis=0)
    return at_once
