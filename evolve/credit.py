"""Who deserves the credit: what each agent and each edge of a system adds to its score.

Leave-one-out: the score with all less the score without one, on the same tasks. Shapley values: the
mean of what somebody adds to those before it over random orders (Castro, Gómez and Tejada, 2009),
each order on one task. A system of nobody scores 0.
"""

from collections.abc import Iterable, Sequence
from random import Random
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from archive.store import Archive
from evolve.errors import BudgetError
from evolve.intervals import difference_interval
from evolve.ledger import Budget
from evolve.run import score_on
from evolve.settings import RunSettings
from search_spaces.config import SystemConfig
from search_spaces.draft import Draft
from search_spaces.space import SearchSpace
from search_spaces.wiring import EdgeKey

Method = Literal["leave_one_out", "shapley"]
Player: TypeAlias = str | EdgeKey
"""An agent's name, or an edge."""

LEAST = 2
"""How many comparisons of somebody there must be: fewer have no interval."""


class Credit(NamedTuple):
    """What somebody adds to the score, with its 95 % interval, from so many comparisons."""

    player: str
    mean: float
    interval: tuple[float, float]
    comparisons: int


class Question(NamedTuple):
    """A comparison to make on one task: the score with somebody less the score without."""

    player: Player
    having: frozenset[Player]
    lacking: frozenset[Player]
    task: int


def give_credit(
    settings: RunSettings,
    archive: Archive,
    config: SystemConfig,
    method: Method,
    evaluations: int,
) -> list[Credit]:
    """Measures what everybody adds, within a number of task evaluations.

    Args:
        settings: Whose validation tasks and models to use.
        archive: Where the evaluations are kept, as a run of their own.
        config: The system.
        method: How credit is given.
        evaluations: How many task evaluations it may take.

    Raises:
        BudgetError: They do not suffice for two comparisons of everybody.
        OutageError: A model's endpoint does not serve.
    """
    everybody = players(config)
    tasks = len(settings.tasks.load(settings.seed).validation)
    ask = _leave_one_out if method == "leave_one_out" else _shapley
    questions = ask(everybody, tasks, evaluations, Random(f"{settings.seed}/credit/{config.id}"))
    if len(questions) < LEAST * len(everybody):
        raise BudgetError(
            f"{evaluations} evaluations do not suffice for {LEAST} comparisons of each of "
            f"{len(everybody)} agents and edges; allow at least {LEAST * (len(everybody) + 1)}"
        )
    wanted = [
        (without(config, everybody, group, settings.space), question.task)
        for question in questions
        for group in (question.having, question.lacking)
        if any(isinstance(player, str) for player in group)
    ]
    bounded = settings.model_copy(update={"budget": Budget(evaluations=evaluations)})
    scores = score_on(bounded, archive, f"{settings.name}-credit", wanted)

    def score(group: frozenset[Player], task: int) -> float | None:
        if not any(isinstance(player, str) for player in group):
            return 0.0
        return scores.get((without(config, everybody, group, settings.space).id, task))

    added: dict[Player, list[float]] = {player: [] for player in everybody}
    for player, having, lacking, task in questions:
        more, less = score(having, task), score(lacking, task)
        if more is not None and less is not None:
            added[player].append(more - less)
    known = [(player, values) for player, values in added.items() if len(values) >= LEAST]
    return sorted((_credit(*each) for each in known), key=lambda each: -each.mean)


def players(config: SystemConfig) -> list[Player]:
    """The agents of a system and its edges."""
    return [*(agent.name for agent in config.agents), *(edge.key for edge in config.edges)]


def without(
    config: SystemConfig,
    everybody: Sequence[Player],
    group: frozenset[Player],
    space: SearchSpace,
) -> SystemConfig:
    """The system of a group alone, put right where it would not work."""
    draft = Draft.of(config)
    for player in everybody:
        if player in group:
            continue
        if not isinstance(player, str):
            draft.edges.discard(player)
        elif len(draft.agents) > 1:
            draft.remove(player)
    return config if group == frozenset(everybody) else space.fit(draft)


def _leave_one_out(
    everybody: Sequence[Player], tasks: int, evaluations: int, rng: Random
) -> list[Question]:
    whole = frozenset(everybody)
    count = min(tasks, evaluations // (len(everybody) + 1))
    return [
        Question(player, whole, whole - {player}, task)
        for task in rng.sample(range(tasks), count)
        for player in everybody
    ]


def _shapley(
    everybody: Sequence[Player], tasks: int, evaluations: int, rng: Random
) -> list[Question]:
    questions = []
    for _ in range(evaluations // len(everybody)):
        order, task = rng.sample(list(everybody), len(everybody)), rng.randrange(tasks)
        before = frozenset[Player]()
        for player in order:
            questions.append(Question(player, before | {player}, before, task))
            before |= {player}
    return questions


def _credit(player: Player, added: Iterable[float]) -> Credit:
    values = list(added)
    name = player if isinstance(player, str) else f"{player[0]} → {player[1]} ({player[2]})"
    return Credit(name, float(np.mean(values)), difference_interval(values), len(values))
