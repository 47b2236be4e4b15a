"""What a multi-agent system is, as data: agents, typed edges, rounds and an answer.

One task input is answered in rounds. Within a round, *message* edges form a directed acyclic graph:
an agent starts as soon as its inputs are there. *Feedback* edges carry the last round's message, so
debate and reflection are cycles that ``rounds`` and the stop rule bound. Along *delegate* edges an
agent sends requests to others, within the bounds of ``delegation``; *route* edges select the agents
that work on a task. After the rounds, ``answer`` defines how and from which agents the answer is
made.
"""

import hashlib
import json
from collections.abc import Iterable
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from search_spaces.canonical import canonical_order
from search_spaces.errors import ConfigError
from search_spaces.frozen import Frozen
from search_spaces.graph import reaching, sinks
from search_spaces.label_choice import LabelChoice
from search_spaces.routes import Condition
from search_spaces.text import tidy
from search_spaces.wiring import (
    FLOW,
    EdgeKey,
    EdgeKind,
    arrows_of,
    heard_along,
    order_of,
    problems,
    subordinates,
)

SCHEMA_MAJOR = 1
"""Part of every content id: raised only when the meaning of existing fields changes."""

MAX_AGENTS = 100
"""Far more than a search can afford; it bounds the work that a hostile file can cause."""

Text = Annotated[str, AfterValidator(tidy)]
"""Free text with Unicode and line ends normalised and without outer white space, so that texts that
read the same hash equally."""

ModelName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(tidy)
]
"""The name of a model in a run file."""

AgentName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""A name for edges to refer to; it is shown to people, never to models."""

ToolName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""The name of a tool in a run file; models see it."""

Temperature = Annotated[float, Field(ge=0, le=2), AfterValidator(abs)]
"""A sampling temperature; -0.0 becomes 0.0."""

AnswerMode = Literal["last", "vote", "weighted_vote", "judge", "summarise", "centroid"]
StopRule = Literal["never", "consensus", "approved"]
Effort = Literal["low", "medium", "high"]
Memory = Literal["own", "shared"]


def _sorted(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))


class Demonstration(Frozen):
    """A worked example that an agent is shown before the task."""

    question: Text = Field(description="The question of the example.")
    answer: Text = Field(description="A good answer to it.")
    source: str = Field(default="", description="Id of the training task that it comes from.")
    domain: str = Field(default="", description="The domain of that task.")

    @property
    def length(self) -> int:
        """Its size in characters."""
        return len(self.question) + len(self.answer)

    @property
    def bytes(self) -> int:
        """Its size in UTF-8."""
        return len(self.question.encode()) + len(self.answer.encode())


class Agent(Frozen):
    """One model call site: role, prompt, examples and sampling.

    ``None`` for a sampling parameter or the model means the default of the run.
    """

    name: AgentName = Field(description="A name for edges; models never see it.")
    role: Text = Field(default="", description="Its role, as in 'You are the …'.")
    prompt: Text = Field(default="", description="Its instructions before the task.")
    model: ModelName | None = Field(default=None, description="A model that the run file names.")
    temperature: Temperature | None = None
    top_p: float | None = Field(default=None, gt=0, le=1, description="Nucleus sampling.")
    max_tokens: int | None = Field(default=None, ge=1, description="Limit of each reply.")
    effort: Effort | None = Field(default=None, description="How long a reasoning model thinks.")
    samples: int = Field(default=1, ge=1, le=64, description="Independent replies each turn.")
    weight: float = Field(default=1.0, gt=0, description="The agent's weight in a weighted vote.")
    demonstrations: tuple[Demonstration, ...] = Field(default=(), description="Worked examples.")
    nearest_examples: int | None = Field(
        default=None,
        ge=1,
        le=64,
        description="How many of its worked examples it is shown: those most like the task; "
        "none: all of them.",
    )
    label_choice: LabelChoice | None = Field(
        default=None,
        description="Answers with one of some labels, chosen by log-probability; none: it writes.",
    )
    tools: Annotated[tuple[ToolName, ...], AfterValidator(_sorted)] = Field(
        default=(), description="Tools that it may use, of those that the run file names."
    )
    memory: Memory | None = Field(
        default=None,
        description="What it recalls: the most similar of its `own` past tasks, or the `shared` "
        "blackboard.",
    )


class Edge(Frozen):
    """A directed edge between agents and what it carries."""

    source: str = Field(description="The agent that the edge starts from.")
    target: str = Field(description="The agent that the edge leads to.")
    kind: EdgeKind = Field(
        default="message",
        description="A message within the round, or from the round before (feedback); the source "
        "may ask the target (delegate); the source decides whether the target works (route).",
    )
    when: Condition = Field(
        default="",
        description="What opens a route: `task: words`, `output: words`, `score: numbers`, `else`, "
        "or nothing, so that the source chooses.",
    )

    @model_validator(mode="after")
    def _only_routes_are_conditional(self) -> Self:
        _require(not self.when or self.kind == "route", "only a route edge takes `when`")
        return self

    @property
    def key(self) -> EdgeKey:
        """The identity of the edge within a configuration."""
        return self.source, self.target, self.kind


class Delegation(Frozen):
    """Bounds on delegation, for each time that a delegating agent works."""

    turns: int = Field(
        default=4,
        ge=1,
        le=20,
        description="Replies that may hold requests before it has to answer.",
    )
    calls: int = Field(
        default=8,
        ge=1,
        le=64,
        description="Requests in total, including those of its subordinates.",
    )


class Stop(Frozen):
    """When the rounds end early: never, on agreement, or on an agent's approval."""

    rule: StopRule = "never"
    by: str | None = Field(default=None, description="The approving agent; `approved` needs it.")


class Answer(Frozen):
    """How the final answer is made, and from which agents."""

    mode: AnswerMode = Field(
        default="last", description="`last` passes on the one source's output; others combine."
    )
    sources: Annotated[tuple[str, ...], AfterValidator(_sorted)] = Field(
        default=(), description="The agents whose outputs count; empty: those that send no message."
    )
    by: str | None = Field(
        default=None, description="The agent that judges or summarises; it works after the rounds."
    )


class SystemConfig(Frozen):
    """A multi-agent system.

    Agents are kept in working order (upstream first, then by name) and edges sorted, so two
    configurations that differ only in how they were written down are equal.
    """

    name: Text = Field(default="", description="A label for people; not part of the content id.")
    description: Text = Field(default="", description="One line for people; like the name.")
    agents: tuple[Agent, ...] = Field(min_length=1, max_length=MAX_AGENTS)
    edges: tuple[Edge, ...] = Field(default=(), description="Only feedback edges may form a cycle.")
    rounds: int = Field(
        default=1, ge=1, le=20, description="At least 2 with feedback edges, else 1."
    )
    stop: Stop = Stop()
    answer: Answer = Answer()
    delegation: Delegation = Field(
        default=Delegation(), description="Bounds for agents with delegate edges."
    )

    @model_validator(mode="after")
    def _is_a_working_system(self) -> Self:
        names = [agent.name for agent in self.agents]
        _require(len(set(names)) == len(names), "two agents have the same name")
        keys = [edge.key for edge in self.edges]
        _require(len(set(keys)) == len(keys), "two edges join the same agents in the same way")
        for edge in self.edges:
            for end in (edge.source, edge.target):
                _require(
                    end in names, f"an edge names {end!r}, which is not one of the agents {names}"
                )
        try:
            order = order_of(names, keys)
        except ConfigError as error:
            raise ValueError(str(error)) from None
        by_name = {agent.name: agent for agent in self.agents}
        object.__setattr__(self, "agents", tuple(by_name[name] for name in order))
        object.__setattr__(self, "edges", tuple(sorted(self.edges, key=lambda edge: edge.key)))
        self._check_answer(names)
        self._check_rounds(names)
        self._check_delegates_and_routes()
        return self

    def _check_answer(self, names: list[str]) -> None:
        answer = self.answer
        if answer.mode in ("judge", "summarise"):
            _require(
                answer.by in names, f"answer mode {answer.mode!r} needs `by`, one of the agents"
            )
            touching = [edge for edge in self.edges if answer.by in (edge.source, edge.target)]
            _require(not touching, f"agent {answer.by!r} makes the answer, so no edge may touch it")
        else:
            _require(answer.by is None, f"answer mode {answer.mode!r} takes no `by`")
        for source in answer.sources:
            _require(
                source in names, f"the answer's source {source!r} is not one of the agents {names}"
            )
            _require(source != answer.by, f"{source!r} cannot both make the answer and be a source")
        _require(
            bool(self.sources),
            f"{answer.by!r} makes the answer but there is no other agent to make it from",
        )
        if answer.mode == "last":
            _require(
                len(self.sources) == 1,
                f"answer mode 'last' takes one source and there are {len(self.sources)}: "
                f"{list(self.sources)}; name one in `sources` or choose 'vote'",
            )
        heard = reaching(self.sources, heard_along(self.edge_keys))
        lost = [name for name in names if name not in heard and name != answer.by]
        _require(not lost, f"there is no path from {', '.join(lost)} to the answer")

    def _check_rounds(self, names: list[str]) -> None:
        feedback = any(edge.kind == "feedback" for edge in self.edges)
        _require(
            self.rounds > 1 or not feedback, "feedback edges carry nothing unless `rounds` ≥ 2"
        )
        _require(self.rounds == 1 or feedback, "`rounds` above 1 do nothing without feedback edges")
        stop = self.stop
        if stop.rule == "approved":
            _require(
                stop.by in names and stop.by != self.answer.by,
                "stop rule 'approved' needs `by`, the approving agent",
            )
        else:
            _require(stop.by is None, f"stop rule {stop.rule!r} takes no `by`")
        _require(
            stop.rule == "never" or self.rounds > 1, "a stop rule does nothing unless `rounds` ≥ 2"
        )

    def _check_delegates_and_routes(self) -> None:
        outward = {self.stop.by: "the approving agent"} if self.stop.by else {}
        outward |= dict.fromkeys(self.answer.sources, "a source of the answer")
        conditions = {(edge.source, edge.target): edge.when for edge in self.edges if edge.when}
        for problem in problems(self.edge_keys, conditions, outward):
            raise ValueError(problem)
        _require(
            self.delegation == Delegation() or bool(self.arrows("delegate")),
            "`delegation` does nothing without delegate edges",
        )

    @property
    def edge_keys(self) -> list[EdgeKey]:
        """The keys of the edges, without their conditions."""
        return [edge.key for edge in self.edges]

    def arrows(self, kind: EdgeKind) -> list[tuple[str, str]]:
        """The (source, target) pairs of one kind of edge, sorted."""
        return [(edge.source, edge.target) for edge in self.edges if edge.kind == kind]

    def agent(self, name: str) -> Agent:
        """The agent of that name; raises KeyError if there is none."""
        for agent in self.agents:
            if agent.name == name:
                return agent
        raise KeyError(name)

    @property
    def chooses_labels(self) -> bool:
        """Whether an agent chooses among labels by log-probability, calibrated to its model."""
        return any(agent.label_choice for agent in self.agents)

    @property
    def sources(self) -> tuple[str, ...]:
        """The agents whose outputs make the answer, in working order."""
        names = [agent.name for agent in self.agents if agent.name != self.answer.by]
        chosen = self.answer.sources or default_sources(names, self.edge_keys)
        return tuple(name for name in names if name in chosen)

    @cached_property
    def canonical_names(self) -> tuple[str, ...]:
        """The agents' names in an order that depends on neither names nor listing."""
        index = {agent.name: position for position, agent in enumerate(self.agents)}
        colours = [json.dumps(self._colour(agent), sort_keys=True) for agent in self.agents]
        labels: dict[tuple[int, int], str] = {}
        for edge in self.edges:
            pair = index[edge.source], index[edge.target]
            labels[pair] = f"{labels.get(pair, '')}{_label(edge)};"
        return tuple(self.agents[position].name for position in canonical_order(colours, labels))

    @cached_property
    def id(self) -> str:
        """The content id: 16 hexadecimal digits.

        It hashes the canonical form without defaults, so it does not change with new fields, names
        and order of agents, labels, the machine or the process.
        """
        text = json.dumps([SCHEMA_MAJOR, self._canonical_form()], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def _colour(self, agent: Agent) -> dict[str, Any]:
        return {
            "agent": agent.model_dump(mode="json", exclude_defaults=True, exclude=_LABELS),
            "source": agent.name in self.sources,
            "answers": agent.name == self.answer.by,
            "stops": agent.name == self.stop.by,
        }

    def _canonical_form(self) -> dict[str, Any]:
        index = {name: position for position, name in enumerate(self.canonical_names)}
        form: dict[str, Any] = {
            "agents": [self._colour(self.agent(name)) for name in self.canonical_names],
            "edges": sorted([index[e.source], index[e.target], _label(e)] for e in self.edges),
            "answer": self.answer.mode,
        }
        if self.rounds > 1:
            form |= {"rounds": self.rounds, "stop": self.stop.rule}
        if self.delegation != Delegation():
            form["delegation"] = self.delegation.model_dump(exclude_defaults=True)
        return form


_LABELS: dict[str, Any] = {"name": True, "demonstrations": {"__all__": {"source", "domain"}}}
"""The fields of an agent that are for people and not part of the content id."""


def default_sources(workers: list[str], edges: Iterable[EdgeKey]) -> list[str]:
    """The sources of the answer if none are named: the agents that no other agent waits for."""
    edges = list(edges)
    below = subordinates(edges)
    return sinks([name for name in workers if name not in below], arrows_of(edges, *FLOW))


def _label(edge: Edge) -> str:
    """The kind of an edge and its condition, which together define its effect."""
    return f"{edge.kind} {edge.when}" if edge.when else edge.kind


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ValueError(message)
