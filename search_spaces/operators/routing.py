"""Operators on routers, routes and their conditions."""

from random import Random

from search_spaces.config import SystemConfig
from search_spaces.draft import Draft
from search_spaces.edits import Edits
from search_spaces.operators.edges import with_one_less
from search_spaces.operators.landing import first_landed, has_room, landed, newcomer
from search_spaces.projection import clone
from search_spaces.routes import OTHERWISE
from search_spaces.space import SearchSpace
from search_spaces.wiring import EdgeKind

MAX_WORDS = 3
"""The most words of a random rule."""


def insert_router(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Adds a router before two agents without inputs, or before one and a new one beside it."""
    if len(config.agents) + 1 > space.agents.max:
        return None
    draft = Draft.of(config)
    waiting = {target for _, target in draft.flow}
    starters = [n for n in draft.workers if n not in waiting and n not in draft.subordinates]
    experts = rng.sample(starters, min(2, len(starters)))
    if len(experts) < 2:
        if len(config.agents) + 2 > space.agents.max:
            return None
        experts.append(clone(draft, experts[0]))
        draft.replace(experts[1], newcomer(space, rng, "answers"))
        experts[1] = next(reversed(draft.agents))
    router = draft.add(newcomer(space, rng, "directs")).name
    draft.edges |= {(router, expert, "route") for expert in experts}
    return landed(config, draft, space)


def add_route(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Adds a route to a new agent."""
    pairs = config.arrows("route")
    if not pairs or not has_room(config, space):
        return None
    _, beside = rng.choice(pairs)
    draft = Draft.of(config)
    twin = clone(draft, beside)
    draft.replace(twin, newcomer(space, rng, "answers"))
    return landed(config, draft, space)


def remove_route(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Removes a route; without another one, its target works on every task."""
    return with_one_less(config, "route", space, rng)


def message_to_route(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Turns a message edge into a route."""
    return _retyped(config, "message", "route", space, rng)


def route_to_message(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Turns a route into a message edge."""
    return _retyped(config, "route", "message", space, rng)


def change_condition(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Changes what opens a route: choice, words of the task, or ``else``."""
    routes = [edge for edge in config.edges if edge.kind == "route"]
    if not routes:
        return None
    edge = rng.choice(routes)
    ways = ["", OTHERWISE]
    if space.route_words:
        count = rng.randint(1, min(MAX_WORDS, len(space.route_words)))
        ways.append(f"task: {', '.join(rng.sample(space.route_words, count))}")
    drafts = []
    for way in rng.sample(ways, len(ways)):
        draft = Draft.of(config)
        draft.conditions[edge.source, edge.target] = way
        drafts.append(draft)
    return first_landed(config, drafts, space)


def _retyped(
    config: SystemConfig, old: EdgeKind, new: EdgeKind, space: SearchSpace, rng: Random
) -> Edits | None:
    pairs = config.arrows(old)
    rng.shuffle(pairs)
    drafts = []
    for source, target in pairs:
        draft = Draft.of(config)
        draft.edges -= {(source, target, old)}
        draft.edges |= {(source, target, new)}
        drafts.append(draft)
    return first_landed(config, drafts, space)
