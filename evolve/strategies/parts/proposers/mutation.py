"""Random edits by the operators of the search space."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Self

from pydantic import Field, NonNegativeFloat, model_validator

from archive.records import Candidate
from evolve.standings.view import ArchiveView
from evolve.strategies.base import Proposal
from evolve.strategies.parts.base import Turn
from evolve.strategies.parts.choice.base import CHOICES, Arm, Choice
from evolve.strategies.parts.choice.fixed import Fixed
from evolve.strategies.parts.proposers.base import Proposer, child_of
from search_spaces.errors import unknown
from search_spaces.operators import GROUPS, MUTATIONS, mutate


class Mutation(Proposer):
    """A random operator's edits."""

    odds: dict[str, NonNegativeFloat] = Field(
        default={},
        description="How likely operators are tried, by name or by group: `words`, "
        "`parameters`, `edges`, `agents`, `blocks`, …; an operator's own go before its group's.",
    )
    others: float = Field(default=1.0, ge=0, description="The odds of those not named.")
    choice: Annotated[Choice, CHOICES] = Field(
        default=Fixed(), description="How the odds change with what operators gained."
    )

    @model_validator(mode="after")
    def _leaves_something(self) -> Self:
        for name in self.odds:
            if name not in MUTATIONS and name not in GROUPS:
                raise ValueError(str(unknown("mutation", name, [*MUTATIONS, *GROUPS])))
        if not any(self.first_odds.values()):
            raise ValueError("the odds of every mutation are 0; give at least one of them odds")
        return self

    @property
    def first_odds(self) -> Mapping[str, float]:
        """The odds of every mutation, before anything is known of any."""
        grouped = {name: group for group, names in GROUPS.items() for name in names}
        return {
            name: self.odds.get(name, self.odds.get(grouped[name], self.others))
            for name in MUTATIONS
        }

    async def propose(self, turn: Turn, parents: Sequence[Candidate]) -> Proposal | None:
        """See `Proposer.propose`."""
        found = mutate(parents[0].config, turn.view.space, turn.rng, self._odds(turn.view))
        return found and child_of(parents[0], found[1], found[0])

    def made(self, operator: str) -> bool:
        """See `Proposer.made`."""
        return operator.removeprefix("fallback:") in MUTATIONS

    def _odds(self, view: ArchiveView) -> Mapping[str, float]:
        arms = [
            Arm(name, share, {name, f"fallback:{name}"}.__contains__)
            for name, share in self.first_odds.items()
        ]
        return dict(zip(self.first_odds, self.choice.odds(view, arms), strict=True))
