"""What all operators share: their signatures, edits from a draft, and new agents."""

from collections.abc import Callable, Iterable
from random import Random
from typing import TypeAlias

from search_spaces.config import Agent, SystemConfig
from search_spaces.draft import Draft
from search_spaces.edits import Edits, diff
from search_spaces.library import Role, RoleKind
from search_spaces.projection import clone
from search_spaces.prompts import compose
from search_spaces.space import SearchSpace

Mutation: TypeAlias = Callable[[SystemConfig, SearchSpace, Random], Edits | None]
"""Returns edits to another configuration of the space; None if it does not apply."""

Crossover: TypeAlias = Callable[[SystemConfig, SystemConfig, SearchSpace, Random], Edits | None]
"""Returns edits of the first parent that take over parts of the second; None likewise."""

MAX_TRIES = 12


def landed(parent: SystemConfig, draft: Draft, space: SearchSpace) -> Edits | None:
    """The edits that lead from the parent to the draft, fitted into the space.

    None if the fitted draft is the parent: then the operator does not apply.
    """
    child = space.fit(draft)
    return None if child.id == parent.id else diff(parent, child)


def first_landed(parent: SystemConfig, drafts: Iterable[Draft], space: SearchSpace) -> Edits | None:
    """The edits to the first of the drafts that differs from the parent."""
    for _, draft in zip(range(MAX_TRIES), drafts, strict=False):
        if edits := landed(parent, draft, space):
            return edits
    return None


def changed(parent: SystemConfig, name: str, space: SearchSpace, **fields: object) -> Edits | None:
    """The edits that set fields of one agent."""
    draft = Draft.of(parent)
    draft.agents[name] = draft.agents[name].model_copy(update=fields)
    return landed(parent, draft, space)


def newcomer(space: SearchSpace, rng: Random, *kinds: RoleKind) -> Agent:
    """A new agent in a random role of these kinds, sometimes with a prompt fragment."""
    roles = space.roles_that(*kinds)
    return cast(rng.choice(roles) if roles else None, space, rng)


def cast(role: Role | None, space: SearchSpace, rng: Random) -> Agent:
    """A new agent in that role, sometimes with a prompt fragment."""
    fragments = space.fragment_options
    chosen = [rng.choice(fragments)] if fragments and rng.random() < 0.5 else []
    return Agent(
        name=role.name if role else "agent",
        role=role.title if role else "",
        prompt=compose(role, chosen),
        samples=space.samples.min,
    )


def has_room(config: SystemConfig, space: SearchSpace) -> bool:
    """Whether one more agent fits into the space."""
    return len(config.agents) < space.agents.max


def give_choice(draft: Draft, space: SearchSpace, rng: Random) -> bool:
    """Ensures that the answer is made from several outputs; returns whether it could."""
    sources = draft.sources
    if len(sources) > 1 or draft.agents[sources[0]].samples > 1:
        return True
    name = sources[0]
    if space.samples.max > 1:
        samples = rng.randint(2, space.samples.max)
        draft.agents[name] = draft.agents[name].model_copy(update={"samples": samples})
    elif len(draft.agents) < space.agents.max:
        clone(draft, name)
    else:
        return False
    return True
