"""The best single agent of a landscape: all that it can be told, enumerated by the formula.

A model reads from a prompt which ways of working it asks for and who the agent is said to be. So
there are finitely many prompts for an agent that is asked once, and what each is expected to score
follows from item response: Φ(margin/√(1 + variety²)) on questions whose difficulties have that
deviation, times the share of replies that are not refused, have their last line and are not cut
off. The best are then measured by asking.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from heapq import nlargest
from itertools import combinations, islice, product
from math import exp, inf, log, sqrt
from statistics import mean
from typing import NamedTuple

from evolve import clock
from evolve.answers import normalise
from evolve.models.base import Message, Models, Request
from evolve.models.simulated import Simulated
from evolve.models.simulated.answer_key import Question
from evolve.models.simulated.answering import ALONE, margin, roles_gain
from evolve.models.simulated.draws import Luck, share_below
from evolve.models.simulated.landscape import Domain
from evolve.models.simulated.lengths import median_tokens
from evolve.models.simulated.mind import CARE
from evolve.models.simulated.prompt import Prompt, tokens_of
from evolve.models.simulated.reader import Reading, contradictions, read
from evolve.models.simulated.remedies import EXPERTS, WORDS
from evolve.models.simulated.situation import Bent, Situation
from evolve.models.simulated.vocabulary import Feature, Role
from evolve.runtime.messages import system_message
from evolve.runtime.plan import Plans
from evolve.runtime.scheduler import run_system
from evolve.tasks.base import Task
from search_spaces.config import Agent, SystemConfig
from search_spaces.errors import ConfigError
from search_spaces.space import SearchSpace

_OF_NO_USE: frozenset[Feature] = frozenset(("independent", "combine"))
"""Ways of dealing with what others say, which one who hears nobody cannot use."""

_TRIED = 100
"""How many agents are asked at most, to find those that are cheap enough."""

_LINE = 13
"""Tokens of an instruction, about."""

_AVERAGE = Bent(0.0, 0.0, 0.0)


class Alone(NamedTuple):
    """One agent, what it is told and what that is expected to score."""

    expected: float
    model: str | None
    role: Role | None
    features: tuple[Feature, ...]
    usd: float
    """What a task is expected to cost."""


class Measured(NamedTuple):
    """The same, asked."""

    alone: Alone
    system: SystemConfig
    score: float
    usd: float
    """The mean cost of a task."""


def best_alone(
    models: Models,
    space: SearchSpace,
    tasks: Sequence[Task],
    top: int,
    cost_at_most: float | None = None,
) -> list[Measured]:
    """The single agents that are expected to score highest, and what they do score.

    Args:
        models: What agents may run on; all of them simulated.
        space: Which models and roles they may have.
        tasks: What to ask; their domains count as often as they come.
        top: How many agents.
        cost_at_most: What a task may cost; whoever costs more is left out.

    Raises:
        ConfigError: A model is not simulated.
    """
    cap = inf if cost_at_most is None else cost_at_most
    found = [
        each
        for name in (None, *space.models)
        for each in _of_model(name, _simulated(models, name), space, tasks)
        if each.usd <= cap
    ]
    best = nlargest(_TRIED, found, key=lambda each: each.expected)
    asked = ((each, _system(each)) for each in best)
    measured = (_measured(each, system, models, tasks) for each, system in asked if system)
    return list(islice((each for each in measured if each.usd <= cap), top))


def _simulated(models: Models, name: str | None) -> Simulated:
    model = models[name]
    if not isinstance(model, Simulated):
        raise ConfigError("only of simulated models is it known what they make of a prompt")
    return model


def _of_model(
    name: str | None, model: Simulated, space: SearchSpace, tasks: Sequence[Task]
) -> Iterator[Alone]:
    """All that an agent on a model can be told."""
    world = model.world
    domains = Counter(task.domain if task.domain in world.domains else "" for task in tasks)
    roles = [None, *(role for role, title in EXPERTS.items() if space.allows_role(title))]
    options = sorted(set(WORDS) - _OF_NO_USE)
    ways = [chosen for size in range(len(options) + 1) for chosen in combinations(options, size)]
    expected = dict.fromkeys(product(roles, ways), 0.0)
    usd = dict.fromkeys(ways, 0.0)
    asked = mean(tokens_of(len(task.input.text + task.input.instructions)) for task in tasks)
    for domain, count in domains.items():
        plain = [margin(_told(model, world.domain(domain), way), ALONE) for way in ways]
        answered = [_answered(_told(model, world.domain(domain), way)) for way in ways]
        for way in ways:
            prompt = asked + _LINE * (1 + len(way))
            told = _told(model, world.domain(domain), way)
            usd[way] += count / len(tasks) * _usd(model, told, prompt)
        deviation = sqrt(1 + world.domain(domain).variety ** 2)
        for role in roles:
            gain = roles_gain(_told(model, world.domain(domain), (), role))
            for way, own, share in zip(ways, plain, answered, strict=True):
                right = share_below((own + gain) / deviation)
                expected[role, way] += count / len(tasks) * share * right
    for (role, way), score in expected.items():
        yield Alone(score, name, role, way, usd[way])


def _told(
    model: Simulated, domain: Domain, way: Collection[Feature], role: Role | None = None
) -> Situation:
    """An average question of a domain, put to an agent that is told so."""
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
        luck=Luck(b"", 0, 1.0),
        wrong=(),
    )


def _usd(model: Simulated, it: Situation, prompt: float) -> float:
    """The expected cost of a prompt of so many tokens and a reply of log-normal length."""
    tokens = min(median_tokens(it) * exp(it.profile.spread**2 / 2), it.request.max_tokens)
    return model.price.usd(round(prompt), round(tokens)) if model.price else 0.0


def _answered(it: Situation) -> float:
    """The share of replies that are not refused, have their last line and are not cut off."""
    profile, room = it.profile, it.request.max_tokens / median_tokens(it)
    slips = profile.malformed * (CARE if "format" in it.reading.features else 1.0)
    whole = share_below(log(room) / profile.spread) if profile.spread else float(room >= 1)
    return (1 - profile.refusals) * (1 - slips) * whole


def _system(alone: Alone) -> SystemConfig | None:
    """The agent, in words that are read as they are meant; None where there are none."""
    for lines in product(*(WORDS[feature] for feature in alone.features)):
        role = EXPERTS[alone.role] if alone.role else ""
        agent = Agent(name="solver", model=alone.model, role=role, prompt="\n".join(lines))
        (message,) = system_message(agent) or (Message("system", ""),)
        said = read(message.content)
        if said.features == frozenset(alone.features) and not said.contradictions:
            return SystemConfig(agents=(agent,))
    return None


def _measured(
    alone: Alone, system: SystemConfig, models: Models, tasks: Sequence[Task]
) -> Measured:
    """Asks the agent every task."""
    plan = Plans(models).of(system)

    async def asked() -> tuple[float, float]:
        traces = [await run_system(system, task.input, models, plan=plan) for task in tasks]
        pairs = zip(traces, tasks, strict=True)
        right = [normalise(trace.answer) == normalise(str(task.answer)) for trace, task in pairs]
        return mean(right), mean(trace.usage.usd or 0.0 for trace in traces)

    return Measured(alone, system, *clock.run(asked(), virtual=True))
