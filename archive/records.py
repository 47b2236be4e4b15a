"""The records of an archive, as frozen models."""

import hashlib
from collections.abc import Iterable
from functools import cached_property, reduce
from operator import add
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import AfterValidator, Field

from archive.controls import ComparedControl, Control
from search_spaces.config import SystemConfig
from search_spaces.edits import Edits
from search_spaces.frozen import Frozen
from search_spaces.parts import Part
from search_spaces.text import whole

Purpose = Literal["search", "propose", "confirm", "judge", "lost"]
"""What is paid for: scoring candidates, proposing one, confirming the winner, or judging answers.

A decision is for one of the first three. ``lost`` is what may have been billed for unanswered
calls, which were made again.
"""

Split = Literal["train", "validation", "test"]
Status = Literal["running", "finished", "paused", "interrupted", "failed"]
Traces = Literal["all", "failures", "none"]
"""The rollouts whose texts are kept: all, those with bad answers, or none."""

Outcome = Literal["added", "known", "invalid", "declined", "unaffordable"]
"""What became of a proposal: a new candidate, or why there is none.

The configuration was known already, it is outside the space, the strategy had nothing to propose,
or the rest of the budget does not cover an evaluation of it.
"""

LookPurpose = Literal["confirm", "evaluate"]
"""Why sealed tasks were looked at: to confirm a winner, or to evaluate one system."""

CostUnit = Literal["usd", "tokens", "calls", "seconds"]
"""What the cost of an evaluation is counted in; a run has one unit.

``tokens`` are prompt and completion tokens together, ``seconds`` the summed latency of the calls.
"""

Choice: TypeAlias = str | int | float | bool | None


class Usage(Frozen):
    """What model calls consumed. ``usd`` is None where a price is unknown, never 0."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = Field(default=0, description="Reasoning tokens included.")
    cached_prompt_tokens: int = Field(
        default=0, description="Prompt tokens that the endpoint's own prompt cache held."
    )
    usd: float | None = 0.0
    seconds: float = Field(default=0.0, description="Summed latency, in seconds.")
    cached: int = Field(
        default=0, description="Calls answered from the call cache: booked, but not billed again."
    )
    estimated: int = Field(
        default=0,
        description="Calls whose tokens are a bound, because the endpoint did not report them.",
    )
    overrun: int = Field(
        default=0, description="Completion tokens beyond what the calls were allowed."
    )

    @property
    def tokens(self) -> int:
        """Prompt and completion tokens together."""
        return self.prompt_tokens + self.completion_tokens

    @property
    def cached_share(self) -> float:
        """The share of the prompt tokens that the endpoint's prompt cache held."""
        return self.cached_prompt_tokens / self.prompt_tokens if self.prompt_tokens else 0.0

    def cost(self, unit: CostUnit) -> float | None:
        """The usage in one unit; None only for USD where a price is unknown."""
        amount = getattr(self, unit)
        return None if amount is None else float(amount)

    @classmethod
    def total(cls, usages: Iterable["Usage"]) -> "Usage":
        """The sum of usages."""
        return reduce(add, parts) if (parts := list(usages)) else cls()

    def __add__(self, other: Self) -> "Usage":
        return Usage(
            calls=self.calls + other.calls,
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            cached_prompt_tokens=self.cached_prompt_tokens + other.cached_prompt_tokens,
            usd=None if self.usd is None or other.usd is None else self.usd + other.usd,
            seconds=self.seconds + other.seconds,
            cached=self.cached + other.cached,
            estimated=self.estimated + other.estimated,
            overrun=self.overrun + other.overrun,
        )


class ToolUse(Frozen):
    """A tool call of an agent, with its result."""

    name: str
    arguments: str = Field(description="JSON, as the model wrote it.")
    result: str
    failed: bool = False


class Step(Frozen):
    """One model call: the agent, round, sample and model, the reply and its usage."""

    agent: str
    round: int
    sample: int
    model: str
    text: str
    usage: Usage
    tools: tuple[ToolUse, ...] = Field(default=(), description="Its tool calls, in order.")


class Trace(Frozen):
    """The run of one configuration on one task input."""

    answer: str
    steps: tuple[Step, ...] = ()
    usage: Usage = Usage()
    failure: str = Field(
        default="", description="Why there is no usable answer; empty if there is."
    )
    rounds: int = 1
    remark: str = Field(default="", description="Problems that did not prevent an answer.")


class Score(Frozen):
    """The score of an answer, 0 to 1, with feedback."""

    value: float = Field(ge=0, le=1)
    feedback: Annotated[str, AfterValidator(whole)] = ""
    steps: tuple[Step, ...] = Field(
        default=(), description="A judge's model calls; empty if the scorer is not a judge."
    )


class TaskRecord(Frozen):
    """A task of a run, by its number within the run; its text and answer stay in the task file."""

    number: int
    id: str
    split: Split
    domain: str = ""


class Run(Frozen):
    """One search: its resolved settings and its status."""

    id: str
    name: str
    seed: int
    settings: str = Field(description="The resolved run settings as JSON, without secrets.")
    status: Status = "running"
    started: str = Field(description="UTC, ISO 8601.")
    finished: str | None = None


class Parent(Frozen):
    """A parent of a candidate, with the edits that lead from it to the candidate."""

    candidate: int
    edits: Edits


class Candidate(Frozen):
    """A configuration within a run, with its origin."""

    number: int = Field(description="Its position in the run, from 0.")
    config: SystemConfig
    operator: str = Field(description="Its origin: 'seed', the name of an operator, …")
    parents: tuple[Parent, ...] = ()
    rationale: str = ""
    choices: dict[str, Choice] = Field(
        default={}, description="The named choices that it was built from, if it was."
    )

    @property
    def id(self) -> str:
        """The content id of its configuration."""
        return self.config.id


class Decision(Frozen):
    """A decision of the search: to evaluate a candidate on a task, or to make a proposal.

    ``after`` is the number of results observed before it, ``at`` the run's clock in seconds. A
    proposal has neither candidate nor task.
    """

    number: int
    purpose: Purpose
    candidate: int | None = None
    task: int | None = None
    trial: int = 0
    after: int
    at: float
    why: str = Field(default="", description="The allocator's reason.")


class Rollout(Frozen):
    """The settled result of an evaluation; ``position`` is its position in the order of results."""

    decision: int
    position: int
    candidate: int
    task: int
    trial: int = 0
    purpose: Purpose = "search"
    score: Score
    trace: Trace
    at: float


class Unscored(Frozen):
    """The settled result of an evaluation without a score.

    Its answer could not be scored, or the budget did not cover its next model call. It is paid for
    and is no evidence about its candidate.
    """

    decision: int
    position: int
    candidate: int
    task: int
    trial: int = 0
    purpose: Purpose = "search"
    reason: str
    given_up: bool = Field(default=False, description="The budget did not cover its next call.")
    trace: Trace
    steps: tuple[Step, ...] = Field(default=(), description="A judge's model calls.")
    at: float


class Prompt(Frozen):
    """A prompt template of proposals, as in its file."""

    name: str
    text: str

    @cached_property
    def version(self) -> str:
        """Eight hexadecimal digits of a hash of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:8]


class ProposalResult(Frozen):
    """The settled result of a proposal: the candidate it added, or none and why.

    ``candidate`` is also set when the configuration was known already. ``reason`` says what was
    wrong with the proposal, or with those of a model that a random operator had to replace.
    """

    decision: int
    position: int
    candidate: int | None
    outcome: Outcome
    reason: str = ""
    repairs: int = Field(default=0, description="How many of a model's proposals were invalid.")
    steps: tuple[Step, ...] = ()
    prompts: tuple[Prompt, ...] = ()
    at: float


class Standing(Frozen):
    """The posterior of a candidate's true score, and the mean cost of an evaluation."""

    candidate: int
    mean: float
    deviation: float
    evaluations: int
    cost: float | None = Field(
        default=None,
        description="Mean cost of an evaluation, in the run's unit; None: unknown.",
    )

    @property
    def interval(self) -> tuple[float, float]:
        """The central 95 % of the posterior, within 0 and 1."""
        reach = 1.96 * self.deviation
        return max(0.0, self.mean - reach), min(1.0, self.mean + reach)


class Confirmation(Frozen):
    """The winner on sealed tasks beside the best seed and controls, as paired differences.

    Intervals of scores are central 95 % intervals of a mean. Those of differences, the controls'
    included, hold together with 95 %.
    """

    winner: int
    seed: int
    tasks: int
    mean: float
    interval: tuple[float, float]
    seed_mean: float
    seed_interval: tuple[float, float]
    difference: float
    difference_interval: tuple[float, float]
    cost: float | None = Field(description="Mean cost of a task, in the run's unit.")
    seed_cost: float | None
    looks: int = Field(
        description="How often these sealed tasks have been looked at, this included."
    )
    unaffordable_seed: int | None = Field(
        default=None,
        description="A seed that stood above this one and that the budget could not pay for.",
    )
    controls: tuple[ComparedControl, ...] = ()
    changes: tuple[Part, ...] = Field(
        default=(), description="The parts in which the winner differs from the seed."
    )


class Look(Frozen):
    """A look at the test split; each makes what is seen there a little less independent."""

    purpose: LookPurpose
    winner: int | None = Field(default=None, description="The candidate that was confirmed.")
    seed: int | None = Field(default=None, description="The seed that it was compared with.")
    controls: tuple[Control, ...] = Field(default=(), description="Controls to compare it with.")
    tasks: tuple[int, ...] = Field(description="The numbers of the tasks within the run.")
    after: int = Field(default=0, description="The number of results observed before it.")
    at: float


class Event(Frozen):
    """An event of a run that is none of the above."""

    at: float
    kind: str
    text: str
