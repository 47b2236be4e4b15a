"""Routes whose scores are learned from results, by LinUCB.

Li et al., "A contextual-bandit approach to personalized news article recommendation", 2010,
algorithm 1 with disjoint arms: every route is an arm, the features of the task's text the context,
and the score of a rollout in which that route alone was open the reward. Feedback comes late, when
a proposal is made; all that is known by then is learned anew from the results seen, so a resumed
search learns the same. What was learned is written into the child and changes no more.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from archive.records import Candidate
from evolve.standings.view import ArchiveView, Example
from evolve.strategies.base import Proposal
from evolve.strategies.parts.base import Turn
from evolve.strategies.parts.proposers.base import Proposer, child_of
from search_spaces.config import SystemConfig
from search_spaces.edits import SetRoute
from search_spaces.routes import FEATURES, Learned, task_features

_NAME = "learned_routes"


class LearnedRoutes(Proposer):
    """Opens the routes of a router by scores learned from how its experts did on which tasks."""

    alpha: float = Field(
        default=1.0, ge=0, le=100, description="Weight of uncertainty; 0: no exploration."
    )
    ridge: float = Field(default=1.0, gt=0, description="How strongly weights are held near 0.")

    async def propose(self, turn: Turn, parents: Sequence[Candidate]) -> Proposal | None:
        """See `Proposer.propose`."""
        (parent,) = parents
        pairs = parent.config.arrows("route")
        routers = sorted({source for source, _ in pairs})
        if not routers:
            return None
        router = turn.rng.choice(routers)
        experts = [target for source, target in pairs if source == router]
        if len(experts) < 2:
            return None
        learned = self._learned(turn.view, parent.config, experts)
        edits = tuple(
            SetRoute(source=router, target=expert, when=learned[expert].written())
            for expert in experts
        )
        child = child_of(parent, edits, _NAME)
        return None if child.config.id == parent.id else child

    def made(self, operator: str) -> bool:
        """See `Proposer.made`."""
        return operator == _NAME

    def _learned(
        self, view: ArchiveView, config: SystemConfig, experts: Sequence[str]
    ) -> Mapping[str, Learned]:
        size = len(FEATURES)
        known: dict[str, NDArray[np.float64]] = {e: self.ridge * np.eye(size) for e in experts}
        gained: dict[str, NDArray[np.float64]] = {e: np.zeros(size) for e in experts}
        for example in _comparable(view, config):
            expert = _alone(example, experts)
            if expert is not None:
                features = np.array(task_features(example.task.text))
                known[expert] += np.outer(features, features)
                gained[expert] += example.score.value * features
        return {expert: self._arm(known[expert], gained[expert]) for expert in experts}

    def _arm(self, known: NDArray[np.float64], gained: NDArray[np.float64]) -> Learned:
        inverse = np.linalg.inv(known)
        doubt = self.alpha**2 * inverse[np.tril_indices(len(FEATURES))] if self.alpha else ()
        return Learned(tuple(map(float, inverse @ gained)), tuple(map(float, doubt)))


def _comparable(view: ArchiveView, config: SystemConfig) -> Iterator[Example]:
    """How systems did that differ from this one in what opens their routes at most."""
    for candidate in view.evaluated:
        same = candidate.config.agents == config.agents
        if same and candidate.config.edge_keys == config.edge_keys:
            yield from view.examples(candidate.number)


def _alone(example: Example, experts: Sequence[str]) -> str | None:
    """The one expert that worked; None if there were several or it is unknown."""
    trace = example.read_trace()
    worked = {step.agent for step in trace.steps} & set(experts) if trace else set()
    return worked.pop() if len(worked) == 1 else None
