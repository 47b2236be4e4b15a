"""The limits of a search space, as under ``space:`` in a run file, and checks against them."""

from collections.abc import Callable, Iterator
from typing import Annotated, Any, Generic, Self, TypeVar

from pydantic import AfterValidator, Field, GetJsonSchemaHandler, model_serializer, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from search_spaces.config import (
    MAX_AGENTS,
    Agent,
    AnswerMode,
    Delegation,
    Demonstration,
    Effort,
    Memory,
    ModelName,
    StopRule,
    SystemConfig,
    ToolName,
)
from search_spaces.errors import ConfigError, unknown
from search_spaces.frozen import Frozen
from search_spaces.library import Fragment, Role, RoleKind, Slot, fragments, roles
from search_spaces.routes import opening
from search_spaces.topologies import TOPOLOGIES
from search_spaces.wiring import EdgeKind

Number = TypeVar("Number", int, float)


class Range(Frozen, Generic[Number]):
    """An inclusive range, written ``[1, 6]``, ``{min: 1, max: 6}`` or, for one value, ``3``."""

    min: Number
    max: Number

    @model_validator(mode="before")
    @classmethod
    def _from_short_form(cls, value: object) -> object:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return {"min": value, "max": value}
        if isinstance(value, list | tuple):
            if len(value) != 2:
                raise ValueError(f"expected [min, max], got {len(value)} values")
            return {"min": value[0], "max": value[1]}
        if not isinstance(value, dict | Range):
            raise ValueError(f"expected [min, max] or one number, got {value!r:.40}")
        return value

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        if self.min > self.max:
            raise ValueError(f"min {self.min} is above max {self.max}")
        return self

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        number = {"type": "number"}
        pair = {"type": "array", "items": number, "minItems": 2, "maxItems": 2}
        return {"anyOf": [pair, number, handler(core_schema)]}

    @model_serializer
    def _as_pair(self) -> list[Number]:
        return [self.min, self.max]

    def __contains__(self, value: Number) -> bool:
        return self.min <= value <= self.max

    def __str__(self) -> str:
        return f"{self.min} to {self.max}"

    def clamp(self, value: Number) -> Number:
        """The nearest value in the range."""
        return max(self.min, min(self.max, value))


def _within(low: float, high: float) -> Callable[[Any], Any]:
    def check(value: Range[Any]) -> Range[Any]:
        if value.min < low or value.max > high:
            raise ValueError(f"must lie within {low} to {high}")
        return value

    return check


def _distinct(values: Any) -> Any:  # noqa: ANN401 - tuples of anything
    return tuple(dict.fromkeys(values))


Names = Annotated[tuple[str, ...], AfterValidator(_distinct)]
MAX_EXAMPLES = 128
"""Worked examples that an agent may hold; it is shown those nearest to the task."""

MADE_BY_AN_AGENT: tuple[AnswerMode, ...] = ("judge", "summarise")
"""The answer modes in which an agent of its own makes the answer."""


class Limits(Frozen):
    """What may be searched; every field has a default that allows much at little cost.

    An agent may always leave its model, role and sampling parameters to the defaults of the run. A
    parameter that is not searched must be left so. ``top_p`` and ``weight`` are not limited.
    """

    models: Annotated[tuple[ModelName, ...], AfterValidator(_distinct)] = Field(
        default=(), description="Models that agents may name, besides the run's default."
    )
    roles: Names | None = Field(
        default=None,
        description="Library roles. Without this key: all of them, and any role in free text.",
    )
    fragments: Names | None = Field(
        default=None,
        description="Library prompt fragments to add and exchange; default: all. "
        "Prompts may hold free text besides.",
    )
    agents: Annotated[Range[int], AfterValidator(_within(1, MAX_AGENTS))] = Field(
        default=Range[int](min=1, max=6), description="How many agents a system has."
    )
    rounds: Annotated[Range[int], AfterValidator(_within(1, 20))] = Field(
        default=Range[int](min=1, max=3), description="How many rounds a system may take."
    )
    samples: Annotated[Range[int], AfterValidator(_within(1, 64))] = Field(
        default=Range[int](min=1, max=5), description="How many samples an agent draws."
    )
    temperature: Annotated[Range[float], AfterValidator(_within(0, 2))] = Field(
        default=Range[float](min=0, max=1), description="Sampling temperature."
    )
    max_tokens: Annotated[Range[int], AfterValidator(_within(1, 10_000_000))] | None = Field(
        default=None, description="Limit of a reply; default: not searched."
    )
    efforts: Annotated[tuple[Effort, ...], AfterValidator(_distinct)] = Field(
        default=(), description="Reasoning efforts; default: not searched."
    )
    tools: Annotated[tuple[ToolName, ...], AfterValidator(_distinct)] = Field(
        default=(), description="Tools that agents may be given; default: none."
    )
    edges: Annotated[tuple[EdgeKind, ...], AfterValidator(_distinct)] = Field(
        default=("message", "feedback", "route"),
        description="Kinds of edges: `message`, `feedback`, `delegate`, `route`.",
    )
    delegation_turns: Annotated[Range[int], AfterValidator(_within(1, 20))] = Field(
        default=Range[int](min=1, max=6),
        description="Replies that may hold requests before an agent has to answer.",
    )
    delegation_calls: Annotated[Range[int], AfterValidator(_within(1, 64))] = Field(
        default=Range[int](min=1, max=12), description="Requests that such an agent may make."
    )
    route_words: Names = Field(
        default=(),
        description="Words of tasks that the rules of routes may use; default: no such rules.",
    )
    memories: Annotated[tuple[Memory, ...], AfterValidator(_distinct)] = Field(
        default=(), description="Kinds of memory that agents may have; default: none."
    )
    modules: Annotated[tuple[Slot, ...], AfterValidator(_distinct)] = Field(
        default=(),
        description="Slots whose module is exchanged as a whole: `planning`, `reasoning`, "
        "`tool_use`, `memory`; default: none.",
    )
    topologies: Names = Field(
        default=tuple(TOPOLOGIES), min_length=1, description="What sampling starts from."
    )
    answers: Annotated[tuple[AnswerMode, ...], AfterValidator(_distinct)] = Field(
        default=("last", "vote", "weighted_vote", "judge", "summarise", "centroid"),
        min_length=1,
        description="How the final answer may be made.",
    )
    stops: Annotated[tuple[StopRule, ...], AfterValidator(_distinct)] = Field(
        default=("never", "consensus", "approved"),
        min_length=1,
        description="Rules that may end the rounds early.",
    )
    prompt_characters: int = Field(
        default=4000, ge=200, description="Limit of each role, prompt and demonstration."
    )
    max_demonstrations: int = Field(
        default=16, ge=0, le=64, description="How many worked examples an agent is shown at most."
    )
    demonstrations: tuple[Demonstration, ...] = Field(
        default=(), description="Worked examples to draw from, besides those of training tasks."
    )
    training_examples: int = Field(
        default=64,
        ge=0,
        le=MAX_EXAMPLES,
        description="How many training tasks become worked examples to draw from; 0: none.",
    )

    @model_validator(mode="after")
    def _holds_something(self) -> Self:
        for kind, names, known in (
            ("role", self.roles or (), roles()),
            ("prompt fragment", self.fragments or (), fragments()),
            ("topology", self.topologies, TOPOLOGIES),
        ):
            for name in names:
                if name not in known:
                    raise ValueError(str(unknown(kind, name, known)))
        if self.rounds.min > 1 and "feedback" not in self.edges:
            raise ValueError("`rounds` above 1 need 'feedback' among the `edges`")
        for word in self.route_words:
            opening(f"task: {word}")
        if not self.answer_modes:
            raise ValueError(
                f"no configuration fits: answers {list(self.answers)} need "
                "more agents, or edges between them"
            )
        return self

    @property
    def allows_feedback(self) -> bool:
        """Whether any configuration may have feedback edges."""
        return "feedback" in self.edges and self.rounds.max > 1

    @property
    def joins(self) -> bool:
        """Whether edges can always carry an agent's output to another agent."""
        return "message" in self.edges or "delegate" in self.edges or self.allows_feedback

    @property
    def directs(self) -> bool:
        """Whether an agent may direct others, by requests or by routes."""
        return "delegate" in self.edges or "route" in self.edges

    @property
    def answer_modes(self) -> tuple[AnswerMode, ...]:
        """The allowed answer modes that the other limits leave possible."""
        possible = set(self.answers)
        if self.agents.max < 2:
            possible -= set(MADE_BY_AN_AGENT)
        if self.agents.min > 1 and not self.joins:
            possible -= {"last"}
        return tuple(mode for mode in self.answers if mode in possible)

    @property
    def role_options(self) -> tuple[Role, ...]:
        """The library roles that may be given."""
        return tuple(
            role
            for role in roles().values()
            if _listed(role.name, self.roles) and (self.directs or role.kind != "directs")
        )

    def roles_that(self, *kinds: RoleKind) -> tuple[Role, ...]:
        """The library roles of these kinds that may be given; any that may if there is none."""
        fitting = tuple(role for role in self.role_options if role.kind in kinds)
        return fitting or self.role_options

    @property
    def fragment_options(self) -> tuple[Fragment, ...]:
        """The library fragments that may be added."""
        return tuple(each for each in fragments().values() if _listed(each.name, self.fragments))

    @property
    def topology_options(self) -> tuple[str, ...]:
        """The topologies whose edges are allowed; the one without edges if there are none."""
        message = "message" in self.edges
        needed = {
            "independent": True,
            "debate": self.allows_feedback,
            "orchestrated": "delegate" in self.edges,
            "routed": message and "route" in self.edges,
        }
        able = [name for name in self.topologies if needed.get(name, message)]
        return tuple(able) or ("independent",)

    def allows_role(self, role: str) -> bool:
        """Whether an agent may have the role: any, unless roles were listed."""
        return not role or self.roles is None or role in {r.title for r in self.role_options}

    def fit_delegation(self, wanted: Delegation) -> Delegation:
        """The nearest allowed bounds on delegation."""
        return Delegation(
            turns=self.delegation_turns.clamp(wanted.turns),
            calls=self.delegation_calls.clamp(wanted.calls),
        )

    def check(self, config: SystemConfig) -> list[str]:
        """The ways in which the configuration is outside the space, one line each."""
        found = [line for agent in config.agents for line in self._check_agent(agent)]
        if len(config.agents) not in self.agents:
            found.append(f"{len(config.agents)} agents; allowed: {self.agents}")
        for kind in sorted({edge.kind for edge in config.edges} - set(self.edges)):
            found.append(f"{kind} edges; allowed: {', '.join(self.edges) or 'no edges'}")
        if config.arrows("delegate"):
            bounds = config.delegation
            if bounds.turns not in self.delegation_turns:
                allowed = self.delegation_turns
                found.append(f"{bounds.turns} turns of delegation; allowed: {allowed}")
            if bounds.calls not in self.delegation_calls:
                found.append(f"{bounds.calls} delegated calls; allowed: {self.delegation_calls}")
        if config.rounds not in self.rounds:
            found.append(f"{config.rounds} rounds; allowed: {self.rounds}")
        if config.rounds > 1 and config.stop.rule not in self.stops:
            found.append(f"stop rule {config.stop.rule!r}; allowed: {', '.join(self.stops)}")
        if config.answer.mode not in self.answers:
            found.append(f"answer mode {config.answer.mode!r}; allowed: {', '.join(self.answers)}")
        return found

    def require(self, config: SystemConfig, where: str) -> None:
        """Raises a ConfigError that says where and why, unless the configuration fits."""
        if found := self.check(config):
            raise ConfigError(f"{where} is outside the search space: {'; '.join(found)}")

    def _check_agent(self, agent: Agent) -> Iterator[str]:
        def outside(what: str, allowed: object) -> str:
            return f"agent {agent.name!r}: {what}; allowed: {allowed}"

        if agent.model is not None and agent.model not in self.models:
            allowed = ", ".join(self.models) or "none but the run's default"
            yield outside(f"model {agent.model!r:.80}", allowed)
        if not self.allows_role(agent.role):
            titles = ", ".join(role.title for role in self.role_options)
            yield outside(f"role {agent.role!r:.80}", titles or "no role")
        for what, text in (("role", agent.role), ("prompt", agent.prompt)):
            if len(text) > self.prompt_characters:
                yield outside(f"{what} of {len(text)} characters", self.prompt_characters)
        if agent.temperature is not None and agent.temperature not in self.temperature:
            yield outside(f"temperature {agent.temperature}", self.temperature)
        if agent.max_tokens is not None and not (
            self.max_tokens and agent.max_tokens in self.max_tokens
        ):
            yield outside(f"max_tokens {agent.max_tokens}", self.max_tokens or "unset")
        if agent.effort is not None and agent.effort not in self.efforts:
            yield outside(f"effort {agent.effort}", ", ".join(self.efforts) or "unset")
        if agent.memory is not None and agent.memory not in self.memories:
            yield outside(f"memory {agent.memory}", ", ".join(self.memories) or "none")
        if agent.samples not in self.samples:
            yield outside(f"{agent.samples} samples", self.samples)
        for tool in agent.tools:
            if tool not in self.tools:
                yield outside(f"tool {tool!r}", ", ".join(self.tools) or "none")
        nearest, held = agent.nearest_examples, len(agent.demonstrations)
        if (shown := held if nearest is None else min(nearest, held)) > self.max_demonstrations:
            yield outside(f"{shown} demonstrations shown", self.max_demonstrations)
        if held > MAX_EXAMPLES:
            yield outside(f"{held} demonstrations", MAX_EXAMPLES)
        longest = max((each.length for each in agent.demonstrations), default=0)
        if longest > self.prompt_characters:
            yield outside(f"a demonstration of {longest} characters", self.prompt_characters)


def _listed(name: str, names: tuple[str, ...] | None) -> bool:
    return names is None or name in names
