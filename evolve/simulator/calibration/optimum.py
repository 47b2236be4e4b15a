"""The best single agent of a landscape: all instructions, enumerated by the formula.

A model reads from a prompt which ways of working it asks for and which role the agent has. So
there are finitely many prompts for an agent that is asked once, and the expected score of each
follows from item response: Φ(margin/√(1 + variety²)) on questions whose difficulties have that
deviation, times the share of replies that are not refused, have their last line and are not cut
off. The best are then measured by sampling.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from heapq import nlargest
from itertools import combinations, islice, product
from math import exp, inf, log, sqrt
from statistics import mean
from typing import NamedTuple

from archive.records import CostUnit
from evolve import clock
from evolve.answers.reading import normalise
from evolve.models.base import Message, Models, Reply, Request
from evolve.runtime.messages import system_message
from evolve.runtime.plan import Plans
from evolve.runtime.scheduler import run_system
from evolve.simulator.answer_key import Question
from evolve.simulator.answering import ALONE, margin, roles_gain
from evolve.simulator.draws import Noise, share_below
from evolve.simulator.landscape import Domain
from evolve.simulator.lengths import median_tokens
from evolve.simulator.prompt import Prompt, tokens_of
from evolve.simulator.reader import Reading, contradictions, read
from evolve.simulator.remedies import EXPERTS, WORDS
from evolve.simulator.reply_model import CARE
from evolve.simulator.simulated import Simulated
from evolve.simulator.situation import LatentEffect, Situation
from evolve.simulator.vocabulary import Feature, Role
from evolve.tasks.base import Task
from search_spaces.config import Agent, SystemConfig
from search_spaces.errors import ConfigError
from search_spaces.space import SearchSpace

_OF_NO_USE: frozenset[Feature] = frozenset(("independent", "combine"))
"""Ways of using other agents' messages, which a single agent cannot use."""

_TRIED = 100
"""The most agents that are measured to find those that are cheap enough."""

_LINE = 13
"""The approximate number of tokens of an instruction."""

_AVERAGE = LatentEffect(0.0, 0.0, 0.0)


class Alone(NamedTuple):
    """One agent, its instructions and its expected score."""

    expected: float
    model: str | None
    role: Role | None
    features: tuple[Feature, ...]
    cost: float
    """The expected cost of a task."""


class Measured(NamedTuple):
    """An agent with its measured score."""

    alone: Alone
    system: SystemConfig
    score: float
    cost: float
    """The mean cost of a task."""


def best_alone(
    models: Models,
    space: SearchSpace,
    tasks: Sequence[Task],
    top: int,
    cost_at_most: float | None = None,
    unit: CostUnit = "usd",
) -> list[Measured]:
    """The single agents with the highest expected scores, and their measured scores.

    Args:
        models: The models of agents; all of them simulated.
        space: The models and roles that are allowed.
        tasks: The tasks; domains are weighted by their frequency.
        top: The number of agents.
        cost_at_most: The limit of cost per task; agents above it are left out.
        unit: What costs are counted in.

    Raises:
        ConfigError: A model is not simulated.
    """
    cap = inf if cost_at_most is None else cost_at_most
    found = [
        each
        for name in (None, *space.models)
        for each in _of_model(name, _simulated(models, name), space, tasks, unit)
        if each.cost <= cap
    ]
    best = nlargest(_TRIED, found, key=lambda each: each.expected)
    asked = ((each, _system(each)) for each in best)
    measured = (_measured(each, system, models, tasks, unit) for each, system in asked if system)
    return list(islice((each for each in measured if each.cost <= cap), top))


def _simulated(models: Models, name: str | None) -> Simulated:
    model = models[name]
    if not isinstance(model, Simulated):
        raise ConfigError("this needs simulated models, whose response to a prompt is known")
    return model


def _of_model(
    name: str | None, model: Simulated, space: SearchSpace, tasks: Sequence[Task], unit: CostUnit
) -> Iterator[Alone]:
    """All instructions of an agent on a model."""
    world = model.world
    domains = Counter(task.domain if task.domain in world.domains else "" for task in tasks)
    roles = [None, *(role for role, title in EXPERTS.items() if space.allows_role(title))]
    options = sorted(set(WORDS) - _OF_NO_USE)
    ways = [chosen for size in range(len(options) + 1) for chosen in combinations(options, size)]
    expected = dict.fromkeys(product(roles, ways), 0.0)
    costs = dict.fromkeys(ways, 0.0)
    asked = mean(tokens_of(len(task.input.text + task.input.instructions)) for task in tasks)
    for domain, count in domains.items():
        plain = [margin(_instructed(model, world.domain(domain), way), ALONE) for way in ways]
        answered = [_answered(_instructed(model, world.domain(domain), way)) for way in ways]
        for way in ways:
            prompt = asked + _LINE * (1 + len(way))
            instructed = _instructed(model, world.domain(domain), way)
            costs[way] += count / len(tasks) * _cost(model, instructed, prompt, unit)
        deviation = sqrt(1 + world.domain(domain).variety ** 2)
        for role in roles:
            gain = roles_gain(_instructed(model, world.domain(domain), (), role))
            for way, own, share in zip(ways, plain, answered, strict=True):
                right = share_below((own + gain) / deviation)
                expected[role, way] += count / len(tasks) * share * right
    for (role, way), score in expected.items():
        yield Alone(score, name, role, way, costs[way])


def _instructed(
    model: Simulated, domain: Domain, way: Collection[Feature], role: Role | None = None
) -> Situation:
    """An average question of a domain, put to an agent with these instructions."""
    minded = frozenset(way)
    roles = read(f"You are the {EXPERTS[role]}.").roles if role else frozenset[Role]()
    return Situation(
        profile=model.profile,
        landscape=model.world,
        question=Question("", "", "", domain, difficulty=0.0),
        prompt=Prompt(None),
        reading=Reading(minded, roles, contradictions(minded)),
        request=Request((), model.max_tokens),
        solving=_AVERAGE,
        pitfalls=_AVERAGE,
        noise=Noise(b"", 0, 1.0),
        wrong=(),
    )


def _cost(model: Simulated, it: Situation, prompt: float, unit: CostUnit) -> float:
    """The expected cost of a prompt of so many tokens and a reply of log-normal length.

    0 if it is unknown, as the seconds are and USD without a price.
    """
    tokens = min(median_tokens(it) * exp(it.profile.spread**2 / 2), it.request.max_tokens)
    usage = model.usage(Reply("", round(prompt), round(tokens), latency_s=0.0))
    return usage.cost(unit) or 0.0


def _answered(it: Situation) -> float:
    """The share of replies that are not refused, have their last line and are not cut off."""
    profile, room = it.profile, it.request.max_tokens / median_tokens(it)
    slips = profile.malformed * (CARE if "format" in it.reading.features else 1.0)
    whole = share_below(log(room) / profile.spread) if profile.spread else float(room >= 1)
    return (1 - profile.refusals) * (1 - slips) * whole


def _system(alone: Alone) -> SystemConfig | None:
    """The agent with prompts that are parsed as intended; None where there are none."""
    for lines in product(*(WORDS[feature] for feature in alone.features)):
        role = EXPERTS[alone.role] if alone.role else ""
        agent = Agent(name="solver", model=alone.model, role=role, prompt="\n".join(lines))
        (message,) = system_message(agent) or (Message("system", ""),)
        said = read(message.content)
        if said.features == frozenset(alone.features) and not said.contradictions:
            return SystemConfig(agents=(agent,))
    return None


def _measured(
    alone: Alone, system: SystemConfig, models: Models, tasks: Sequence[Task], unit: CostUnit
) -> Measured:
    """Runs the agent on every task."""
    plan = Plans(models).of(system)

    async def asked() -> tuple[float, float]:
        traces = [await run_system(system, task.input, models, plan=plan) for task in tasks]
        pairs = zip(traces, tasks, strict=True)
        right = [normalise(trace.answer) == normalise(str(task.answer)) for trace, task in pairs]
        return mean(right), mean(trace.usage.cost(unit) or 0.0 for trace in traces)

    return Measured(alone, system, *clock.run(asked(), virtual=True))
