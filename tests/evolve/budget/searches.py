"""A search of two seeds, the second of which asks three times as often, for tests of budgets."""

from typing import NamedTuple

from archive.records import Candidate, Rollout, Score, Trace, Usage
from evolve.budget.affordability import Affordability
from evolve.budget.ledger import Budget
from evolve.budget.worst_case import WorstCases
from evolve.engine.state import SearchState
from evolve.models.base import Model, Models, Price
from evolve.models.scripted import Scripted
from evolve.standings.objective import Objective
from evolve.tasks.base import Task, TaskInput
from search_spaces.config import Agent, SystemConfig

TASK = Task(number=0, split="validation", input=TaskInput(id="t", text="How many?"), answer="1")

LIMIT = 1024
"""Tokens that a reply may have."""


class Paid(Scripted):
    """A scripted model that has to be paid for."""

    @property
    def paid(self) -> bool:
        """Yes."""
        return True


class Guarded(NamedTuple):
    """A search and its cost guard."""

    state: SearchState
    guard: Affordability


def configuration(number: int, samples: int = 1) -> SystemConfig:
    """A single agent that is asked so often."""
    agent = Agent(name="a", prompt=f"Way {number}.", samples=samples)
    return SystemConfig(agents=(agent,))


def guarded(
    budget: Budget,
    *,
    model: type[Model] = Scripted,
    cost_at_most: float | None = None,
    tasks: int = 1,
    sealed: int = 2,
    found: bool = False,
    controls: bool = False,
) -> Guarded:
    """A search in which nothing was evaluated yet; `found`: the second one is no seed."""
    state = SearchState(
        [TASK.model_copy(update={"number": n}) for n in range(tasks)], budget, "usd"
    )
    price = Price(prompt=1.0, completion=1.0)
    models = Models({"one": model(script={"": "Answer: 1"}, price=price, max_tokens=LIMIT)}, "one")
    worst = WorstCases(state.consumption, models, TASK.input)
    for number, samples in enumerate((1, 3)):
        operator = "made" if number and found else "seed"
        one = Candidate(number=number, config=configuration(number, samples), operator=operator)
        state.add(one)
        worst.add(one.config)
    objective = Objective(maximise="score", cost_at_most=cost_at_most)
    guard = Affordability(state, worst, objective, sealed, controls=controls)
    return Guarded(state, guard)


def evaluate(state: SearchState, candidate: int, score: float, task: int = 0) -> None:
    """A candidate is evaluated: ten tokens a call."""
    calls = (1, 3)[candidate]
    usage = Usage(calls=calls, prompt_tokens=9 * calls, completion_tokens=calls, usd=1e-5 * calls)
    observe(state, candidate, score, usage, task)


def observe(state: SearchState, candidate: int, score: float, usage: Usage, task: int = 0) -> None:
    """An evaluation of a candidate came to this."""
    rollout = Rollout(
        decision=state.results_seen,
        position=state.results_seen,
        candidate=candidate,
        task=task,
        score=Score(value=score),
        trace=Trace(answer="1", usage=usage),
        at=state.last_at + 1.0,
    )
    state.observe(rollout, since=state.last_at)
