import asyncio
from random import Random

import numpy as np

from archive.records import Candidate, Score, Step, Trace, Usage
from evolve.models.base import Models
from evolve.models.scripted import Scripted
from evolve.standings.objective import Objective
from evolve.standings.view import ArchiveView, Example
from evolve.strategies.parts.base import Turn
from evolve.strategies.parts.proposers.learned_routes import LearnedRoutes
from evolve.tasks.base import TaskInput
from search_spaces.config import SystemConfig
from search_spaces.library import system
from search_spaces.routes import opening, task_features
from search_spaces.space import SearchSpace

SUM, CODE = "How many are 3 and 4?", "def f(x):\n    return x"


def seen(task: str, expert: str, score: float) -> Example:
    step = Step(agent=expert, round=1, sample=0, model="m", text="", usage=Usage())
    trace = Trace(answer="1", steps=(step,))
    return Example(TaskInput(id="1", text=task), "", Score(value=score), "", lambda: trace)


def proposed(examples: list[Example], alpha: float = 1.0) -> SystemConfig:
    parent = Candidate(number=0, config=system("expert_router"), operator="seed")
    one = np.ones(1)
    view = ArchiveView(
        space=SearchSpace(edges=("message", "feedback", "delegate", "route")),
        objective=Objective(),
        candidates=[parent],
        mean=one,
        deviation=one,
        cost=one,
        scores=np.ones((1, 1)),
        spent=one,
        evaluations=np.ones(1, dtype=np.int64),
        examples=lambda number: examples,
    )
    turn = Turn(view, Models({"m": Scripted(script={})}, "m"), Random(0))
    proposal = asyncio.run(LearnedRoutes(alpha=alpha).propose(turn, [parent]))
    assert proposal is not None
    return proposal.config


def chosen(config: SystemConfig, task: str) -> str:
    scores = {
        edge.target: opening(edge.when).learned.score(task_features(task))
        for edge in config.edges
        if edge.kind == "route"
    }
    return max(scores, key=scores.__getitem__)


LEARNED = [
    seen(task, expert, float(good))
    for task, right in ((SUM, "arithmetic"), (CODE, "logic"))
    for expert in ("arithmetic", "logic", "researcher", "generalist")
    for good in [expert == right] * 8
]


def test_each_kind_of_task_goes_to_the_best_agent_on_it() -> None:
    config = proposed(LEARNED, alpha=0.0)
    assert (chosen(config, SUM), chosen(config, CODE)) == ("arithmetic", "logic")


def test_unknown_agents_are_tried() -> None:
    known = [each for each in LEARNED if each.read_trace().steps[0].agent != "researcher"]
    assert chosen(proposed(known, alpha=2.0), SUM) == "researcher"


def test_the_same_results_teach_the_same() -> None:
    assert proposed(LEARNED).id == proposed(list(LEARNED)).id
