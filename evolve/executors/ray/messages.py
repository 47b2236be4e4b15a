"""What travels between the driver and its actors: a task's truth only to those that score."""

from typing import NamedTuple, TypeAlias

from archive.records import Score, Trace, Usage
from evolve.models.base import Reply
from evolve.tasks.base import Task, TaskInput
from search_spaces.config import SystemConfig

# To an actor


class Evaluate(NamedTuple):
    """A configuration that is to work on a task input."""

    config: SystemConfig
    task_input: TaskInput
    trial: int


class Judge(NamedTuple):
    """A submission that is to be scored."""

    task: Task
    submission: str


Work: TypeAlias = Evaluate | Judge


class Job(NamedTuple):
    """Work to do; ``at`` is when it begins in virtual time, None in real time."""

    number: int
    work: Work
    at: float | None


class Answer(NamedTuple):
    """The reply to an actor's call, or an outage, which is raised there."""

    question: int
    value: Reply | bool | None
    outage: str = ""


ToActor: TypeAlias = Job | Answer

# To the driver


class Done(NamedTuple):
    """What came of a job, and when it ended on the clock that it was done by."""

    job: int
    result: Trace | Score
    ended: float


class Failed(NamedTuple):
    """Why nothing came of a job."""

    job: int
    error: Exception


class Wanted(NamedTuple):
    """A model call that is to be made: the answer is its reply, or None for leave to buy it."""

    call: int
    model: str
    key: bytes
    worst: Usage
    """What it may have cost if nothing is heard of it again."""


class Bought(NamedTuple):
    """The reply to a call; the answer is that reply, once it is on disk."""

    call: int
    reply: Reply


class Unbought(NamedTuple):
    """A call that an endpoint did not answer."""

    call: int
    outage: str


class Lost(NamedTuple):
    """Tokens that may have been paid for; the answer is whether there is room for another try."""

    model: str
    usage: Usage


class Question(NamedTuple):
    """Something that an actor waits for an answer to."""

    number: int
    about: Wanted | Bought | Unbought | Lost


class Dropped(NamedTuple):
    """A call that was abandoned."""

    call: int


class Found(NamedTuple):
    """What an endpoint turned out to take."""

    model: str
    key: str
    text: str


ToDriver: TypeAlias = Done | Failed | Question | Dropped | Found
