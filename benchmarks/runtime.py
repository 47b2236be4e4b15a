"""Overhead of the runtime: `python -m benchmarks.runtime`.

Own time per agent call: systems of 100 agents on a model that answers at once; process time less
that of the bare calls. Branches at once: trees on a model that takes 50 ms, in wall time.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

from evolve.models.base import Model, Models, Reply, Request
from evolve.runtime.plan import Plan, make_plan
from evolve.runtime.scheduler import run_system
from evolve.tasks.base import TaskInput
from search_spaces.config import Agent, Answer, Edge, SystemConfig
from search_spaces.topologies import chain, layered, star, tree
from search_spaces.wiring import EdgeKey

TASK = TaskInput(id="1", text="What is 6 times 7?", instructions="End with 'Answer: …'.")
AGENTS = 100
REPEATS = 30


class Instant(Model):
    """Answers at once, or after a while in real time."""

    waits_s: float = 0.0

    async def complete(self, request: Request) -> Reply:
        """The same reply to everything."""
        if self.waits_s:
            await asyncio.sleep(self.waits_s)
        return Reply("It is six times seven.\nAnswer: 42", 10, 10, self.waits_s)


def system(edges: set[EdgeKey], size: int, mode: str = "last") -> SystemConfig:
    return SystemConfig(
        agents=tuple(Agent(name=name, role=name, prompt="Solve it.") for name in names(size)),
        edges=tuple(Edge(source=s, target=t, kind=kind) for s, t, kind in edges),
        answer=Answer.model_validate({"mode": mode}),
    )


def names(size: int) -> list[str]:
    return [f"a{number:03}" for number in range(size)]


def routed(size: int) -> SystemConfig:
    """A router by rule, which selects all agents but the last."""
    edges = tuple(
        Edge(source=names(size)[0], target=name, kind="route", when="task: times")
        for name in names(size)[1:-1]
    )
    last = Edge(source=names(size)[0], target=names(size)[-1], kind="route", when="else")
    agents = tuple(Agent(name=name, role=name, prompt="Solve it.") for name in names(size))
    return SystemConfig(agents=agents, edges=(*edges, last), answer=Answer(mode="vote"))


async def own_time(plan: Plan, models: Models) -> float:
    """Microseconds of process time for each model call that are the runtime's own."""
    calls, model = 0, models[None]
    began = time.process_time()
    for _ in range(REPEATS):
        calls += (await run_system(plan.config, TASK, models, plan=plan)).usage.calls
    whole = time.process_time() - began
    bare = await _timed(lambda: model.complete(Request(messages=(), max_tokens=1)), calls)
    return 1e6 * (whole - bare) / calls


async def _timed(call: Callable[[], Awaitable[Reply]], times: int) -> float:
    began = time.process_time()
    for _ in range(times):
        await call()
    return time.process_time() - began


async def wall_time(config: SystemConfig, models: Models) -> float:
    """Seconds that a system takes."""
    plan = make_plan(config, models)
    began = time.perf_counter()
    await run_system(config, TASK, models, plan=plan)
    return time.perf_counter() - began


def main() -> None:
    instant, slow = (Models({"m": Instant(waits_s=s)}, "m") for s in (0.0, 0.05))
    shapes = {
        "chain": system(chain(names(AGENTS)), AGENTS),
        "tree": system(tree(names(AGENTS)), AGENTS),
        "star": system(star(names(AGENTS)), AGENTS),
        "layered": system(layered(names(AGENTS)), AGENTS),
        "independent": system(set(), AGENTS, "vote"),
        "routed": routed(AGENTS),
    }
    for name, config in shapes.items():
        plan = make_plan(config, instant)
        taken = min(asyncio.run(own_time(plan, instant)) for _ in range(3))
        print(f"{name}, {AGENTS} agents: {taken:.1f} µs of the runtime's own per agent call")
    for size, depth in ((3, 2), (7, 3), (31, 5)):
        wall = asyncio.run(wall_time(system(tree(names(size)), size), slow))
        print(f"tree of {size} agents at 50 ms a call: {wall:.3f} s for a depth of {depth}")


if __name__ == "__main__":
    main()
