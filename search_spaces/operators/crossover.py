"""Operators on two parents; the edits apply to the first."""

from random import Random

from search_spaces.config import SystemConfig
from search_spaces.draft import Draft
from search_spaces.edits import Edits
from search_spaces.operators.landing import landed
from search_spaces.space import SearchSpace

_PARTS = (
    ("role", "prompt", "demonstrations", "tools"),
    ("model", "effort"),
    ("temperature", "top_p", "max_tokens", "samples"),
)
"""The fields of an agent that are inherited together."""


def recombine(a: SystemConfig, b: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """The topology of one parent with agents of both."""
    frame, other = (a, b) if rng.random() < 0.5 else (b, a)
    draft, donors = Draft.of(frame), Draft.of(other)
    for name in draft.workers:
        if rng.random() < 0.5:
            donor = donors.agents[rng.choice(donors.workers)]
            draft.agents[name] = donor.model_copy(update={"name": name})
    maker, donor_maker = draft.answer.by, donors.answer.by
    if maker and donor_maker and rng.random() < 0.5:
        donor = donors.agents[donor_maker]
        draft.agents[maker] = donor.model_copy(update={"name": maker})
    draft.name, draft.description = a.name, a.description
    return landed(a, draft, space)


def borrow_agent(a: SystemConfig, b: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """The first parent with one agent replaced by one of the second."""
    draft, donors = Draft.of(a), Draft.of(b)
    draft.replace(rng.choice(draft.workers), donors.agents[rng.choice(donors.workers)])
    return landed(a, draft, space)


def blend(a: SystemConfig, b: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """The first parent, its agents with words, model or sampling of similar ones of the second."""
    draft = Draft.of(a)
    for name, agent in draft.agents.items():
        alike = [each for each in b.agents if each.role == agent.role] or list(b.agents)
        donor = rng.choice(alike)
        fields = [field for part in _PARTS if rng.random() < 0.4 for field in part]
        inherited = {field: getattr(donor, field) for field in fields}
        draft.agents[name] = agent.model_copy(update=inherited)
    return landed(a, draft, space)
