"""Agents that choose a label by calibrated log-probability instead of writing it.

On small models this is the largest and cheapest single gain (see docs/research/real_models.md): one
token a call, and the model's bias for one label is removed.
"""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from archive.records import Candidate
from evolve.models.base import Models
from evolve.standings.view import ArchiveView
from evolve.strategies.base import Proposal
from evolve.strategies.parts.base import Turn
from evolve.strategies.parts.labels import labels_in
from evolve.strategies.parts.proposers.base import Proposer, child_of
from search_spaces.config import Agent, SystemConfig
from search_spaces.edits import diff
from search_spaces.label_choice import LabelChoice
from search_spaces.operators.examples import by_domain
from search_spaces.space import SearchSpace


class LabelChoices(Proposer):
    """Lets the agents of the best system choose among the labels of their training tasks.

    The composed strategy calibrates the choices before the child is evaluated.
    """

    parents: ClassVar[int] = 0

    share: float = Field(
        default=200.0,
        ge=0,
        description="Its relative odds among the proposers: after worked examples by default.",
    )

    most: int = Field(
        default=2,
        ge=1,
        description="Systems at most, all of them before known candidates are compared; further "
        "ones come from these by other proposers.",
    )

    async def propose(self, turn: Turn, parents: Sequence[Candidate]) -> Proposal | None:
        """See `Proposer.propose`."""
        if sum(self.made(each.operator) for each in turn.view.candidates) >= self.most:
            return None
        for parent in _by_promise(turn.view):
            config = with_labels(parent.config, turn.view.space, turn.models)
            if config is not None and not _derived(turn.view, parent):
                return child_of(parent, diff(parent.config, config), "label_choice")
        return None

    def opening(self, space: SearchSpace) -> int:
        """See `Strategy.opening`: all, where the training tasks have labels."""
        groups = by_domain(space.examples).values() or [list(space.examples)]
        return self.most if any(map(labels_in, groups)) else 0

    def made(self, operator: str) -> bool:
        """See `Proposer.made`."""
        return operator == "label_choice"


def with_labels(config: SystemConfig, space: SearchSpace, models: Models) -> SystemConfig | None:
    """The configuration with label choices where they fit; None where none does."""
    agents = tuple(_labelled(agent, config, space, models) for agent in config.agents)
    return None if agents == config.agents else config.model_copy(update={"agents": agents})


def _labelled(agent: Agent, config: SystemConfig, space: SearchSpace, models: Models) -> Agent:
    alone = not any(agent.name in (e.source, e.target) for e in config.edges if e.kind != "route")
    answers = agent.name in config.sources and alone
    if agent.label_choice or not answers or not models[agent.model].bare.scores_labels:
        return agent
    labels = labels_of(agent, space)
    if not labels:
        return agent
    return agent.model_copy(update={"label_choice": LabelChoice(labels=labels), "samples": 1})


def labels_of(agent: Agent, space: SearchSpace) -> tuple[str, ...]:
    """The labels among which the answers of an agent's training tasks are; empty if there are none.

    The training tasks of a specialist, whose examples are all of one domain, are that domain's.
    """
    shown = agent.demonstrations if agent.nearest_examples is None else ()
    domains = {each.domain for each in shown}
    return labels_in([e for e in space.examples if len(domains) != 1 or e.domain in domains])


def _by_promise(view: ArchiveView) -> list[Candidate]:
    """Candidates by posterior mean, the best first."""
    evaluated = view.evaluated or list(view.candidates)
    return sorted(evaluated, key=lambda each: -float(view.mean[each.number]))


def _derived(view: ArchiveView, parent: Candidate) -> bool:
    """Whether a child of that parent chooses labels already."""
    return any(
        each.operator == "label_choice" and each.parents[0].candidate == parent.number
        for each in view.candidates
        if each.parents
    )
