"""Models and scorers that executors in other processes can build: they are named, not made."""

import os
import time

from archive.records import Score
from evolve.errors import OutageError, UnscoredError
from evolve.models.base import Model, Reply, Request
from evolve.tasks.base import Scorer, Task


def say(request: Request) -> str:
    """Another number for every sample."""
    return f"{'Long' * request.sample}\nAnswer: {42 + request.sample}"


def fails(task: Task, answer: str) -> float:
    raise LookupError("no such thing")


def tells_the_key(task: Task, answer: str) -> dict[str, object]:
    """Tells the key of the models, if it has it."""
    return {"score": 1.0, "feedback": os.environ.get("OPENAI_API_KEY", "none")}


def busy(task: Task, answer: str) -> float:
    """Keeps a processor busy for 50 ms of its own time."""
    until = time.thread_time() + 0.05
    while time.thread_time() < until:
        pass
    return 1.0


class Down(Model):
    """A model whose endpoint does not answer."""

    async def complete(self, request: Request) -> Reply:
        raise OutageError("gone")


class Undecided(Scorer):
    """A scorer that cannot score."""

    async def score(self, task: Task, answer: str) -> Score:
        raise UnscoredError("who knows")
