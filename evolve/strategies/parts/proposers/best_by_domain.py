"""Puts the best agent that was found for each domain behind one router.

Systems that differ in one domain are hard to tell apart by their mean scores, and an edit of a
whole system keeps what is bad in one domain together with what is good in another. Here every
domain is decided by the results on its own tasks.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple

from pydantic import Field

from archive.records import Candidate
from evolve.standings.view import ArchiveView
from evolve.strategies.base import Proposal
from evolve.strategies.parts.base import Turn
from evolve.strategies.parts.proposers.base import Proposer, child_of
from search_spaces.config import Agent
from search_spaces.operators.specialists import (
    answering,
    behind_rules,
    domain_of,
    domain_rules,
)

_NAME = "best_by_domain"

LEAST = 3
"""Results that the best agent of each domain has at least."""

SHRINKAGE = 2.0
"""The weight of a domain's mean score, in results, beside a candidate's results in that domain."""


class Expert(NamedTuple):
    """An agent that answered tasks of a domain by itself, in one candidate or several."""

    agent: Agent
    candidate: Candidate
    scores: list[float]


class BestByDomain(Proposer):
    """Specialists, each the best agent found for its domain; none where these are known."""

    parents: ClassVar[int] = 0

    share: float = Field(
        default=100.0,
        ge=0,
        description="Its relative odds among the proposers: after label choices by default.",
    )

    async def propose(self, turn: Turn, parents: Sequence[Candidate]) -> Proposal | None:
        """See `Proposer.propose`."""
        view = turn.view
        rules = domain_rules(view.space.examples)
        found = _experts(view, rules) if rules else {}
        if not rules or set(rules) - set(found):
            return None
        best = {domain: _best(found[domain]) for domain in rules}
        if min(len(each.scores) for each in best.values()) < LEAST:
            return None
        donors = {each.candidate.number: each.candidate for each in best.values()}
        first, *others = sorted(donors.values(), key=lambda each: -float(view.mean[each.number]))
        agents = {domain: expert.agent for domain, expert in best.items()}
        edits = behind_rules(first.config, view.space, agents)
        child = child_of(first, edits, _NAME, *others) if edits else None
        return None if child is None or view.find(child.config) else child

    def made(self, operator: str) -> bool:
        """See `Proposer.made`."""
        return operator == _NAME


def _experts(view: ArchiveView, rules: Mapping[str, str]) -> Mapping[str, Sequence[Expert]]:
    """The agents that answered tasks of each domain by themselves; equal agents are one."""
    found: dict[str, dict[Agent, Expert]] = defaultdict(dict)
    for candidate in view.evaluated:
        for example in view.examples(candidate.number):
            text = example.task.text
            agent = answering(candidate.config, text)
            if agent is not None:
                nameless = agent.model_copy(update={"name": _NAME})
                domain = domain_of(text, rules)
                expert = found[domain].setdefault(nameless, Expert(agent, candidate, []))
                expert.scores.append(example.score.value)
    return {domain: list(experts.values()) for domain, experts in found.items()}


def _best(experts: Sequence[Expert]) -> Expert:
    """The expert with the highest mean score, shrunk towards the mean of all in the domain."""
    everything = [score for each in experts for score in each.scores]
    mean = sum(everything) / len(everything)

    def shrunk(expert: Expert) -> float:
        return (sum(expert.scores) + mean * SHRINKAGE) / (len(expert.scores) + SHRINKAGE)

    return max(experts, key=shrunk)
