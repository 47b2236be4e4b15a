"""Operators on message and feedback edges."""

from collections.abc import Iterator
from random import Random

from search_spaces.config import SystemConfig
from search_spaces.draft import Draft
from search_spaces.edits import Edits
from search_spaces.operators.landing import first_landed
from search_spaces.space import SearchSpace
from search_spaces.wiring import EdgeKey, EdgeKind


def add_edge(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Adds a message edge."""
    return with_one_more(config, "message", space, rng)


def add_feedback(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Adds a feedback edge, perhaps from an agent to itself."""
    return with_one_more(config, "feedback", space, rng)


def remove_edge(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Removes a message edge."""
    return with_one_less(config, "message", space, rng)


def remove_feedback(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Removes a feedback edge; without any, one round is left."""
    return with_one_less(config, "feedback", space, rng)


def rewire_edge(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Moves one end of an edge to another agent."""
    options = [
        (edge.key, new)
        for edge in config.edges
        for worker in Draft.of(config).workers
        for new in ((worker, edge.target, edge.kind), (edge.source, worker, edge.kind))
    ]
    rng.shuffle(options)
    drafts = (_moved(config, old, new) for old, new in options if old != new)
    return first_landed(config, drafts, space)


def with_one_more(
    config: SystemConfig, kind: EdgeKind, space: SearchSpace, rng: Random
) -> Edits | None:
    """Adds an edge of a kind."""
    workers = Draft.of(config).workers
    present = {edge.key for edge in config.edges}
    options: list[EdgeKey] = [
        (source, target, kind)
        for source in workers
        for target in workers
        if (source, target, kind) not in present
    ]
    rng.shuffle(options)
    return first_landed(config, (_changed(config, set(), {new}) for new in options), space)


def with_one_less(
    config: SystemConfig, kind: EdgeKind, space: SearchSpace, rng: Random
) -> Edits | None:
    """Removes an edge of a kind."""
    options = [edge.key for edge in config.edges if edge.kind == kind]
    rng.shuffle(options)

    def drafts() -> Iterator[Draft]:
        for old in options:
            yield _changed(config, {old}, set())

    return first_landed(config, drafts(), space)


def _moved(config: SystemConfig, old: EdgeKey, new: EdgeKey) -> Draft:
    """A draft with one edge in another place, under the same condition."""
    draft = _changed(config, {old}, {new})
    if when := draft.condition(old):
        draft.conditions[new[:2]] = when
    return draft


def _changed(config: SystemConfig, less: set[EdgeKey], more: set[EdgeKey]) -> Draft:
    draft = Draft.of(config)
    draft.edges = (draft.edges - less) | more
    return draft
