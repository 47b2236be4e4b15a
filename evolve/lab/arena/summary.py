"""Summaries of matches: regret over spend, ranks, paired differences, time to the best.

The best reachable score of a landscape is the best that any contestant reached or that is known;
regret is how far below it the true score of a search's incumbent is. The possible gain is counted
from the best seed.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from evolve.evidence.intervals import difference_interval
from evolve.lab.arena.fronts import areas
from evolve.lab.arena.matches import Match
from evolve.standings import Floats

SHARES = np.linspace(0.0, 1.0, 51)
"""The shares of the budget at which regret is compared."""

NEAR = 0.9
"""The share of the possible gain that counts as near the best."""


class Row(NamedTuple):
    """The results of one contestant.

    Attributes:
        contestant: The contestant.
        regret: Mean final regret over all matches.
        area: Mean regret over the whole budget.
        rank: Mean rank by final regret over landscapes, 1 the best.
        near: The geometric mean of the share of the budget after which at least 90 % of the gain
            was reached for good; matches that never got there count as 1.
        got_near: The share of matches that got there.
        invalid: The share of proposals without a new candidate, or with a replaced one.
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
    """The results of an arena.

    Attributes:
        rows: One for each contestant, the lowest regret first.
        curves: Mean regrets at `SHARES`, by contestant.
        regrets: Mean final regrets, by contestant and landscape.
        reachable: The best score that any contestant reached or that is known, by landscape.
        areas: Mean areas under the fronts, by contestant and landscape; empty where none was
            measured.
        calls_made: Calls of real models, over all matches.
        calls_saved: Calls that those of earlier matches answered.
    """

    rows: list[Row]
    curves: dict[str, Floats]
    regrets: dict[str, dict[str, float]]
    reachable: dict[str, float]
    areas: dict[str, dict[str, float]]
    calls_made: int
    calls_saved: int


def summarise(matches: Sequence[Match], known: Mapping[str, float] = {}) -> Summary:
    """Compares contestants.

    Args:
        matches: All played matches.
        known: The true score of the best system that is known, by landscape.
    """
    names = list(dict.fromkeys(match.contestant for match in matches))
    landscapes = list(dict.fromkeys(match.landscape for match in matches))
    reachable = {
        name: max(known.get(name, 0.0), *_scores([b for b in matches if b.landscape == name]))
        for name in landscapes
    }
    of = {name: [match for match in matches if match.contestant == name] for name in names}
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
    made, saved = (sum(m.calls_made for m in matches), sum(m.calls_saved for m in matches))
    return Summary(rows, curves, regrets, reachable, areas(matches), made, saved)


def _row(
    name: str,
    of: Mapping[str, Sequence[Match]],
    curve: Floats,
    rank: float,
    reachable: Mapping[str, float],
) -> Row:
    mine, first = of[name], next(iter(of.values()))
    other = {(match.landscape, match.seed): match for match in first}
    pairs = [
        (match, other[match.landscape, match.seed])
        for match in mine
        if (match.landscape, match.seed) in other
    ]
    differences = [_final(one, reachable) - _final(two, reachable) for one, two in pairs]
    near = [_near(match, reachable) for match in mine]
    proposals = sum(match.proposals for match in mine)
    itself = mine is first
    return Row(
        contestant=name,
        regret=float(np.mean([_final(match, reachable) for match in mine])),
        area=float(curve.mean()),
        rank=rank,
        near=float(np.exp(np.mean(np.log([share or 1.0 for share in near])))),
        got_near=float(np.mean([share is not None for share in near])),
        invalid=sum(match.invalid for match in mine) / max(proposals, 1),
        difference=float(np.mean(differences)) if pairs else float("nan"),
        interval=difference_interval(differences) if len(pairs) > 1 and not itself else None,
        matched=_matched(pairs, reachable) if pairs and not itself else None,
    )


def _matched(pairs: Sequence[tuple[Match, Match]], reachable: Mapping[str, float]) -> float | None:
    """The share of `SHARES` from which on the second ones' mean is no worse than the first's end.

    Single matches vary too much for that; means of many do not.
    """
    end = np.mean([_final(one, reachable) for one, _ in pairs])
    curve = np.mean([_curve(two, reachable) for _, two in pairs], axis=0)
    return _for_good(zip(SHARES, curve <= end, strict=True))


def _final(match: Match, reachable: Mapping[str, float]) -> float:
    return reachable[match.landscape] - match.final


def _curve(match: Match, reachable: Mapping[str, float]) -> Floats:
    """Regret at each of `SHARES`."""
    places = np.searchsorted([step.share for step in match.steps], SHARES, side="right") - 1
    scores = np.array([step.score for step in match.steps])[np.maximum(places, 0)]
    regret: Floats = reachable[match.landscape] - scores
    return regret


def _near(match: Match, reachable: Mapping[str, float]) -> float | None:
    """The share of the budget from which on the incumbent was near the best; None: never."""
    best = reachable[match.landscape]
    goal = match.start + NEAR * max(best - match.start, 0.0)
    since = _for_good((step.share, step.score >= goal) for step in match.steps)
    return None if since is None else max(since, 0.01)


def _for_good(seen: Iterable[tuple[float, bool]]) -> float | None:
    """The share from which on something stayed true; None: it is not true at the end."""
    since: float | None = None
    for share, true in seen:
        since = (float(share) if since is None else since) if true else None
    return since


def _scores(matches: Sequence[Match]) -> list[float]:
    return [
        s for match in matches for s in (match.final, match.start, *(x.score for x in match.steps))
    ]


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
