"""What bouts come to: regret over spend, ranks, paired differences, and the way to the best.

The best that can be reached on a landscape is the best that anybody stood on or that is known;
regret is how far below it the true score of a search's incumbent is. What can be gained is counted
from the best seed.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from evolve.arena.bouts import Bout
from evolve.arena.fronts import areas
from evolve.intervals import difference_interval
from evolve.standings import Floats

SHARES = np.linspace(0.0, 1.0, 51)
"""The shares of the budget at which regret is compared."""

NEAR = 0.9
"""What part of what can be gained counts as having got near the best."""


class Row(NamedTuple):
    """How one contestant did.

    Attributes:
        contestant: Who.
        regret: Mean final regret over all bouts.
        area: Mean regret over the whole budget.
        rank: Mean rank by final regret over landscapes, 1 the best.
        near: The geometric mean of the share of the budget after which at least 90 % of the gain
            was reached for good; bouts that never got there count as 1.
        got_near: The share of bouts that got there.
        invalid: The share of proposals that came to nothing new, or had to be replaced.
        difference: Mean final regret less that of the first contestant, paired by landscape and
            seed; below 0 is better.
        interval: Its 95 % interval; None for fewer than two pairs.
        matched: The share of the budget after which the first contestant's mean regret in the same
            pairs stayed as low as this one's ended; None: it never did.
    """

    contestant: str
    regret: float
    area: float
    rank: float
    near: float
    got_near: float
    invalid: float
    difference: float
    interval: tuple[float, float] | None
    matched: float | None


class Summary(NamedTuple):
    """What an arena came to.

    Attributes:
        rows: One for each contestant, the lowest regret first.
        curves: Mean regrets at `SHARES`, by contestant.
        regrets: Mean final regrets, by contestant and landscape.
        reachable: The best score that anybody stood on or that is known, by landscape.
        areas: Mean areas under the fronts, by contestant and landscape; empty where none was
            looked at.
    """

    rows: list[Row]
    curves: dict[str, Floats]
    regrets: dict[str, dict[str, float]]
    reachable: dict[str, float]
    areas: dict[str, dict[str, float]]


def summarise(bouts: Sequence[Bout], known: Mapping[str, float] = {}) -> Summary:
    """Compares contestants.

    Args:
        bouts: All that were fought.
        known: The true score of the best system that is known, by landscape.
    """
    names = list(dict.fromkeys(bout.contestant for bout in bouts))
    landscapes = list(dict.fromkeys(bout.landscape for bout in bouts))
    reachable = {
        name: max(known.get(name, 0.0), *_scores([b for b in bouts if b.landscape == name]))
        for name in landscapes
    }
    of = {name: [bout for bout in bouts if bout.contestant == name] for name in names}
    regrets = {
        name: {
            landscape: float(np.mean(those))
            for landscape in landscapes
            if (those := [_final(b, reachable) for b in of[name] if b.landscape == landscape])
        }
        for name in names
    }
    curves = {name: np.mean([_curve(b, reachable) for b in of[name]], axis=0) for name in names}
    ranks = _ranks(regrets, landscapes)
    rows = [_row(name, of, curves[name], ranks[name], reachable) for name in names]
    rows.sort(key=lambda row: row.regret)
    return Summary(rows, curves, regrets, reachable, areas(bouts))


def _row(
    name: str,
    of: Mapping[str, Sequence[Bout]],
    curve: Floats,
    rank: float,
    reachable: Mapping[str, float],
) -> Row:
    mine, first = of[name], next(iter(of.values()))
    other = {(bout.landscape, bout.seed): bout for bout in first}
    pairs = [
        (bout, other[bout.landscape, bout.seed])
        for bout in mine
        if (bout.landscape, bout.seed) in other
    ]
    differences = [_final(one, reachable) - _final(two, reachable) for one, two in pairs]
    near = [_near(bout, reachable) for bout in mine]
    proposals = sum(bout.proposals for bout in mine)
    itself = mine is first
    return Row(
        contestant=name,
        regret=float(np.mean([_final(bout, reachable) for bout in mine])),
        area=float(curve.mean()),
        rank=rank,
        near=float(np.exp(np.mean(np.log([share or 1.0 for share in near])))),
        got_near=float(np.mean([share is not None for share in near])),
        invalid=sum(bout.invalid for bout in mine) / max(proposals, 1),
        difference=float(np.mean(differences)) if pairs else float("nan"),
        interval=difference_interval(differences) if len(pairs) > 1 and not itself else None,
        matched=_matched(pairs, reachable) if pairs and not itself else None,
    )


def _matched(pairs: Sequence[tuple[Bout, Bout]], reachable: Mapping[str, float]) -> float | None:
    """The share of `SHARES` from which on the second ones' mean is no worse than the first's end.

    Single bouts end too far apart by luck to say it of each; means of many do not.
    """
    end = np.mean([_final(one, reachable) for one, _ in pairs])
    curve = np.mean([_curve(two, reachable) for _, two in pairs], axis=0)
    return _for_good(zip(SHARES, curve <= end, strict=True))


def _final(bout: Bout, reachable: Mapping[str, float]) -> float:
    return reachable[bout.landscape] - bout.final


def _curve(bout: Bout, reachable: Mapping[str, float]) -> Floats:
    """Regret at each of `SHARES`."""
    places = np.searchsorted([step.share for step in bout.steps], SHARES, side="right") - 1
    scores = np.array([step.score for step in bout.steps])[np.maximum(places, 0)]
    regret: Floats = reachable[bout.landscape] - scores
    return regret


def _near(bout: Bout, reachable: Mapping[str, float]) -> float | None:
    """The share of the budget from which on the incumbent was near the best; None: never."""
    best = reachable[bout.landscape]
    goal = bout.start + NEAR * max(best - bout.start, 0.0)
    since = _for_good((step.share, step.score >= goal) for step in bout.steps)
    return None if since is None else max(since, 0.01)


def _for_good(seen: Iterable[tuple[float, bool]]) -> float | None:
    """The share from which on something stayed true; None: it is not true at the end."""
    since: float | None = None
    for share, true in seen:
        since = (float(share) if since is None else since) if true else None
    return since


def _scores(bouts: Sequence[Bout]) -> list[float]:
    return [s for bout in bouts for s in (bout.final, bout.start, *(x.score for x in bout.steps))]


def _ranks(
    regrets: Mapping[str, Mapping[str, float]], landscapes: Sequence[str]
) -> dict[str, float]:
    """The mean rank of each over landscapes; equal regrets share their ranks."""
    found: dict[str, list[float]] = {name: [] for name in regrets}
    for landscape in landscapes:
        here = {name: mine[landscape] for name, mine in regrets.items() if landscape in mine}
        for name, regret in here.items():
            below = sum(other < regret for other in here.values())
            same = sum(other == regret for other in here.values())
            found[name].append(below + (same + 1) / 2)
    return {name: float(np.mean(each)) for name, each in found.items()}
