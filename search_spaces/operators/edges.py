"""Operators on who hears whom, within a round and from the round before."""

from collections.abc import Iterator
from random import Random

from search_spaces.config import EdgeKind, SystemConfig
from search_spaces.draft import Draft, EdgeKey
from search_spaces.edits import Edits
from search_spaces.operators.landing import first_landed
from search_spaces.space import SearchSpace


def add_edge(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Lets an agent hear another within the round."""
    return _with_one_more(config, "message", space, rng)


def add_feedback(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Lets an agent hear another, or itself, from the round before."""
    return _with_one_more(config, "feedback", space, rng)


def remove_edge(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Takes a message edge away."""
    return _with_one_less(config, "message", space, rng)


def remove_feedback(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Takes a feedback edge away; without any, one round is left."""
    return _with_one_less(config, "feedback", space, rng)


def rewire_edge(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Moves one end of an edge to another agent."""
    options = [
        (edge.key, new)
        for edge in config.edges
        for worker in Draft.of(config).workers
        for new in ((worker, edge.target, edge.kind), (edge.source, worker, edge.kind))
    ]
    rng.shuffle(options)
    drafts = (_changed(config, {old}, {new}) for old, new in options if old != new)
    return first_landed(config, drafts, space)


def _with_one_more(
    config: SystemConfig, kind: EdgeKind, space: SearchSpace, rng: Random
) -> Edits | None:
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


def _with_one_less(
    config: SystemConfig, kind: EdgeKind, space: SearchSpace, rng: Random
) -> Edits | None:
    options = [edge.key for edge in config.edges if edge.kind == kind]
    rng.shuffle(options)

    def drafts() -> Iterator[Draft]:
        for old in options:
            yield _changed(config, {old}, set())

    return first_landed(config, drafts(), space)


def _changed(config: SystemConfig, less: set[EdgeKey], more: set[EdgeKey]) -> Draft:
    draft = Draft.of(config)
    draft.edges = (draft.edges - less) | more
    return draft
