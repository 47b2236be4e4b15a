"""Worked examples of training tasks in a single agent, before anything else is tried.

On small models, which examples an agent is shown decides more than any other part of a system (see
docs/research/real_models.md), so each way of showing them is tried once, the strongest first.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import inf, isnan
from random import Random
from types import MappingProxyType
from typing import ClassVar, TypeAlias

from pydantic import Field

from archive.records import Candidate
from evolve.standings.view import ArchiveView
from evolve.strategies.base import Proposal
from evolve.strategies.parts.base import Turn
from evolve.strategies.parts.proposers.base import Proposer, child_of
from search_spaces.config import SystemConfig
from search_spaces.edits import Edits
from search_spaces.operators.examples import few_shot, nearest_shot
from search_spaces.operators.specialists import specialists
from search_spaces.space import SearchSpace

Way: TypeAlias = Callable[[SystemConfig, SearchSpace, Random], Edits | None]

WAYS: Mapping[str, Way] = MappingProxyType(
    {
        "nearest_4": partial(nearest_shot, count=4),
        "few_shot_16": partial(few_shot, count=16),
        "specialists_4": partial(specialists, count=4),
        "nearest_8": partial(nearest_shot, count=8),
        "few_shot_8": partial(few_shot, count=8),
        "specialists_8": partial(specialists, count=8),
    }
)
"""The ways to show examples, in the order in which they are tried."""


class WorkedExamples(Proposer):
    """A single agent with worked examples; nothing once every way was tried.

    The agent is the cheapest seed of one call, or the best one if that is clearly better.
    """

    parents: ClassVar[int] = 0

    share: float = Field(
        default=2000.0,
        ge=0,
        description="Its relative odds among the proposers: first by default.",
    )

    async def propose(self, turn: Turn, parents: Sequence[Candidate]) -> Proposal | None:
        """See `Proposer.propose`."""
        view = turn.view
        if not view.space.examples:
            return None
        tried = {each.operator for each in view.candidates}
        for name, way in WAYS.items():
            parent = _best_single(view)
            if name in tried or parent is None:
                continue
            edits = way(parent.config, view.space, turn.rng)
            if edits and not view.exceeds_cost(
                child_of(parent, edits, name).config, [parent.number]
            ):
                return child_of(parent, edits, name)
        return None

    def opening(self, space: SearchSpace) -> int:
        """See `Strategy.opening`: every way."""
        return len(WAYS) if space.examples else 0

    def made(self, operator: str) -> bool:
        """See `Proposer.made`."""
        return operator in WAYS


def _best_single(view: ArchiveView) -> Candidate | None:
    """The cheapest seed of one call without examples, or the best one if that is clearly better."""
    singles = [each for each in view.candidates if not each.parents and _is_plain(each.config)]
    if not singles:
        return None

    def cost(single: Candidate) -> tuple[float, int]:
        observed = float(view.cost[single.number])
        return inf if isnan(observed) else observed, len(single.config.agents[0].prompt)

    cheapest = min(singles, key=cost)
    best = max(singles, key=lambda each: float(view.mean[each.number]))
    pair = [best.number, cheapest.number]
    ahead = float(view.mean[best.number] - view.mean[cheapest.number])
    return best if ahead > float(view.deviation[pair].sum()) else cheapest


def _is_plain(config: SystemConfig) -> bool:
    alone = len(config.agents) == 1 and config.agents[0].samples == 1
    return alone and not config.agents[0].demonstrations
