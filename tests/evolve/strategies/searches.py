"""Small searches without tasks or budget: a strategy proposes, a function scores."""

import asyncio
import json
from collections.abc import Callable, Sequence
from random import Random

import numpy as np

from archive.records import Candidate
from evolve.models.base import Models
from evolve.models.scripted import Scripted
from evolve.standings.objective import Objective
from evolve.standings.view import ArchiveView
from evolve.strategies.base import Proposal, Strategy
from search_spaces import library
from search_spaces.config import SystemConfig
from search_spaces.space import SearchSpace
from tests.evolve.strategies.entrants import entrant

SPACE = SearchSpace(models=("small", "large"))
TASKS = 12
SEEDS = ("single", "self_consistency", "critic_solver", "debate")
MODELS = Models(
    {
        "small": Scripted(script={"": "Nothing comes to mind."}),
        "large": Scripted(script={"": "Nothing comes to mind."}),
        "meta": Scripted(script="tests.evolve.strategies.meta_scripts:willing"),
    },
    "small",
)


def seeds(space: SearchSpace, names: Sequence[str] = SEEDS) -> list[Candidate]:
    """Library systems, fitted to a space, each once."""
    fitted = {c.id: c for c in (space.project(library.system(name)) for name in names)}
    return [
        Candidate(number=number, config=config, operator="seed")
        for number, config in enumerate(fitted.values())
    ]


def view_of(
    space: SearchSpace,
    candidates: Sequence[Candidate],
    means: Sequence[float] | None = None,
    evaluations: int = 10,
    cost: float = 0.001,
) -> ArchiveView:
    """A strategy's view; without means, no candidate is evaluated and all means are one half."""
    size, generator = len(candidates), np.random.default_rng(0)
    scores = np.full((size, TASKS), np.nan)
    if means is not None:
        chance = np.asarray(means, dtype=np.float64)[:, None]
        scores = (generator.random((size, TASKS)) < chance).astype(np.float64)
    return ArchiveView(
        space=space,
        objective=Objective(),
        candidates=tuple(candidates),
        mean=np.array([0.5] * size if means is None else means, dtype=np.float64),
        deviation=np.full(size, 0.1),
        cost=np.full(size, np.nan if means is None else cost),
        evaluations=np.full(size, 0 if means is None else evaluations, dtype=np.int64),
        scores=scores,
        spent=np.full(size, evaluations * cost),
    )


def ask(strategy: Strategy, view: ArchiveView, seed: object = 0) -> Proposal | None:
    """Asks a strategy once."""
    return asyncio.run(strategy.ask(view, MODELS, Random(str(seed))))


def search(
    strategy: Strategy,
    score: Callable[[SystemConfig], float],
    steps: int,
    space: SearchSpace = SPACE,
    seed: int = 0,
) -> list[tuple[ArchiveView, Proposal]]:
    """Asks again and again, each time with all that was proposed before and how good it was."""
    candidates = seeds(space)
    history: list[tuple[ArchiveView, Proposal]] = []
    for step in range(steps):
        view = view_of(space, candidates, [score(candidate.config) for candidate in candidates])
        proposal = ask(strategy, view, f"{seed}/{step}")
        if proposal is None:
            continue
        history.append((view, proposal))
        if view.find(proposal.config) is None:
            candidates.append(
                Candidate(
                    number=len(candidates),
                    config=proposal.config,
                    operator=proposal.operator,
                    parents=proposal.parents,
                    choices=dict(proposal.choices),
                )
            )
    return history


def by_id(config: SystemConfig) -> float:
    """An arbitrary deterministic score."""
    return int(config.id, 16) / 16**16


def proposals_as_text(name: str) -> str:
    """All proposals of an entrant in a short search, as text."""
    history = search(entrant(name), by_id, steps=8)
    return json.dumps(
        [
            {
                "config": proposal.config.model_dump(mode="json"),
                "operator": proposal.operator,
                "parents": [parent.model_dump(mode="json") for parent in proposal.parents],
                "choices": dict(proposal.choices),
            }
            for _, proposal in history
        ],
        allow_nan=False,
    )
