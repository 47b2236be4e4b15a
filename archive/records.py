"""Everything that is written to an archive, as frozen models."""

import hashlib
from collections.abc import Iterable
from functools import cached_property, reduce
from operator import add
from typing import Literal, Self, TypeAlias

from pydantic import Field

from search_spaces.config import SystemConfig
from search_spaces.edits import Edits
from search_spaces.frozen import Frozen

Purpose = Literal["search", "propose", "confirm", "judge", "lost"]
"""What is paid for: scoring candidates, making one, confirming the winner, or judging answers.

A purchase is for one of the first three; a judge works for whoever is scored. Lost is what may have
been billed for calls that brought no answer, and that were made again.
"""

Split = Literal["train", "validation", "test"]
Status = Literal["running", "finished", "paused", "interrupted", "failed"]
Traces = Literal["all", "failures", "none"]
"""Which rollouts' texts are kept: every one's, only those of bad answers, or nobody's."""

Choice: TypeAlias = str | int | float | bool | None


class Usage(Frozen):
    """What model calls consumed. ``usd`` is None where a price is unknown, never 0."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    usd: float | None = 0.0
    seconds: float = Field(default=0.0, description="Summed latency, in seconds.")
    cached: int = Field(
        default=0, description="Calls answered from the call cache: booked, but not billed again."
    )
    estimated: int = Field(
        default=0, description="Calls whose tokens are a bound, because the endpoint did not say."
    )
    excess: int = Field(
        default=0, description="Completion tokens beyond what the calls were allowed."
    )

    @property
    def tokens(self) -> int:
        """Prompt and completion tokens together."""
        return self.prompt_tokens + self.completion_tokens

    @classmethod
    def total(cls, usages: Iterable["Usage"]) -> "Usage":
        """All of them together; one alone as it is."""
        return reduce(add, parts) if (parts := list(usages)) else cls()

    def __add__(self, other: Self) -> "Usage":
        return Usage(
            calls=self.calls + other.calls,
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            usd=None if self.usd is None or other.usd is None else self.usd + other.usd,
            seconds=self.seconds + other.seconds,
            cached=self.cached + other.cached,
            estimated=self.estimated + other.estimated,
            excess=self.excess + other.excess,
        )


class ToolUse(Frozen):
    """A tool that an agent called, with what, and what came back."""

    name: str
    arguments: str = Field(description="JSON, as the model wrote it.")
    result: str
    failed: bool = False


class Step(Frozen):
    """One model call: who spoke in which round, on what model, what was said and consumed."""

    agent: str
    round: int
    sample: int
    model: str
    text: str
    usage: Usage
    tools: tuple[ToolUse, ...] = Field(default=(), description="What it called, in order.")


class Trace(Frozen):
    """How one configuration worked on one task input."""

    answer: str
    steps: tuple[Step, ...] = ()
    usage: Usage = Usage()
    failure: str = Field(
        default="", description="Why there is no usable answer; empty if there is."
    )
    rounds: int = 1
    remark: str = Field(
        default="", description="What went wrong on the way without costing the answer."
    )


class Score(Frozen):
    """How good an answer is, 0 to 1, and why."""

    value: float = Field(ge=0, le=1)
    feedback: str = ""
    steps: tuple[Step, ...] = Field(
        default=(), description="A judge's model calls; none where the score is no opinion."
    )


class TaskRecord(Frozen):
    """A task of a run, by its number within the run; its text and truth stay in the task file."""

    number: int
    id: str
    split: Split
    domain: str = ""


class Run(Frozen):
    """One search: its settings as they were resolved, and how it stands."""

    id: str
    name: str
    seed: int
    settings: str = Field(description="The resolved run settings as JSON, without secrets.")
    status: Status = "running"
    started: str = Field(description="UTC, ISO 8601.")
    finished: str | None = None


class Parent(Frozen):
    """The arrow from a parent to its child: the edits that lead from one to the other."""

    candidate: int
    edits: Edits


class Candidate(Frozen):
    """A configuration within a run, and how it came about."""

    number: int = Field(description="Its place in the run, from 0.")
    config: SystemConfig
    operator: str = Field(description="What made it: 'seed', an operator's name, …")
    parents: tuple[Parent, ...] = ()
    rationale: str = ""
    choices: dict[str, Choice] = Field(
        default={}, description="The named choices it was built from, where it was built so."
    )

    @property
    def id(self) -> str:
        """The content id of its configuration."""
        return self.config.id


class Decision(Frozen):
    """What the search decided to buy: an evaluation of a candidate on a task, or a proposal.

    ``after`` is how many results had been taken when it was decided, ``at`` the run's clock in
    seconds. A proposal has neither candidate nor task.
    """

    number: int
    purpose: Purpose
    candidate: int | None = None
    task: int | None = None
    trial: int = 0
    after: int
    at: float
    why: str = Field(default="", description="What the allocator said for it.")


class Rollout(Frozen):
    """The settled result of an evaluation; ``taken`` is its place in the order of results."""

    decision: int
    taken: int
    candidate: int
    task: int
    trial: int = 0
    purpose: Purpose = "search"
    score: Score
    trace: Trace
    at: float


class Unscored(Frozen):
    """The settled result of an evaluation whose answer nobody could score.

    It is paid for and tells nothing about its candidate.
    """

    decision: int
    taken: int
    candidate: int
    task: int
    trial: int = 0
    purpose: Purpose = "search"
    reason: str
    trace: Trace
    steps: tuple[Step, ...] = Field(default=(), description="A judge's model calls.")
    at: float


class Prompt(Frozen):
    """A template of what a model is asked for a proposal, as its file has it."""

    name: str
    text: str

    @cached_property
    def version(self) -> str:
        """Eight hexadecimal digits of a hash of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:8]


class Birth(Frozen):
    """The settled result of a proposal: the candidate it added, or none and why.

    ``candidate`` is also set when the proposal came upon a configuration that was there already,
    ``reason`` also when a random operator had to stand in for a model.
    """

    decision: int
    taken: int
    candidate: int | None
    reason: str = ""
    repairs: int = Field(default=0, description="How many of a model's proposals were invalid.")
    steps: tuple[Step, ...] = ()
    prompts: tuple[Prompt, ...] = ()
    at: float


class Standing(Frozen):
    """What is believed about a candidate's true score, and what an evaluation of it costs."""

    candidate: int
    mean: float
    deviation: float
    evaluations: int
    usd: float | None = Field(
        default=None, description="Mean cost of an evaluation; None: unknown."
    )

    @property
    def interval(self) -> tuple[float, float]:
        """The central 95 % of what is believed, within 0 and 1."""
        reach = 1.96 * self.deviation
        return max(0.0, self.mean - reach), min(1.0, self.mean + reach)


class Confirmation(Frozen):
    """The winner on sealed tasks beside the best seed, as a paired difference.

    Intervals are central 95 % intervals of a mean.
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
    usd: float | None
    seed_usd: float | None
    looks: int = Field(
        description="How often these sealed tasks have been looked at, this included."
    )
    dearer_seed: int | None = Field(
        default=None,
        description="A seed that stood above this one and that the budget could not pay for.",
    )


class Look(Frozen):
    """A look at the test split; each makes what is seen there a little less independent."""

    what: str = Field(description="Who was scored, in words.")
    tasks: tuple[int, ...] = Field(description="The numbers of the tasks within the run.")
    at: float


class Event(Frozen):
    """Something worth remembering that is none of the above."""

    at: float
    kind: str
    text: str
