"""A model of log-normal latency that records when it was busy."""

import asyncio
from hashlib import sha256
from random import Random
from typing import NamedTuple

from pydantic import PrivateAttr

from evolve.models.base import Model, Reply, Request

SIGMA = 0.85
"""The σ of the logarithm of its latency, whose median is one second."""


OPENING = "Open the work."
"""Part of the prompt of the first agent of every evaluation."""


class Span(NamedTuple):
    """When a call began and ended, and whether an evaluation began with it."""

    began: float
    ended: float
    opens: bool


class Slow(Model):
    """Answers after a log-normal time, and records when it was busy."""

    _spans: list[Span] = PrivateAttr(default_factory=list)

    @property
    def simulated(self) -> bool:
        """Simulated, so that time is virtual."""
        return True

    @property
    def spans(self) -> list[Span]:
        """Every call that has ended."""
        return self._spans

    async def complete(self, request: Request) -> Reply:
        """Waits, and answers right or wrong at random."""
        said = "".join(message.content for message in request.messages)
        rng = Random(sha256(f"{said}/{request.sample}".encode()).hexdigest())
        loop = asyncio.get_running_loop()
        began = loop.time()
        await asyncio.sleep(rng.lognormvariate(0, SIGMA))
        self._spans.append(Span(began, loop.time(), OPENING in said))
        return Reply(f"Answer: {int(rng.random() < 0.6)}", 10, 5, 0.0)
