"""A mutable configuration, which need not be a working system at every step."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain, count

from search_spaces.config import (
    Agent,
    Answer,
    Delegation,
    Edge,
    Stop,
    SystemConfig,
    default_sources,
)
from search_spaces.graph import Arrow
from search_spaces.wiring import FLOW, EdgeKey, EdgeKind, arrows_of, subordinates


@dataclass
class Draft:
    """The parts of a configuration, free to change; edges are (source, target, kind).

    ``conditions`` holds what opens a route, by (source, target); other entries are ignored.
    """

    agents: dict[str, Agent]
    edges: set[EdgeKey] = field(default_factory=set)
    rounds: int = 1
    stop: Stop = field(default_factory=Stop)
    answer: Answer = field(default_factory=Answer)
    delegation: Delegation = field(default_factory=Delegation)
    conditions: dict[Arrow, str] = field(default_factory=dict)
    name: str = ""
    description: str = ""

    @classmethod
    def of(cls, config: SystemConfig) -> "Draft":
        """A draft of an existing configuration."""
        return cls(
            agents={agent.name: agent for agent in config.agents},
            edges={edge.key for edge in config.edges},
            rounds=config.rounds,
            stop=config.stop,
            answer=config.answer,
            delegation=config.delegation,
            conditions={edge.key[:2]: edge.when for edge in config.edges if edge.when},
            name=config.name,
            description=config.description,
        )

    def on(self, model: str | None) -> "Draft":
        """Sets the model of all agents, None being the default one; returns the draft itself."""
        for name, agent in self.agents.items():
            self.agents[name] = agent.model_copy(update={"model": model})
        return self

    def build(self) -> SystemConfig:
        """The finished configuration.

        Raises:
            ValidationError: The draft is not a working system.
        """
        return SystemConfig(
            name=self.name,
            description=self.description,
            agents=tuple(self.agents.values()),
            edges=tuple(
                Edge(source=s, target=t, kind=kind, when=self.condition((s, t, kind)))
                for s, t, kind in self.edges
            ),
            rounds=self.rounds,
            stop=self.stop,
            answer=self.answer,
            delegation=self.delegation,
        )

    def condition(self, edge: EdgeKey) -> str:
        """What opens a route; empty for other edges."""
        return self.conditions.get(edge[:2], "") if edge[2] == "route" else ""

    def add(self, agent: Agent) -> Agent:
        """Adds an agent, under a fresh name if its own is in use; returns the added agent."""
        agent = agent.model_copy(update={"name": fresh_name(agent.name, self.agents)})
        self.agents[agent.name] = agent
        return agent

    def remove(self, name: str) -> None:
        """Removes an agent and its edges."""
        del self.agents[name]
        self.edges = {key for key in self.edges if name not in key[:2]}

    def replace(self, name: str, agent: Agent) -> None:
        """Replaces an agent by another one, under a fresh name if its own is in use."""
        new = fresh_name(agent.name, self.agents.keys() - {name})
        self.rename({name: new})
        self.agents[new] = agent.model_copy(update={"name": new})

    def answer_from(self, sources: Iterable[str]) -> None:
        """Sets the sources of the answer; none means the agents that send no message."""
        self.answer = Answer(mode=self.answer.mode, sources=tuple(sources), by=self.answer.by)

    def rename(self, names: Mapping[str, str]) -> None:
        """Renames agents, all at once; agents that are not in ``names`` keep theirs."""

        def new(name: str) -> str:
            return names.get(name, name)

        self.agents = {
            new(name): agent.model_copy(update={"name": new(name)})
            for name, agent in self.agents.items()
        }
        self.edges = {(new(source), new(target), kind) for source, target, kind in self.edges}
        self.conditions = {(new(s), new(t)): when for (s, t), when in self.conditions.items()}
        self.stop = Stop(rule=self.stop.rule, by=self.stop.by and new(self.stop.by))
        self.answer = Answer(
            mode=self.answer.mode,
            sources=tuple(new(name) for name in self.answer.sources),
            by=self.answer.by and new(self.answer.by),
        )

    def arrows(self, *kinds: EdgeKind) -> list[Arrow]:
        """The (source, target) pairs of some kinds of edges, sorted."""
        return arrows_of(self.edges, *kinds)

    @property
    def flow(self) -> list[Arrow]:
        """The (source, target) pairs in which the target waits for the source, sorted."""
        return self.arrows(*FLOW)

    @property
    def subordinates(self) -> set[str]:
        """The agents that work only on request of another one."""
        return subordinates(self.edges)

    @property
    def workers(self) -> list[str]:
        """All agents except the one that makes the answer."""
        return [name for name in self.agents if name != self.answer.by]

    @property
    def sources(self) -> list[str]:
        """The agents whose outputs make the answer."""
        workers = self.workers
        chosen = self.answer.sources or default_sources(workers, self.edges)
        return [name for name in workers if name in chosen]


def fresh_name(wanted: str, taken: Iterable[str]) -> str:
    """The wanted agent name, or the first of ``name_2``, ``name_3``, … that is free."""
    taken = set(taken)
    stem, _, number = wanted.rpartition("_")
    stem = stem if stem and number.isdigit() else wanted
    numbered = (f"{stem[:34]}_{number}" for number in count(2))
    return next(name for name in chain([wanted], numbered) if name not in taken)
