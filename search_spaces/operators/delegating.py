"""Operators on delegation: orchestrators, subordinates and bounds."""

from random import Random

from search_spaces.config import Delegation, SystemConfig
from search_spaces.draft import Draft
from search_spaces.edits import Edits
from search_spaces.operators.edges import with_one_less
from search_spaces.operators.landing import first_landed, has_room, landed, newcomer
from search_spaces.space import SearchSpace
from search_spaces.wiring import EdgeKey, routers


def insert_orchestrator(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Adds an orchestrator that answers and may delegate to the former sources."""
    if not has_room(config, space):
        return None
    draft = Draft.of(config)
    team = draft.sources
    top = draft.add(newcomer(space, rng, "directs")).name
    draft.answer_from([top])
    for name in team:
        _put_below(draft, top, name)
    return landed(config, draft, space)


def add_subordinate(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Adds a subordinate of an agent."""
    if not has_room(config, space):
        return None
    draft = Draft.of(config)
    asking = rng.choice(draft.workers)
    name = draft.add(newcomer(space, rng, "answers", "prepares", "reviews")).name
    draft.edges.add((asking, name, "delegate"))
    return landed(config, draft, space)


def add_delegate(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Adds a delegate edge to an existing agent."""
    workers = Draft.of(config).workers
    pairs = [(a, b) for a in workers for b in workers if a != b]
    rng.shuffle(pairs)
    drafts = []
    for asking, asked in pairs:
        draft = Draft.of(config)
        if asked not in draft.sources and asked != draft.stop.by:
            _put_below(draft, asking, asked)
            drafts.append(draft)
    return first_landed(config, drafts, space)


def remove_delegate(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Removes a delegate edge; a subordinate without any leaves, if the space allows it."""
    return with_one_less(config, "delegate", space, rng)


def message_to_delegate(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Turns a message edge into a delegate edge, if its source sends no other message."""
    pairs = config.arrows("message")
    rng.shuffle(pairs)
    drafts = []
    for source, target in pairs:
        draft = Draft.of(config)
        heard_elsewhere = any(s == source and t != target for s, t in pairs)
        if not heard_elsewhere and source not in draft.answer.sources and source != draft.stop.by:
            _put_below(draft, target, source)
            drafts.append(draft)
    return first_landed(config, drafts, space)


def delegate_to_message(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Turns the delegate edges to a subordinate into message edges."""
    pairs = config.arrows("delegate")
    rng.shuffle(pairs)
    drafts = []
    for asking, asked in pairs:
        draft = Draft.of(config)
        above: set[EdgeKey] = {(s, t, "delegate") for s, t in pairs if t == asked}
        draft.edges = draft.edges - above | {(s, t, "message") for t, s, _ in above}
        if asking not in draft.subordinates:
            drafts.append(draft)
    return first_landed(config, drafts, space)


def change_delegation(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Moves a bound on delegation a little."""
    if not config.arrows("delegate"):
        return None
    draft, now = Draft.of(config), config.delegation
    step = rng.choice((-1, 1))
    if rng.random() < 0.5:
        bounds = Delegation(turns=max(1, min(20, now.turns + step)), calls=now.calls)
    else:
        bounds = Delegation(turns=now.turns, calls=max(1, min(64, now.calls + 2 * step)))
    draft.delegation = bounds
    return landed(config, draft, space)


def _put_below(draft: Draft, asking: str, asked: str) -> None:
    """Makes an agent a subordinate; its message inputs go to the delegating agent."""
    heard = [s for s, t in draft.arrows("message") if t == asked and s != asking]
    draft.edges = {edge for edge in draft.edges if edge[2] == "delegate" or asked not in edge[:2]}
    if asking not in draft.subordinates:
        waited_for = {s for s in heard if s not in routers(draft.edges)}
        draft.edges |= {(source, asking, "message") for source in waited_for}
    draft.edges.add((asking, asked, "delegate"))
