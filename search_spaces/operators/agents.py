"""Operators that add, remove, replace and clone agents."""

from random import Random

from search_spaces.config import SystemConfig
from search_spaces.draft import Draft
from search_spaces.edits import Edits
from search_spaces.operators.landing import has_room, landed, newcomer
from search_spaces.projection import clone
from search_spaces.prompts import found_role
from search_spaces.space import SearchSpace


def add_agent(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Adds an agent before another one, or between two that are joined."""
    if not has_room(config, space):
        return None
    draft = Draft.of(config)
    messages = draft.arrows("message")
    if messages and rng.random() < 0.5:
        source, target = rng.choice(messages)
        name = draft.add(newcomer(space, rng, "answers", "reviews")).name
        draft.edges -= {(source, target, "message")}
        draft.edges |= {(source, name, "message"), (name, target, "message")}
    else:
        target = rng.choice(draft.workers)
        name = draft.add(newcomer(space, rng, "answers", "prepares")).name
        draft.edges.add((name, target, "message"))
    return landed(config, draft, space)


def remove_agent(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Removes an agent and joins its predecessors to its successors."""
    draft = Draft.of(config)
    if len(draft.workers) < 2 or len(draft.agents) <= space.agents.min:
        return None
    name = rng.choice(draft.workers)
    messages = draft.arrows("message")
    before = [source for source, target in messages if target == name]
    after = [target for source, target in messages if source == name]
    draft.remove(name)
    draft.edges |= {(source, target, "message") for source in before for target in after}
    kept = [source for source in draft.answer.sources if source != name]
    if len(kept) < len(draft.answer.sources) and not kept:
        kept = before[-1:] if draft.answer.mode == "last" else before
    draft.answer_from(kept)
    return landed(config, draft, space)


def replace_agent(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Replaces an agent by a new one, with a role of the same kind."""
    old = rng.choice(config.agents)
    role = found_role(old)
    new = newcomer(space, rng, role.kind if role else "answers")
    draft = Draft.of(config)
    draft.replace(old.name, new.model_copy(update={"samples": old.samples}))
    return landed(config, draft, space)


def clone_agent(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Adds a copy of an agent with the same edges."""
    if not has_room(config, space):
        return None
    draft = Draft.of(config)
    clone(draft, rng.choice(draft.workers))
    return landed(config, draft, space)
