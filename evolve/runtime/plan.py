"""Everything about running a configuration that does not depend on the task, worked out once."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from evolve.models.base import Model, Models
from evolve.runtime.draws import Draws, share_out
from evolve.runtime.limits import MAX_BYTES_PER_TOKEN
from evolve.runtime.messages import VERDICT, system_message
from evolve.tasks.base import TaskInput
from evolve.tools.toolbox import Sizes, Toolbox
from search_spaces.config import Agent, SystemConfig
from search_spaces.errors import unknown

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
    listeners: tuple[int, ...]
    """Who hears it within the round, in canonical order."""
    is_source: bool
    approves: bool
    tools: Sizes | None
    """How much its tools add to its prompts; None if it has none."""

    @property
    def limit(self) -> int:
        """How many bytes of a text of its are passed on."""
        return MAX_BYTES_PER_TOKEN * self.max_tokens

    def closing(self, task: TaskInput) -> str | None:
        """What its prompt ends with; None asks for the task's own answer format."""
        if not self.approves:
            return None
        # An approving agent whose output also makes the answer has to give both.
        return f"{task.instructions}\n\n{VERDICT}".lstrip() if self.is_source else VERDICT


class Schedule(NamedTuple):
    """Who works in a round."""

    works: tuple[int, ...]
    """Seats, in canonical order."""
    waiting: tuple[int, ...]
    """For every seat, how many message inputs it has to wait for; NEVER if it does not work."""
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
    messages = [(index[s], index[t]) for s, t in config.arrows("message")]
    feedback = [(index[s], index[t]) for s, t in config.arrows("feedback")]
    seats = _seats(config, models, toolbox, messages, feedback)
    by = None if config.answer.by is None else index[config.answer.by]
    again = _working_again(seats, feedback)
    return Plan(
        config=config,
        seats=seats,
        sources=tuple(seat.index for seat in seats if seat.is_source),
        by=by,
        first=_schedule(seats, set(range(len(seats))) - {by}),
        again=_schedule(seats, again),
        last=_schedule(seats, again & _heard_by_sources(seats)),
        toolbox=toolbox,
    )


_Arrows: TypeAlias = list[tuple[int, int]]


def _seats(
    config: SystemConfig, models: Models, toolbox: Toolbox, messages: _Arrows, feedback: _Arrows
) -> tuple[Seat, ...]:
    agents = [config.agent(name) for name in config.canonical_names]
    for agent in agents:
        if agent.model is not None and agent.model not in models.names:
            raise unknown("model", agent.model, models.names)
    draws = share_out(
        ((_signature(agent, models), agent.samples) for agent in agents), config.rounds
    )
    sources = set(config.sources)
    by_message: list[set[int]] = [set() for _ in agents]
    by_feedback: list[set[int]] = [set() for _ in agents]
    listeners: list[list[int]] = [[] for _ in agents]
    for source, target in messages:
        by_message[target].add(source)
        listeners[source].append(target)
    for source, target in feedback:
        by_feedback[target].add(source)
    return tuple(
        Seat(
            index=position,
            agent=agent,
            model_name=models.default if agent.model is None else agent.model,
            model=models[agent.model],
            max_tokens=_max_tokens(agent, models),
            draws=draws[position],
            inputs=tuple(
                Input(source, source in by_message[position], source in by_feedback[position])
                for source in sorted((by_message[position] | by_feedback[position]) - {position})
            ),
            listeners=tuple(sorted(listeners[position])),
            is_source=agent.name in sources,
            approves=agent.name == config.stop.by,
            tools=toolbox.sizes(agent.tools) if agent.tools else None,
        )
        for position, agent in enumerate(agents)
    )


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


def _working_again(seats: tuple[Seat, ...], feedback: _Arrows) -> set[int]:
    """Who works in the second round and later: who hears something new."""
    found: set[int] = set()
    frontier = [target for _, target in feedback]
    while frontier:
        seat = frontier.pop()
        if seat not in found:
            found.add(seat)
            frontier += seats[seat].listeners
    return found


def _heard_by_sources(seats: tuple[Seat, ...]) -> set[int]:
    """The sources of the answer, and whoever they hear within a round, directly or not."""
    found: set[int] = set()
    frontier = [seat.index for seat in seats if seat.is_source]
    while frontier:
        seat = frontier.pop()
        if seat not in found:
            found.add(seat)
            frontier += [heard.source for heard in seats[seat].inputs if heard.message]
    return found


def _schedule(seats: tuple[Seat, ...], works: set[int]) -> Schedule:
    waiting = tuple(
        sum(heard.message and heard.source in works for heard in seat.inputs)
        if seat.index in works
        else NEVER
        for seat in seats
    )
    order = tuple(sorted(works))
    return Schedule(order, waiting, tuple(seat for seat in order if not waiting[seat]))
