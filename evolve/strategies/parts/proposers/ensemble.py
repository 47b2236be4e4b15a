"""Ensemble selection: teams that vote, composed from what their members answered before.

Agents without incoming edges answer the same in any team, so the answers of the systems evaluated
so far predict every vote among their agents, at no cost. A team is proposed when it
is expected to beat every team there is, for accuracies drawn from what is believed of them: so
uncertain members are explored, and evaluating the team informs about them
(Thompson sampling for semi-bandits: Wang & Chen, "Thompson sampling for combinatorial
semi-bandits", 2018).
"""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from archive.records import Candidate, Parent
from evolve.standings import Floats
from evolve.standings.view import ArchiveView
from evolve.strategies.base import Proposal
from evolve.strategies.parts.base import Turn
from evolve.strategies.parts.proposers._ballots import (
    VOTES,
    Ballots,
    member_of,
    read_ballots,
    votes_freely,
)
from evolve.strategies.parts.proposers._election import Election, accuracy
from evolve.strategies.parts.proposers.base import Proposer
from search_spaces.config import Agent, Answer, AnswerMode, SystemConfig
from search_spaces.draft import Draft
from search_spaces.edits import diff
from search_spaces.space import SearchSpace

MEMBERS = 4
"""Candidate members for every place in a team: those most likely to be good."""

RIVALS = 12
"""How many of the teams there are a new one is compared with, the best first."""


class Ensemble(Proposer):
    """Composes voting teams from members whose answers are known."""

    parents: ClassVar[int] = 0

    explore: float = Field(
        default=1.0, ge=0, description="Deviations by which believed accuracies are drawn."
    )
    margin: float = Field(
        default=0.005, ge=0, description="What a team must be expected to gain to be proposed."
    )
    looks: int = Field(
        default=8, ge=0, description="Evaluations of every such team before the next is proposed."
    )

    async def propose(self, turn: Turn, parents: Sequence[Candidate]) -> Proposal | None:
        """See `Proposer.propose`."""
        view, space = turn.view, turn.view.space
        modes = [mode for mode in VOTES if mode in space.answer_modes]
        waiting = (
            view.evaluations[each.number] < self.looks
            for each in view.candidates
            if self.made(each.operator)
        )
        if not modes or space.agents.max < 2 or any(waiting):
            return None
        ballots = read_ballots(view)
        if len(ballots.members) < 2:
            return None
        believed = accuracy(ballots)
        noise = np.random.default_rng(turn.rng.getrandbits(64)).standard_normal(len(believed.mean))
        drawn = np.clip(believed.mean + self.explore * believed.deviation * noise, 0.02, 0.98)
        rivals = [_Team.of(candidate, ballots) for candidate in _teams(view)[:RIVALS]]
        likely = np.argsort(-drawn, kind="stable")[: MEMBERS * space.agents.max]
        pool = np.unique(np.concatenate([likely, *(rival.members for rival in rivals)]))
        election = Election(ballots.of(pool), believed.ease, drawn[pool])
        weights = np.ones(len(pool))
        if modes[0] == "weighted_vote":
            weights = np.round(believed.mean[pool] / believed.mean[pool].max(), 2)
        team = election.best(space.agents.max, weights)
        reached = election.value(team, weights[team])
        known = (election.value(np.searchsorted(pool, r.members), r.weights) for r in rivals)
        if len(team) < 2 or reached < max(known, default=0.0) + self.margin:
            return None
        members = [ballots.members[pool[place]] for place in team]
        config = _system(members, weights[team], space, modes[0])
        return Proposal(
            config,
            self.plugin_name(),
            _parents(config, view),
            f"expected {reached:.3f} by what its members answered",
        )

    def made(self, operator: str) -> bool:
        """See `Proposer.made`."""
        return operator == self.plugin_name()


class _Team(NamedTuple):
    """A team that was proposed before: the numbers of its members, and how their voices weigh."""

    members: NDArray[np.int64]
    weights: Floats

    @classmethod
    def of(cls, candidate: Candidate, ballots: Ballots) -> "_Team":
        weighted = candidate.config.answer.mode == "weighted_vote"
        known = {member: number for number, member in enumerate(ballots.members)}
        voices = {
            known[member]: agent.weight if weighted else 1.0
            for agent in candidate.config.agents
            if (member := member_of(agent)) in known
        }
        return cls(np.array(list(voices), dtype=np.int64), np.array(list(voices.values())))


def _teams(view: ArchiveView) -> list[Candidate]:
    """The best of those whose agents all vote freely, a single agent being the smallest team."""
    teams = [each for each in view.evaluated if votes_freely(each.config)]
    return sorted(teams, key=lambda each: -float(view.mean[each.number]))


def _system(
    members: Sequence[Agent], weights: Floats, space: SearchSpace, mode: AnswerMode
) -> SystemConfig:
    draft = Draft(agents={}, answer=Answer(mode=mode), name="ensemble")
    for member, weight in zip(members, weights.tolist(), strict=True):
        draft.add(member.model_copy(update={"weight": weight}))
    return space.fit(draft)


def _parents(config: SystemConfig, view: ArchiveView) -> tuple[Parent, ...]:
    """The team that shares most members and at least half of them, if there is one.

    Members alone are no parents: a team's score is expected near its parents', and a vote is not
    near its voters.
    """
    members = {member_of(agent) for agent in config.agents}

    def shared(candidate: Candidate) -> int:
        return len(members & {member_of(agent) for agent in candidate.config.agents})

    teams = [each for each in _teams(view) if len(each.config.agents) > 1]
    nearest = max(teams, key=shared, default=None)
    if nearest is None or 2 * shared(nearest) < len(members):
        return ()
    return (Parent(candidate=nearest.number, edits=diff(nearest.config, config)),)
