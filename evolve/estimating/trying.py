"""Trying systems that a search may meet, to see what an evaluation takes.

The run's own strategy proposes them, as it would in the run, from how well the ones before did on
a few tasks. Nothing is kept, and no allocator decides: everybody gets the same few tasks.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random
from typing import NamedTuple

from archive.records import Candidate, Trace
from evolve.executors.base import Executor
from evolve.ledger import Spend
from evolve.models.base import Models
from evolve.runtime.bounds import worst_case
from evolve.seeding import seed_configurations
from evolve.session import models_of, shared_order, toolbox_of
from evolve.settings import RunSettings
from evolve.state import SearchState
from evolve.strategies.base import Proposal
from evolve.tasks.base import Task
from evolve.tasks.files import TaskSet

_SYSTEMS, _TASKS, _CALLS = 40, 8, 1800
"""Systems that are tried, on how many tasks each, and after how many calls no further one is."""

_FRUITLESS = 20
"""Proposals in a row that make nothing new, after which there are no more."""


class Tried(NamedTuple):
    """What one evaluation of a system takes, and how well it does."""

    score: float
    amounts: Mapping[str, float]
    """Averages: evaluations, calls, prompt_tokens, completion_tokens, tokens, seconds, usd where
    it is known, and of every model 'calls NAME' and 'tokens NAME'."""
    worst: Spend
    seed: bool


async def try_systems(settings: RunSettings, tasks: TaskSet) -> list[Tried]:
    """Tries the seeds and what the strategy makes of them, in virtual time."""
    models = models_of(settings)
    toolbox, scorer = toolbox_of(settings), settings.tasks.scorer
    scorer.require()
    executor = settings.executor.bind(models, settings.embedder, scorer, toolbox)
    order = shared_order(tasks, settings)
    state = SearchState(order, settings.budget)
    for number, config in enumerate(seed_configurations(settings)):
        state.add(Candidate(number=number, config=config, operator="seed"))
    found, calls = list[Tried](), 0.0
    while len(found) < len(state.candidates):
        candidate = state.candidates[len(found)]
        amounts, scores = await _try(executor, candidate, order[:_TASKS], models)
        for column, score in enumerate(scores):
            state.standings.tell(candidate.number, column, score, amounts.get("usd"))
        worst = Spend.of(worst_case(candidate.config, tasks.longest, models, toolbox), 1)
        seed = candidate.operator == "seed"
        found.append(Tried(sum(scores) / len(scores), amounts, worst, seed))
        calls += amounts["calls"] * len(scores)
        if len(found) == len(state.candidates) < _SYSTEMS and calls < _CALLS:
            await _propose(settings, state, models)
    await toolbox.close()
    return found


async def _propose(settings: RunSettings, state: SearchState, models: Models) -> None:
    """Adds what the strategy proposes next, unless that is nothing new."""
    for attempt in range(_FRUITLESS):
        number = len(state.candidates)
        rng = Random(f"{settings.seed}/estimate/{number}/{attempt}")
        view = state.view(settings.space, settings.objective)
        made: Proposal | None = await settings.strategy.ask(view, models, rng)
        if made is None:
            return
        if view.find(made.config) is None and not settings.space.check(made.config):
            state.add(
                Candidate(
                    number=number,
                    config=made.config,
                    operator=made.operator,
                    parents=made.parents,
                    choices=dict(made.choices),
                )
            )
            return


async def _try(
    executor: Executor, candidate: Candidate, tasks: Sequence[Task], models: Models
) -> tuple[dict[str, float], list[float]]:
    """What an evaluation takes on average, and the scores."""
    loop = asyncio.get_running_loop()
    started, traces, scores = loop.time(), list[Trace](), list[float]()
    for task in tasks:
        trace = await executor.run(candidate.config, task.input, 0)
        traces.append(trace)
        scores.append((await executor.score(task, trace.answer)).value if trace.answer else 0.0)
    usages = [trace.usage for trace in traces]
    total: dict[str, float] = {
        "evaluations": len(tasks),
        "calls": sum(usage.calls for usage in usages),
        "prompt_tokens": sum(usage.prompt_tokens for usage in usages),
        "completion_tokens": sum(usage.completion_tokens for usage in usages),
        "tokens": sum(usage.tokens for usage in usages),
        "seconds": loop.time() - started,
    }
    prices = [usage.usd for usage in usages if usage.usd is not None]
    if len(prices) == len(usages):
        total["usd"] = sum(prices)
    calls, tokens = Counter[str](), Counter[str]()
    for trace in traces:
        for step in trace.steps:
            calls[step.model] += 1
            tokens[step.model] += step.usage.tokens
    for name in models.names:
        total[f"calls {name}"], total[f"tokens {name}"] = calls[name], tokens[name]
    return {name: amount / len(tasks) for name, amount in total.items()}, scores
