"""A system served within the test's own process, over a real socket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from evolve.serving.apply import System
from evolve.serving.deployment import Deployment
from evolve.serving.guard import Guard
from evolve.serving.listener import listening
from evolve.serving.system import HEALTH, SystemServer
from search_spaces.config import Agent, SystemConfig
from tests.evolve.runs import settings

ONE = SystemConfig(name="one", agents=(Agent(name="solver"),))
QUESTION = [{"role": "user", "content": "What is it?"}]


@asynccontextmanager
async def served(
    script: object, guard: Guard | None = None, latency_s: float = 0.0, idle_s: float = 30.0
) -> AsyncIterator[str]:
    """The URL of a system of one agent that answers by a script."""
    models = {"small": {"scripted": {"script": script, "latency_s": latency_s}}}
    system = System(Deployment.of(settings(models=models, space={})), ONE)
    server = SystemServer(system, "one", guard or Guard(public_paths=(HEALTH,)), 4)
    async with listening(server.application(), idle_s=idle_s) as url:
        yield url
