"""The execution plan of a configuration: everything that does not depend on the task."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from evolve.models.base import Model, Models
from evolve.prompts.lengths import MAX_BYTES_PER_TOKEN
from evolve.runtime.draws import Draws, share_out
from evolve.runtime.links import Colleague, Route, colleagues, options, routes
from evolve.runtime.messages import VERDICT, system_message
from evolve.tasks.base import TaskInput
from evolve.tools.base import signature_bytes
from evolve.tools.toolbox import Sizes, Toolbox, ToolLimits
from search_spaces.config import Agent, SystemConfig
from search_spaces.errors import unknown
from search_spaces.label_choice import LabelChoice
from search_spaces.wiring import EdgeKind

NEVER = -1
"""The countdown of a node that does not work in a round."""


class Input(NamedTuple):
    """An incoming link: the source node, and the kinds of edges."""

    source: int
    message: bool
    feedback: bool


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """An agent within a system; nodes are numbered in canonical order."""

    index: int
    agent: Agent
    model_name: str
    model: Model
    max_tokens: int
    draws: Draws
    inputs: tuple[Input, ...]
    """Its incoming links, in canonical order; its own last turn is no message."""
    routers: tuple[int, ...]
    """The routers that decide whether it works, in canonical order."""
    listeners: tuple[int, ...]
    """The nodes that wait for it within the round, in canonical order."""
    is_source: bool
    approves: bool
    colleagues: tuple[Colleague, ...]
    """The subordinates that it may ask."""
    routes: tuple[Route, ...]
    """The routes that it may open."""
    options: str
    """The options that it is shown as a router that chooses."""
    silent: bool
    """Whether it needs no model call: a router by rules on the task."""
    functions: Sizes | None
    """The size of its tools and subordinates in prompts; None if it has neither."""
    limits: ToolLimits
    """How often it may use them in a turn."""

    @property
    def temperature(self) -> float | None:
        """The temperature of its calls; None: the endpoint's own."""
        own = self.agent.temperature
        return self.model.bare.temperature_of(self.draws.total) if own is None else own

    @property
    def waits_for(self) -> set[int]:
        """Whom it waits for within a round."""
        return {heard.source for heard in self.inputs if heard.message} | set(self.routers)

    @property
    def limit(self) -> int:
        """How many bytes of a text of its are passed on."""
        return MAX_BYTES_PER_TOKEN * self.max_tokens

    @property
    def scored_labels(self) -> tuple[str, ...]:
        """The labels among which it chooses by log-probability; empty if it writes its answer."""
        choice = self.agent.label_choice
        return choice.labels if choice and self.model.bare.scores_labels else ()

    def closing(self, task: TaskInput) -> str | None:
        """What its prompt ends with; None asks for the task's own answer format."""
        if self.options:
            return self.options
        if self.agent.label_choice:
            return label_request(self.agent.label_choice)
        if not self.approves:
            return None
        # An approving agent whose output also makes the answer has to give both.
        return f"{task.instructions}\n\n{VERDICT}".lstrip() if self.is_source else VERDICT


def label_request(choice: LabelChoice) -> str:
    """The closing instruction of an agent that chooses among labels."""
    return f"Answer with one of these, and nothing else: {', '.join(choice.labels)}"


class Schedule(NamedTuple):
    """The nodes that work in a round."""

    works: tuple[int, ...]
    """Nodes, in canonical order."""
    waiting: tuple[int, ...]
    """For every node, the number of nodes that it waits for; NEVER if it does not work."""
    ready: tuple[int, ...]
    """The nodes without inputs in this round."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """How a configuration is run on any task."""

    config: SystemConfig
    nodes: tuple[Node, ...]
    sources: tuple[int, ...]
    """The nodes whose outputs make the answer, in canonical order."""
    by: int | None
    """The node that judges or summarises after the rounds."""
    first: Schedule
    again: Schedule
    last: Schedule
    """The nodes that work in the last possible round: those that still reach an answer source."""
    toolbox: Toolbox
    requests: int
    """How many requests all orchestrators together may make in a round."""

    def schedule(self, round_number: int) -> Schedule:
        """The schedule of a round, counted from 1."""
        if round_number == 1:
            return self.first
        return self.last if round_number == self.config.rounds else self.again

    def later_turns(self, node: int) -> int:
        """In how many rounds after the first a node works at most."""
        rounds = range(2, self.config.rounds + 1)
        return sum(node in self.schedule(number).works for number in rounds)


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
    nodes = _Seating(config, models, toolbox, index).nodes()
    by = None if config.answer.by is None else index[config.answer.by]
    below = {each.node for node in nodes for each in node.colleagues}
    again = _working_again(nodes, [index[target] for _, target in config.arrows("feedback")])
    return Plan(
        config=config,
        nodes=nodes,
        sources=tuple(node.index for node in nodes if node.is_source),
        by=by,
        first=_schedule(nodes, set(range(len(nodes))) - {by} - below),
        again=_schedule(nodes, again),
        last=_schedule(nodes, again & _waited_for_by_sources(nodes)),
        toolbox=toolbox,
        requests=_requests(config),
    )


def _requests(config: SystemConfig) -> int:
    asking = {source for source, _ in config.arrows("delegate")}
    samples = sum(agent.samples for agent in config.agents if agent.name in asking)
    return samples * config.delegation.calls


class _Seating:
    """Gives every agent its node."""

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

    def nodes(self) -> tuple[Node, ...]:
        """All nodes, in canonical order."""
        config, models = self.config, self.models
        # Each round has as many draws as there may be requests, besides the turn of the round.
        draws = share_out(
            ((_signature(agent, models), agent.samples) for agent in self.agents),
            config.rounds * (1 + _requests(config)),
        )
        sources = set(config.sources)
        return tuple(
            Node(
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
        """Whether it is a router by rules on the task with no other outgoing links."""
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
        asking = sum(signature_bytes(each.signature) + 1 for each in asked)
        limits = (
            MAX_BYTES_PER_TOKEN * _max_tokens(self.agents[a.node], self.models) for a in asked
        )
        return Sizes(tools.definitions + asking, max((tools.output, *limits)))

    def _limits(self, position: int) -> ToolLimits:
        """Those of tools; an agent that delegates has its turns for both."""
        limits, bounds = self.toolbox.limits, self.config.delegation
        if not self.colleagues[position]:
            return limits
        calls = bounds.calls + (limits.calls if self.agents[position].tools else 0)
        return ToolLimits(rounds=bounds.turns, calls=min(200, calls))


def _max_tokens(agent: Agent, models: Models) -> int:
    if agent.label_choice and models[agent.model].bare.scores_labels:
        return 1
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
        agent.label_choice,
    )


def _working_again(nodes: tuple[Node, ...], hearing: Iterable[int]) -> set[int]:
    """The nodes that work in the second round and later: those with new inputs."""
    found: set[int] = set()
    frontier = list(hearing)
    while frontier:
        node = frontier.pop()
        if node not in found:
            found.add(node)
            frontier += nodes[node].listeners
    return found


def _waited_for_by_sources(nodes: tuple[Node, ...]) -> set[int]:
    """The answer's sources, and all nodes that they wait for within a round."""
    found: set[int] = set()
    frontier = [node.index for node in nodes if node.is_source]
    while frontier:
        node = frontier.pop()
        if node not in found:
            found.add(node)
            frontier += nodes[node].waits_for
    return found


def _schedule(nodes: tuple[Node, ...], works: set[int]) -> Schedule:
    waiting = tuple(len(node.waits_for & works) if node.index in works else NEVER for node in nodes)
    order = tuple(sorted(works))
    return Schedule(order, waiting, tuple(node for node in order if not waiting[node]))
