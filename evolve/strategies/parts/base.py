"""The base of all parts of strategies, and the context of one proposal."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from archive.records import Candidate, Prompt, Step, Usage
from evolve.models.base import Models
from evolve.plugins import Plugin
from evolve.standings.view import ArchiveView
from search_spaces.space import SearchSpace


class Part(Plugin):
    """A plug-in that may ask models on the way to a proposal."""

    def worst(self, space: SearchSpace, models: Models) -> Usage:
        """What its work for one proposal may consume at most; it is reserved before.

        Args:
            space: What is searched.
            models: The run's models. ``usd`` is None if one that is asked has no price.
        """
        return Usage()

    def remarks(self, view: ArchiveView) -> Sequence[str]:
        """What it has to say to people about how a search went, one line each."""
        return ()

    @property
    def asks(self) -> tuple[str, ...]:
        """The models that its options name; the run file must define them."""
        return ()


@dataclass
class Turn:
    """One request for a proposal: what is known, and what was paid on the way so far."""

    view: ArchiveView
    models: Models
    rng: Random
    steps: list[Step] = field(default_factory=list)
    prompts: list[Prompt] = field(default_factory=list)
    repairs: int = 0
    problem: str = ""
    """Why a model that was asked made no proposal; empty if it made one."""

    @property
    def paid(self) -> bool:
        """Whether a model was asked."""
        return bool(self.steps)


def eligible_parents(view: ArchiveView) -> list[Candidate]:
    """The candidates that may be parents: those evaluated within the cost, else all evaluated."""
    limit = view.objective.cost_at_most
    if limit is None:
        return view.evaluated
    return [c for c in view.evaluated if not view.cost[c.number] > limit] or view.evaluated
