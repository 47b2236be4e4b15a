"""A strategy composed of parts: survival, selection, proposers, memory and screening.

survival ─▶ selection ─▶ a proposer of the choice ─▶ memory ─▶ screening ─▶ a proposal
"""

from abc import abstractmethod
from collections.abc import Sequence
from random import Random
from typing import Annotated, Self

from pydantic import Field, model_validator

from archive.records import Candidate, Usage
from evolve.models.base import Models
from evolve.standings.view import ArchiveView
from evolve.strategies.base import Proposal, Strategy
from evolve.strategies.parts.base import Part, Turn
from evolve.strategies.parts.choice.base import CHOICES, Arm, Choice
from evolve.strategies.parts.choice.fixed import Fixed
from evolve.strategies.parts.label_calibration import calibrated, worst_case
from evolve.strategies.parts.memory.base import MEMORIES, Memory
from evolve.strategies.parts.memory.tried import Tried
from evolve.strategies.parts.proposers.base import PROPOSERS, Proposer
from evolve.strategies.parts.proposers.crossover import Crossover
from evolve.strategies.parts.proposers.mutation import Mutation
from evolve.strategies.parts.proposers.sample import Sample
from evolve.strategies.parts.screening.base import SCREENINGS, Screening
from evolve.strategies.parts.screening.unscreened import Unscreened
from evolve.strategies.parts.selection.base import SELECTIONS, Selection
from evolve.strategies.parts.selection.tournament import Tournament
from evolve.strategies.parts.survival.base import SURVIVALS, Survival
from evolve.strategies.parts.survival.elite import Elite
from search_spaces.edits import diff
from search_spaces.space import SearchSpace

ATTEMPTS = 20
"""Children tried before giving up on finding one that is new."""


class Composed(Strategy):
    """Combines parts; the other evolutionary strategies are named combinations."""

    survival: Annotated[Survival, SURVIVALS] = Field(
        default=Elite(), description="Which candidates may be parents."
    )
    selection: Annotated[Selection, SELECTIONS] = Field(
        default=Tournament(), description="Which of them are drawn as parents."
    )
    proposers: tuple[Annotated[Proposer, PROPOSERS], ...] = Field(
        default=(Mutation(share=0.65), Crossover(share=0.3), Sample(share=0.05)),
        min_length=1,
        description="What makes a child, as a list; each has a `share`.",
    )
    choice: Annotated[Choice, CHOICES] = Field(
        default=Fixed(), description="Which of the proposers makes the next child."
    )
    memory: Annotated[Memory, MEMORIES] = Field(
        default=Tried(), description="What is not tried again."
    )
    screening: Annotated[Screening, SCREENINGS] = Field(
        default=Unscreened(), description="Which of several children is worth evaluating."
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if not any(each.share for each in self.proposers):
            raise ValueError(
                "proposers: every share is 0; give at least one kind of proposal a share"
            )
        opens = getattr(self.selection, "new_arms", 0)
        if opens and not any(each.fresh and each.share for each in self.proposers):
            raise ValueError(
                f"selection {self.selection.plugin_name()!r} with new_arms starts anew, but no "
                "proposer does; add `sample` or `meta_whole` to proposers, or set new_arms to 0"
            )
        return self

    @property
    def asks(self) -> tuple[str, ...]:
        """See `Part.asks`."""
        return tuple(dict.fromkeys(name for part in self._parts for name in part.asks))

    def worst(self, space: SearchSpace, models: Models) -> Usage:
        """See `Part.worst`."""
        selecting = self.selection.worst(space, models)
        proposing = upper_bound([p.worst(space, models) for p in self.proposers if p.share])
        each = selecting + proposing
        made = Usage.total(each for _ in range(self.screening.most))
        return made + worst_case(space, models)

    def remarks(self, view: ArchiveView) -> Sequence[str]:
        """See `Part.remarks`."""
        return [line for part in self._parts for line in part.remarks(view)]

    def opening(self, space: SearchSpace) -> int:
        """See `Strategy.opening`: those of all proposers."""
        return sum(each.opening(space) for each in self.proposers if each.share)

    async def ask(self, view: ArchiveView, models: Models, rng: Random) -> Proposal | None:
        """See `Strategy.ask`."""
        turn = Turn(view, models, rng)
        pool = self.survival.survivors(view, rng) or view.evaluated
        children: dict[str, Proposal] = {}
        for _ in range(self.screening.wanted(view)):
            child = await self._child(turn, pool)
            if child is not None:
                children.setdefault(child.config.id, child)
        if not children:
            return None
        chosen = self.screening.choose(view, list(children.values()))
        chosen = await self._calibrated(turn, chosen)
        return chosen._replace(
            steps=tuple(turn.steps), prompts=tuple(turn.prompts), repairs=turn.repairs
        )

    @property
    def _parts(self) -> Sequence[Part]:
        able = [each for each in self.proposers if each.share]
        return (self.survival, self.selection, self.choice, self.memory, self.screening, *able)

    async def _child(self, turn: Turn, pool: Sequence[Candidate]) -> Proposal | None:
        """A new child; once a model was paid for one, there is always one."""
        before = len(turn.steps)
        parents: Sequence[Candidate] = ()
        exhausted: list[Proposer] = []
        for _ in range(ATTEMPTS):
            proposer = self._proposer(turn, exhausted)
            if proposer is None:
                return None
            parents = await self._parents(turn, proposer, pool)
            child = (
                await self._random_child(turn, parents)
                if len(parents) < proposer.parents
                else await proposer.propose(turn, parents)
            )
            paid = len(turn.steps) > before
            if child is not None and self._is_admissible(turn.view, child, paid):
                return child
            if paid:
                break
            if child is None and not proposer.parents:  # other parents would not help it
                exhausted.append(proposer)
        else:
            return None
        instead = await self._random_child(turn, parents)
        why = turn.problem or "it was tried before"
        return instead._replace(operator=f"fallback:{instead.operator}", reason=why)

    async def _calibrated(self, turn: Turn, child: Proposal) -> Proposal:
        """The child with calibrated label choices; its edits follow."""
        candidates = turn.view.candidates
        parents = [candidates[each.candidate].config for each in child.parents]
        known = [agent for config in parents for agent in config.agents]
        config = await calibrated(turn, child.config, known)
        if config == child.config:
            return child
        arrows = tuple(
            each.model_copy(update={"edits": diff(parent, config)})
            for each, parent in zip(child.parents, parents, strict=True)
        )
        return child._replace(config=config, parents=arrows)

    async def _random_child(self, turn: Turn, parents: Sequence[Candidate]) -> Proposal:
        """A child by chance, new if one is found: a mutation, or else a draw from the space."""
        own = [each for each in self.proposers if isinstance(each, Mutation)]
        for _ in range(ATTEMPTS if parents else 0):
            child = await (own or [Mutation()])[0].propose(turn, parents[:1])
            if child is not None and turn.view.find(child.config) is None:
                return child
        return Proposal(turn.view.space.sample(turn.rng), operator="sample")

    def _is_admissible(self, view: ArchiveView, child: Proposal, paid: bool) -> bool:
        """Whether it is new, and may cost what is allowed; what a model made is tried anyway."""
        parents = [parent.candidate for parent in child.parents]
        if not paid and view.exceeds_cost(child.config, parents):
            return False
        return view.find(child.config) is None and not self.memory.refuses(view, child)

    def _proposer(self, turn: Turn, exhausted: Sequence[Proposer]) -> Proposer | None:
        left = [each for each in self.proposers if each.share and each not in exhausted]
        if not left:
            return None
        anew = self.selection.starts_anew(turn.view, turn.rng)
        able = [each for each in left if anew in (None, each.fresh)] or left
        arms = [Arm(each.plugin_name(), each.share, each.made) for each in able]
        (proposer,) = turn.rng.choices(able, self.choice.odds(turn.view, arms))
        return proposer

    async def _parents(
        self, turn: Turn, proposer: Proposer, pool: Sequence[Candidate]
    ) -> Sequence[Candidate]:
        """Parents of the pool; fewer than are needed where there are no more."""
        if not proposer.parents:
            return ()
        if not pool:  # without evaluations there is nothing to select by
            count = min(1, len(turn.view.candidates))
            return turn.rng.sample(list(turn.view.candidates), count)
        return await self.selection.parents(turn, pool, proposer.parents)


def upper_bound(usages: Sequence[Usage]) -> Usage:
    """The largest amount of each quantity among several usages."""
    prices = [usage.usd for usage in usages]
    return Usage(
        calls=max(usage.calls for usage in usages),
        prompt_tokens=max(usage.prompt_tokens for usage in usages),
        completion_tokens=max(usage.completion_tokens for usage in usages),
        usd=None if None in prices else max(price or 0.0 for price in prices),
    )


class Combination(Strategy):
    """A combination of parts with a name and options of its own."""

    @property
    @abstractmethod
    def parts(self) -> Composed:
        """What it is put together from."""

    @property
    def asks(self) -> tuple[str, ...]:
        """See `Part.asks`."""
        return self.parts.asks

    def worst(self, space: SearchSpace, models: Models) -> Usage:
        """See `Part.worst`."""
        return self.parts.worst(space, models)

    def remarks(self, view: ArchiveView) -> Sequence[str]:
        """See `Part.remarks`."""
        return self.parts.remarks(view)

    def opening(self, space: SearchSpace) -> int:
        """See `Strategy.opening`."""
        return self.parts.opening(space)

    async def ask(self, view: ArchiveView, models: Models, rng: Random) -> Proposal | None:
        """See `Strategy.ask`."""
        return await self.parts.ask(view, models, rng)
