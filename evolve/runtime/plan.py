"""Everything about running a configuration that does not depend on the task, worked out once."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from evolve.models.base import Model, Models
from evolve.runtime.directing import Colleague, Route, colleagues, options, routes
from evolve.runtime.draws import Draws, share_out
from evolve.runtime.limits import MAX_BYTES_PER_TOKEN
from evolve.runtime.messages import VERDICT, system_message
from evolve.tasks.base import TaskInput
from evolve.tools.base import signature_bytes
from evolve.tools.toolbox import Sizes, Toolbox, ToolLimits
from search_spaces.config import Agent, SystemConfig
from search_spaces.errors import unknown
from search_spaces.wiring import EdgeKind

NEVER = -1
"""Waited for by a seat that does not work in a round: no countdown ends there."""


class Input(NamedTuple):
    """Another agent that is heard, by its seat, and in which ways."""

    source: int
    message: bool
    feedback: bool


@dataclass(frozen=True, slots=True, eq=False)
class Seat:
    """An agent's place in a system; seats are numbered in canonical order."""

    index: int
    agent: Agent
    model_name: str
    model: Model
    max_tokens: int
    draws: Draws
    inputs: tuple[Input, ...]
    """Whom it hears, in canonical order; its own last turn is no message."""
    routers: tuple[int, ...]
    """Who decides whether it works, in canonical order."""
    listeners: tuple[int, ...]
    """Who waits for it within the round, in canonical order."""
    is_source: bool
    approves: bool
    colleagues: tuple[Colleague, ...]
    """Whom it may ask."""
    routes: tuple[Route, ...]
    """The ways that it may open."""
    options: str
    """What it is asked as a router that may choose."""
    silent: bool
    """Whether nobody needs its words: a router by rules on the task is not asked at all."""
    functions: Sizes | None
    """How much tools and colleagues add to its prompts; None if it has neither."""
    limits: ToolLimits
    """How often it may use them in a turn."""

    @property
    def waits_for(self) -> set[int]:
        """Whom it waits for within a round."""
        return {heard.source for heard in self.inputs if heard.message} | set(self.routers)

    @property
    def limit(self) -> int:
        """How many bytes of a text of its are passed on."""
        return MAX_BYTES_PER_TOKEN * self.max_tokens

    def closing(self, task: TaskInput) -> str | None:
        """What its prompt ends with; None asks for the task's own answer format."""
        if self.options:
            return self.options
        if not self.approves:
            return None
        # An approving agent whose output also makes the answer has to give both.
        return f"{task.instructions}\n\n{VERDICT}".lstrip() if self.is_source else VERDICT


class Schedule(NamedTuple):
    """Who works in a round."""

    works: tuple[int, ...]
    """Seats, in canonical order."""
    waiting: tuple[int, ...]
    """For every seat, how many others it has to wait for; NEVER if it does not work."""
    ready: tuple[int, ...]
    """Those who wait for nobody."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """How a configuration is run on any task."""

    config: SystemConfig
    seats: tuple[Seat, ...]
    sources: tuple[int, ...]
    """Whose outputs make the answer, in canonical order."""
    by: int | None
    """Who judges or summarises after the rounds."""
    first: Schedule
    again: Schedule
    last: Schedule
    """Who works when no other round follows: only those whom the answer's sources still hear."""
    toolbox: Toolbox
    requests: int
    """How many requests all orchestrators together may make in a round."""

    def schedule(self, round_number: int) -> Schedule:
        """Who works in a round, counted from 1."""
        if round_number == 1:
            return self.first
        return self.last if round_number == self.config.rounds else self.again

    def later_turns(self, seat: int) -> int:
        """In how many rounds after the first a seat works at most."""
        rounds = range(2, self.config.rounds + 1)
        return sum(seat in self.schedule(number).works for number in rounds)


class Plans:
    """Remembers the plans of the configurations that were run last."""

    def __init__(self, models: Models, toolbox: Toolbox | None = None, size: int = 1024) -> None:
        """Starts with none.

        Args:
            models: What the configurations run on.
            toolbox: The tools that their agents may name.
            size: How many plans to keep.
        """
        self._models = models
        self._toolbox = toolbox
        self._size = size
        self._plans: dict[int, Plan] = {}

    def of(self, config: SystemConfig) -> Plan:
        """The plan of a configuration.

        Raises:
            ConfigError: As for `make_plan`.
        """
        # By identity, since hashing a large configuration costs more than running it. A plan holds
        # its configuration, so no other object can take on the same identity meanwhile.
        plan = self._plans.pop(id(config), None) or make_plan(config, self._models, self._toolbox)
        self._plans[id(config)] = plan
        if len(self._plans) > self._size:
            del self._plans[next(iter(self._plans))]
        return plan


def make_plan(config: SystemConfig, models: Models, toolbox: Toolbox | None = None) -> Plan:
    """Works out how a configuration is run.

    Raises:
        ConfigError: An agent's model or tool is none of the run.
    """
    toolbox = toolbox or Toolbox({})
    index = {name: position for position, name in enumerate(config.canonical_names)}
    seats = _Seating(config, models, toolbox, index).seats()
    by = None if config.answer.by is None else index[config.answer.by]
    below = {each.seat for seat in seats for each in seat.colleagues}
    again = _working_again(seats, [index[target] for _, target in config.arrows("feedback")])
    return Plan(
        config=config,
        seats=seats,
        sources=tuple(seat.index for seat in seats if seat.is_source),
        by=by,
        first=_schedule(seats, set(range(len(seats))) - {by} - below),
        again=_schedule(seats, again),
        last=_schedule(seats, again & _waited_for_by_sources(seats)),
        toolbox=toolbox,
        requests=_requests(config),
    )


def _requests(config: SystemConfig) -> int:
    asking = {source for source, _ in config.arrows("delegate")}
    samples = sum(agent.samples for agent in config.agents if agent.name in asking)
    return samples * config.delegation.calls


class _Seating:
    """Gives every agent its seat."""

    def __init__(
        self, config: SystemConfig, models: Models, toolbox: Toolbox, index: Mapping[str, int]
    ) -> None:
        self.config = config
        self.models = models
        self.toolbox = toolbox
        self.agents = [config.agent(name) for name in config.canonical_names]
        for agent in self.agents:
            if agent.model is not None and agent.model not in models.names:
                raise unknown("model", agent.model, models.names)
        self.colleagues = colleagues(config, self.agents, index)
        self.routes = routes(config, index, len(self.agents))
        self.by_message: list[set[int]] = [set() for _ in self.agents]
        self.by_feedback: list[set[int]] = [set() for _ in self.agents]
        self.by_route: list[set[int]] = [set() for _ in self.agents]
        self.listeners: list[set[int]] = [set() for _ in self.agents]
        for source, target, kind in config.edge_keys:
            if kind != "delegate":
                self._join(index[source], index[target], kind)

    def _join(self, source: int, target: int, kind: EdgeKind) -> None:
        if kind == "feedback":
            self.by_feedback[target].add(source)
            return
        (self.by_message if kind == "message" else self.by_route)[target].add(source)
        self.listeners[source].add(target)

    def seats(self) -> tuple[Seat, ...]:
        """All seats, in canonical order."""
        config, models = self.config, self.models
        # Each round has as many draws as there may be requests, besides the turn of the round.
        draws = share_out(
            ((_signature(agent, models), agent.samples) for agent in self.agents),
            config.rounds * (1 + _requests(config)),
        )
        sources = set(config.sources)
        return tuple(
            Seat(
                index=position,
                agent=agent,
                model_name=models.default if agent.model is None else agent.model,
                model=models[agent.model],
                max_tokens=_max_tokens(agent, models),
                draws=draws[position],
                inputs=self._inputs(position),
                routers=tuple(sorted(self.by_route[position])),
                listeners=tuple(sorted(self.listeners[position])),
                is_source=agent.name in sources,
                approves=agent.name == config.stop.by,
                colleagues=self.colleagues[position],
                routes=self.routes[position],
                options=options(self.routes[position], self.agents),
                silent=self._is_silent(position),
                functions=self._functions(position),
                limits=self._limits(position),
            )
            for position, agent in enumerate(self.agents)
        )

    def _inputs(self, position: int) -> tuple[Input, ...]:
        messages, feedback = self.by_message[position], self.by_feedback[position]
        return tuple(
            Input(source, source in messages, source in feedback)
            for source in sorted((messages | feedback) - {position})
        )

    def _is_silent(self, position: int) -> bool:
        """Whether it is a router by rules on the task whom nobody hears besides."""
        ways = self.routes[position]
        heard = any(position in sources for sources in (*self.by_message, *self.by_feedback))
        needed = any(way.opening.kind in ("choice", "output") for way in ways)
        posts = self.agents[position].memory == "shared"
        return bool(ways) and not (heard or needed or posts or self.colleagues[position])

    def _functions(self, position: int) -> Sizes | None:
        agent, asked = self.agents[position], self.colleagues[position]
        if not agent.tools and not asked:
            return None
        tools = self.toolbox.sizes(agent.tools)
        told = sum(signature_bytes(each.signature) + 1 for each in asked)
        limits = (
            MAX_BYTES_PER_TOKEN * _max_tokens(self.agents[a.seat], self.models) for a in asked
        )
        return Sizes(tools.definitions + told, max((tools.output, *limits)))

    def _limits(self, position: int) -> ToolLimits:
        """Those of tools; an agent that delegates has its turns for both."""
        limits, bounds = self.toolbox.limits, self.config.delegation
        if not self.colleagues[position]:
            return limits
        calls = bounds.calls + (limits.calls if self.agents[position].tools else 0)
        return ToolLimits(rounds=bounds.turns, calls=min(200, calls))


def _max_tokens(agent: Agent, models: Models) -> int:
    return agent.max_tokens or models[agent.model].max_tokens


def _signature(agent: Agent, models: Models) -> Hashable:
    """What is the same in two agents whose requests could be the same."""
    return (
        tuple(system_message(agent)),
        tuple((shown.question, shown.answer) for shown in agent.demonstrations),
        models[agent.model].identity,
        agent.temperature,
        agent.top_p,
        agent.effort,
        _max_tokens(agent, models),
        agent.tools,
    )


def _working_again(seats: tuple[Seat, ...], hearing: Iterable[int]) -> set[int]:
    """Who works in the second round and later: who hears something new."""
    found: set[int] = set()
    frontier = list(hearing)
    while frontier:
        seat = frontier.pop()
        if seat not in found:
            found.add(seat)
            frontier += seats[seat].listeners
    return found


def _waited_for_by_sources(seats: tuple[Seat, ...]) -> set[int]:
    """The sources of the answer, and whoever they wait for within a round, directly or not."""
    found: set[int] = set()
    frontier = [seat.index for seat in seats if seat.is_source]
    while frontier:
        seat = frontier.pop()
        if seat not in found:
            found.add(seat)
            frontier += seats[seat].waits_for
    return found


def _schedule(seats: tuple[Seat, ...], works: set[int]) -> Schedule:
    waiting = tuple(len(seat.waits_for & works) if seat.index in works else NEVER for seat in seats)
    order = tuple(sorted(works))
    return Schedule(order, waiting, tuple(seat for seat in order if not waiting[seat]))
