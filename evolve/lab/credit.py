"""Credit: what each agent and each edge of a system adds to its score.

Leave-one-out: the score with all less the score without one, on the same tasks. Shapley values: the
mean of what a player adds to those before it, over random orders (Castro, Gómez and Tejada, 2009),
each order on one task. An empty system scores 0.
"""

from collections.abc import Iterable, Sequence
from random import Random
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from archive.store import Archive
from evolve.budget.ledger import Budget
from evolve.engine.evaluation import score_on
from evolve.errors import BudgetError
from evolve.evidence.intervals import difference_interval
from evolve.runfile.settings import RunSettings
from search_spaces.config import SystemConfig
from search_spaces.draft import Draft
from search_spaces.space import SearchSpace
from search_spaces.wiring import EdgeKey

Method = Literal["leave_one_out", "shapley"]
Player: TypeAlias = str | EdgeKey
"""An agent's name, or an edge."""

LEAST = 2
"""The least number of comparisons of a player: fewer have no interval."""


class Credit(NamedTuple):
    """What a player adds to the score, with its 95 % interval, and the number of comparisons."""

    player: str
    mean: float
    interval: tuple[float, float]
    comparisons: int


class Question(NamedTuple):
    """A comparison on one task: the score with a player less the score without it."""

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
    """Measures what every player adds, within a number of task evaluations.

    Args:
        settings: The settings with the validation tasks and models.
        archive: The archive to which the evaluations are added, as a run of their own.
        config: The system.
        method: How credit is measured.
        evaluations: How many task evaluations it may take.

    Raises:
        BudgetError: They do not suffice for two comparisons of every player.
        OutageError: A model's endpoint does not answer.
    """
    members = players(config)
    tasks = len(settings.tasks.load(settings.seed).validation)
    ask = _leave_one_out if method == "leave_one_out" else _shapley
    questions = ask(members, tasks, evaluations, Random(f"{settings.seed}/credit/{config.id}"))
    if len(questions) < LEAST * len(members):
        raise BudgetError(
            f"{evaluations} evaluations do not suffice for {LEAST} comparisons of each of "
            f"{len(members)} agents and edges; allow at least {LEAST * (len(members) + 1)}"
        )
    wanted = [
        (without(config, members, group, settings.space), question.task)
        for question in questions
        for group in (question.having, question.lacking)
        if any(isinstance(player, str) for player in group)
    ]
    bounded = settings.model_copy(update={"budget": Budget(evaluations=evaluations)})
    scores = score_on(bounded, archive, f"{settings.name}-credit", wanted)

    def score(group: frozenset[Player], task: int) -> float | None:
        if not any(isinstance(player, str) for player in group):
            return 0.0
        return scores.get((without(config, members, group, settings.space).id, task))

    added: dict[Player, list[float]] = {player: [] for player in members}
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
    members: Sequence[Player],
    group: frozenset[Player],
    space: SearchSpace,
) -> SystemConfig:
    """The system of a group alone, repaired where it would not work."""
    draft = Draft.of(config)
    for player in members:
        if player in group:
            continue
        if not isinstance(player, str):
            draft.edges.discard(player)
        elif len(draft.agents) > 1:
            draft.remove(player)
    return config if group == frozenset(members) else space.fit(draft)


def _leave_one_out(
    members: Sequence[Player], tasks: int, evaluations: int, rng: Random
) -> list[Question]:
    whole = frozenset(members)
    count = min(tasks, evaluations // (len(members) + 1))
    return [
        Question(player, whole, whole - {player}, task)
        for task in rng.sample(range(tasks), count)
        for player in members
    ]


def _shapley(
    members: Sequence[Player], tasks: int, evaluations: int, rng: Random
) -> list[Question]:
    questions = []
    for _ in range(evaluations // len(members)):
        order, task = rng.sample(list(members), len(members)), rng.randrange(tasks)
        before = frozenset[Player]()
        for player in order:
            questions.append(Question(player, before | {player}, before, task))
            before |= {player}
    return questions


def _credit(player: Player, added: Iterable[float]) -> Credit:
    values = list(added)
    name = player if isinstance(player, str) else f"{player[0]} → {player[1]} ({player[2]})"
    return Credit(name, float(np.mean(values)), difference_interval(values), len(values))
