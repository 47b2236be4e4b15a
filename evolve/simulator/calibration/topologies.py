"""Calibration of five topologies: accuracy, overhead, and when teams stop paying.

After "Towards a science of scaling agent systems" (2025; 180 configurations on four agentic
benchmarks): turns as published there, for one agent, independent agents, agents that debate,
workers below an orchestrator, and such workers that also exchange messages. The world is one of
four domains like those benchmarks'. Its parameters were fitted to the published successes, so these
figures show that the mechanisms can give them together, not that they predict them.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, permutations
from statistics import linear_regression, mean
from typing import NamedTuple

from evolve.answers.reading import normalise
from evolve.models.base import Models
from evolve.runtime.plan import Plans
from evolve.runtime.scheduler import run_system
from evolve.simulator.calibration.figures import Figure
from evolve.simulator.calibration.laboratory import Laboratory, profile
from evolve.simulator.landscape import Domain
from search_spaces.config import Agent, Answer, Edge, SystemConfig

SUCCESS: Mapping[str, float] = {
    "single": 0.466,
    "independent": 0.370,
    "decentralised": 0.477,
    "centralised": 0.463,
    "hybrid": 0.452,
}
OVERHEAD: Mapping[str, int] = {
    "single": 0,
    "independent": 58,
    "decentralised": 263,
    "centralised": 285,
    "hybrid": 515,
}
"""Turns beyond the single agent's, in per cent of them."""

DOMAINS: Mapping[str, Domain] = {
    "finance": Domain(kind="parallel", division=0.3, difficulty=0.88),
    "browsing": Domain(kind="tools", division=0.08, difficulty=0.95),
    "planning": Domain(kind="sequential", division=0.55, difficulty=0.22),
    "office": Domain(kind="tools", division=0.04, difficulty=0.05),
}


_DEBATE = "Check what the others say before you agree with it."
_WORKER = profile(ability=0.372, conformity=0.0775, window=340, false_alarm=0.113)


_COORDINATED = ("decentralised", "centralised", "hybrid")


class Outcome(NamedTuple):
    """The accuracy of a system by domain, and its calls per task."""

    success: Mapping[str, float]
    calls: float

    @property
    def mean(self) -> float:
        """Over domains."""
        return mean(self.success.values())


def systems() -> dict[str, SystemConfig]:
    """The five topologies, with about as many turns as published: 7, 11, 25, 28 and 44."""
    five, six, ten = (_workers(size) for size in (5, 6, 10))
    among = list(permutations(five, 2))
    collector = Agent(name="collector", prompt="Put the reports together into one answer.")
    chief = Agent(
        name="chief", prompt="You direct the work. Verify the reports before you use them."
    )
    return {
        "single": SystemConfig(
            agents=(Agent(name="solver"),), edges=_feedback([("solver", "solver")]), rounds=7
        ),
        "independent": SystemConfig(
            agents=(*_agents(five), collector),
            edges=_feedback((name, name) for name in five),
            rounds=2,
            answer=Answer(mode="summarise", by="collector"),
        ),
        "decentralised": SystemConfig(
            agents=_agents(five, _DEBATE),
            edges=_feedback([*among, *((name, name) for name in five)]),
            rounds=5,
            answer=Answer(mode="vote", sources=tuple(five)),
        ),
        "centralised": _directed(chief, six, rounds=4),
        "hybrid": _directed(chief, ten, rounds=4, talking=True),
    }


def _directed(
    chief: Agent, workers: Sequence[str], rounds: int, talking: bool = False
) -> SystemConfig:
    """Workers that report to an orchestrator and receive its messages, and perhaps each other's."""
    reports = tuple(Edge(source=name, target=chief.name) for name in workers)
    orders = [(chief.name, name) for name in workers]
    peers = list(zip(workers, [*workers[1:], workers[0]], strict=True)) if talking else []
    return SystemConfig(
        agents=(*_agents(workers), chief),
        edges=reports + _feedback([*orders, *peers]),
        rounds=rounds,
        answer=Answer(sources=(chief.name,)),
    )


def outcomes(
    domains: Mapping[str, Domain], questions: int, names: Iterable[str] = tuple(SUCCESS)
) -> dict[str, Outcome]:
    """The results of systems on a number of questions of each domain."""
    laboratory = Laboratory(dict(domains), questions * len(domains))
    models = Models({"worker": laboratory.model(_WORKER)}, "worker")
    return {name: asyncio.run(_outcome(systems()[name], laboratory, models)) for name in names}


async def _outcome(config: SystemConfig, laboratory: Laboratory, models: Models) -> Outcome:
    plan, calls = Plans(models).of(config), 0
    right: dict[str, list[bool]] = {}
    for task, truth, domain in zip(
        laboratory.tasks, laboratory.truths, laboratory.domains, strict=True
    ):
        trace = await run_system(config, task, models, plan=plan)
        calls += trace.usage.calls
        right.setdefault(domain, []).append(normalise(trace.answer or "") == truth)
    return Outcome(
        {domain: mean(found) for domain, found in right.items()}, calls / len(laboratory.tasks)
    )


def _workers(size: int) -> list[str]:
    return [f"worker_{number}" for number in range(1, size + 1)]


def _agents(names: Sequence[str], prompt: str = "") -> tuple[Agent, ...]:
    return tuple(Agent(name=name, prompt=prompt) for name in names)


def _feedback(pairs: Iterable[tuple[str, str]]) -> tuple[Edge, ...]:
    return tuple(Edge(source=source, target=target, kind="feedback") for source, target in pairs)


def five_systems(fast: bool) -> list[Figure]:
    """Success and turns of the five topologies, and how kinds of tasks divide."""
    questions = 150 if fast else 600
    found = outcomes(DOMAINS, questions)
    solved = {name: outcome.mean for name, outcome in found.items()}
    calls = len(DOMAINS) * questions
    figures = [
        _figure(f"success, {name}", SUCCESS[name], solved[name], 0.04, calls) for name in SUCCESS
    ]
    pairs = list(combinations(SUCCESS, 2))
    in_order = sum((solved[a] > solved[b]) == (SUCCESS[a] > SUCCESS[b]) for a, b in pairs)
    figures.append(
        Figure(
            "teams",
            "pairs of them in the published order",
            "10",
            in_order,
            8 if fast else 10,
            10,
            calls,
        )
    )
    alone = found["single"]
    for name, published in OVERHEAD.items():
        overhead = 100 * (found[name].calls / alone.calls - 1)
        figures.append(_figure(f"overhead in turns, {name}", published, overhead, 25, calls, "%"))
    changes = {
        domain: [
            100 * (found[name].success[domain] / alone.success[domain] - 1)
            for name in SUCCESS
            if name != "single"
        ]
        for domain in DOMAINS
    }
    sequential, parallel = changes["planning"], changes["finance"]
    return [
        *figures,
        _figure(
            "sequential tasks, the least that teams lose", -39, max(sequential), 12, calls, "%"
        ),
        _figure("sequential tasks, the most", -70, min(sequential), 12, calls, "%"),
        _figure("parallel tasks, the most that teams gain", 80, max(parallel), 25, calls, "%"),
    ]


def saturation(fast: bool) -> list[Figure]:
    """The accuracy of a single agent above which teams that coordinate stop paying.

    The zero of a line fitted to teams' gains by the accuracy of one agent, over configurations of
    all domains at several difficulties, as published for configurations of four benchmarks. Within
    a domain the line would be much flatter, and its zero unstable.
    """
    questions = 100 if fast else 250
    points = []
    for shift in (-0.9, -0.45, 0.0, 0.45, 0.9):
        domains = {
            name: domain.model_copy(update={"difficulty": domain.difficulty + shift})
            for name, domain in DOMAINS.items()
        }
        found = outcomes(domains, questions, ("single", *_COORDINATED))
        for name in domains:
            alone = found["single"].success[name]
            teams = mean(found[team].success[name] for team in _COORDINATED)
            points.append((alone, teams - alone))
    slope, gain_at_zero = linear_regression(*zip(*points, strict=True))
    count = questions * len(points)
    what = "accuracy of one agent above which teams stop paying"
    falling = "what teams gain, by that accuracy"
    return [
        _figure(what, 0.45, -gain_at_zero / slope, 0.08, count, group="saturation"),
        Figure("saturation", falling, "negative slope", slope, -1, -0.1, count),
    ]


def _figure(
    what: str,
    published: float,
    measured: float,
    off: float,
    samples: int,
    unit: str = "",
    group: str = "teams",
) -> Figure:
    stated = f"{published:g} {unit}".rstrip()
    return Figure(group, what, stated, measured, published - off, published + off, samples, unit)
