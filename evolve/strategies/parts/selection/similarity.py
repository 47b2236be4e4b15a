"""A good parent and a partner that is like it, or unlike it.

Likeness is the Jaccard index of what two systems are made of, less a penalty for differing sizes
(EvoMAS, 2025): |A∩B| / |A∪B| − w·|Δ agents| / 10.
"""

from collections.abc import Sequence

from pydantic import Field

from archive.records import Candidate
from evolve.strategies.parts.base import Turn
from evolve.strategies.parts.selection.base import Selection
from search_spaces.config import SystemConfig


class Similarity(Selection):
    """The first parent by a tournament, its partners by similarity."""

    size: int = Field(default=3, ge=1, description="Contestants for the first parent's place.")
    weight: float = Field(default=0.3, ge=0, description="w: what differing sizes take off.")
    diverse: float = Field(
        default=0.5, ge=0, le=1, description="How often the least alike is taken instead."
    )

    async def parents(
        self, turn: Turn, pool: Sequence[Candidate], count: int
    ) -> Sequence[Candidate]:
        """See `Selection.parents`."""
        drawn = turn.rng.choices(list(pool), k=self.size)
        first = max(drawn, key=lambda each: turn.view.mean[each.number])
        others = [each for each in pool if each.number != first.number]
        way = 1.0 if turn.rng.random() < self.diverse else -1.0
        others.sort(key=lambda each: way * self.similarity(first.config, each.config))
        return [first, *others[: count - 1]]

    def similarity(self, a: SystemConfig, b: SystemConfig) -> float:
        """How alike two systems are, 1 where they are made of the same."""
        mine, yours = _made_of(a), _made_of(b)
        apart = abs(len(a.agents) - len(b.agents)) / 10
        return len(mine & yours) / len(mine | yours) - self.weight * apart


def _made_of(config: SystemConfig) -> set[tuple[str, ...]]:
    """What a system is made of: roles, models, words and the way to the answer."""
    parts: set[tuple[str, ...]] = {("answer", config.answer.mode), ("rounds", str(config.rounds))}
    for agent in config.agents:
        parts |= {("role", agent.role), ("model", str(agent.model))}
        parts |= {("line", line) for line in agent.prompt.splitlines()}
    roles = {agent.name: agent.role for agent in config.agents}
    return parts | {(e.kind, roles[e.source], roles[e.target]) for e in config.edges}
