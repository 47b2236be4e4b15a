"""A meta-agent that reads failures and history, and proposes what to change.

Parents are drawn among the best by posterior mean s, in percent, with
P = λ/n + (1 − λ)·softmax(α·(s − s_max)): the soft mix of greed and chance of AFlow (Zhang et al.,
2025), whose λ and α are the defaults. What the meta-agent proposes is checked, and put right by
itself with the checker's message; what stays invalid is counted and replaced by a random operator's
edits.
"""

from math import exp, isnan
from random import Random
from typing import Self

from pydantic import Field, model_validator

from archive.records import Candidate, Parent, Usage
from evolve.meta.assignments import Kind, assign
from evolve.meta.designing import Manner, design, worst_case
from evolve.models.base import Models
from evolve.strategies.base import Proposal, Strategy
from evolve.view import ArchiveView
from search_spaces.config import ModelName, Temperature
from search_spaces.edits import apply, diff
from search_spaces.frozen import Frozen
from search_spaces.operators import mutate
from search_spaces.space import SearchSpace

ATTEMPTS = 20
"""Children that a random operator may make before giving up on finding one that is new."""

KINDS: tuple[Kind, ...] = ("edits", "crossover", "whole")


class Shares(Frozen):
    """How often each kind of proposal is made, relative to the others."""

    edits: float = Field(default=0.6, ge=0, description="The meta-agent edits a system.")
    crossover: float = Field(default=0.15, ge=0, description="It crosses two systems.")
    whole: float = Field(default=0.05, ge=0, description="It writes a whole system.")
    random: float = Field(default=0.1, ge=0, description="A random operator edits a system.")
    sample: float = Field(default=0.1, ge=0, description="A system is drawn from the space.")

    @model_validator(mode="after")
    def _leave_something(self) -> Self:
        if not any(share for _, share in self):
            raise ValueError("every share is 0; give at least one kind of proposal a share")
        return self


class Reflective(Strategy):
    """Asks a model what to change, given failures with feedback and what was tried."""

    model: ModelName | None = Field(
        default=None, description="The meta-agent's model by its name here; none: the default one."
    )
    shares: Shares = Field(
        default=Shares(),
        description="How often each kind of proposal is made: by the meta-agent `edits`, a "
        "`crossover` of two or a `whole` system; else `random` edits or a `sample` of the space.",
    )
    failures: int = Field(default=4, ge=0, le=20, description="Failed tasks it is shown.")
    repairs: int = Field(
        default=2, ge=0, le=2, description="How often it may put an invalid proposal right."
    )
    parents: int = Field(default=6, ge=1, description="How many of the best may be parents.")
    uniform: float = Field(
        default=0.3, ge=0, le=1, description="λ: the share of chance in choosing a parent."
    )
    greed: float = Field(
        default=0.2, ge=0, description="α: how much a point of the score, in percent, weighs."
    )
    temperature: Temperature | None = Field(default=None, description="None: the model's own.")
    max_tokens: int = Field(default=4000, ge=200, description="Limit of each of its replies.")
    prompt_bytes: int = Field(
        default=24_000, ge=10_000, description="Limit of what it is shown, in UTF-8 bytes."
    )

    @property
    def asks(self) -> tuple[str, ...]:
        """The meta-agent's model, where it is named."""
        return () if self.model is None else (self.model,)

    def worst(self, space: SearchSpace, models: Models) -> Usage:
        """See `Strategy.worst`."""
        if not any(getattr(self.shares, kind) for kind in KINDS):
            return Usage()
        return worst_case(space, models, self._manner, self.prompt_bytes)

    async def ask(self, view: ArchiveView, models: Models, rng: Random) -> Proposal | None:
        """See `Strategy.ask`."""
        kinds, shares = zip(*self.shares, strict=True)
        (kind,) = rng.choices(kinds, shares)
        if kind == "sample" or not view.candidates:
            return _sampled(view, rng)
        if not view.evaluated:  # there is nothing to reflect on
            return _mutated(rng.choice(view.candidates), view, rng)
        parents = self._parents(view, rng)
        if kind == "random":
            return _mutated(parents[0], view, rng)
        if kind == "crossover" and len(parents) == 1:
            kind = "edits"
        other = parents[1] if kind == "crossover" else None
        return await self._designed(kind, parents[0], other, view, models, rng)

    async def _designed(
        self,
        kind: Kind,
        parent: Candidate,
        other: Candidate | None,
        view: ArchiveView,
        models: Models,
        rng: Random,
    ) -> Proposal:
        assignment = assign(
            kind,
            view,
            models,
            parent,
            other,
            rng,
            failures=self.failures,
            prompt_bytes=self.prompt_bytes,
        )
        found = await design(assignment, models, self._manner, sample=rng.getrandbits(31))
        if found.child is not None:
            config, edits, rationale = found.child
            arrows = [Parent(candidate=parent.number, edits=edits)]
            if other is not None:
                arrows.append(Parent(candidate=other.number, edits=diff(other.config, config)))
            proposal = Proposal(config, f"meta:{kind}", tuple(arrows), rationale)
        else:
            proposal = _mutated(parent, view, rng)
            proposal = proposal._replace(
                operator=f"fallback:{proposal.operator}",
                reason=f"no valid proposal in {found.invalid} replies: {found.problem}",
            )
        return proposal._replace(steps=found.steps, prompts=found.prompts, repairs=found.invalid)

    @property
    def _manner(self) -> Manner:
        return Manner(self.model, self.temperature, self.max_tokens, self.repairs)

    def _parents(self, view: ArchiveView, rng: Random) -> list[Candidate]:
        """Up to two different parents, those within the cost first of all."""
        able = [each for each in view.evaluated if _within_cost(view, each)] or view.evaluated
        best = sorted(able, key=lambda each: -view.mean[each.number])[: self.parents]
        chosen: list[Candidate] = []
        while best and len(chosen) < 2:
            (parent,) = rng.choices(best, self._weights(view, best))
            chosen.append(parent)
            best.remove(parent)
        return chosen

    def _weights(self, view: ArchiveView, candidates: list[Candidate]) -> list[float]:
        percent = [100 * float(view.mean[each.number]) for each in candidates]
        greedy = [exp(self.greed * (score - max(percent))) for score in percent]
        total, count = sum(greedy), len(candidates)
        return [self.uniform / count + (1 - self.uniform) * each / total for each in greedy]


def _mutated(parent: Candidate, view: ArchiveView, rng: Random) -> Proposal:
    """A new child that a random operator makes; a draw from the space if none is found."""
    for _ in range(ATTEMPTS):
        mutation = mutate(parent.config, view.space, rng)
        if mutation is None:
            break
        operator, edits = mutation
        config = apply(parent.config, edits)
        if view.find(config) is None:
            return Proposal(config, operator, (Parent(candidate=parent.number, edits=edits),))
    return _sampled(view, rng)


def _sampled(view: ArchiveView, rng: Random) -> Proposal:
    return Proposal(view.space.sample(rng), operator="sample")


def _within_cost(view: ArchiveView, candidate: Candidate) -> bool:
    usd, limit = float(view.usd[candidate.number]), view.objective.cost_at_most
    return limit is None or isnan(usd) or usd <= limit
