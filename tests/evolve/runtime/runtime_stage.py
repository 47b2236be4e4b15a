"""The harness of runtime tests: systems on a model with scripted replies."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from archive.records import Trace
from evolve import clock
from evolve.models.base import Models, Reply, Request, ToolCall
from evolve.models.price import Price
from evolve.models.scripted import Scripted
from evolve.runtime.scheduler import run_system
from evolve.tasks.base import TaskInput
from evolve.tools.base import Arguments, Tool, ToolError
from search_spaces.config import Agent, Edge, SystemConfig

TASK = TaskInput(id="1", text="What is 6 times 7?", instructions="End with 'Answer: …'.")


class Echo(Tool):
    """Repeats its input many times."""

    waits_s: float = 0.0
    times: int = 1000

    @property
    def description(self) -> str:
        return "Says it again."

    @property
    def parameters(self) -> Mapping[str, Any]:
        return {"type": "object", "properties": {"text": {"type": "string"}}}

    async def call(self, arguments: Arguments) -> str:
        await asyncio.sleep(self.waits_s)
        if "text" not in arguments:
            raise ToolError("say what")
        return str(arguments["text"]) * self.times


class Stage:
    """Runs systems, and records the requests to their models."""

    def __init__(self, say: Callable[[Request], str | Reply]) -> None:
        self.heard: list[Request] = []

        def listen(request: Request) -> str | Reply:
            self.heard.append(request)
            return say(request)

        self.models = Models(
            {
                "small": Scripted(
                    script=listen, max_tokens=50, price=Price(prompt=0.1, completion=0.7)
                ),
                "large": Scripted(script=listen, price=Price(prompt=1.1, completion=3.3)),
            },
            "small",
        )

    def run(self, config: SystemConfig, **options: Any) -> Trace:
        """Runs a system in virtual time."""
        return clock.run(run_system(config, TASK, self.models, **options), virtual=True)

    def prompts(self, agent: str) -> list[str]:
        """The prompts of an agent, found by the role of its name."""
        return [r.messages[-1].content for r in self.heard if who(r) == agent]


def agent(name: str, **fields: Any) -> Agent:
    """An agent whose role is its name, so that `who` can tell."""
    return Agent(name=name, role=name, **fields)


def who(request: Request) -> str:
    """Whose turn a request is."""
    first, *_ = request.messages[0].content.splitlines()
    return first.removeprefix("You are the ").removesuffix(".")


def saying(**lines: str | list[str]) -> Callable[[Request], str]:
    """A script by agent: one line, or one for each of its turns."""
    turns = {name: iter(reply) for name, reply in lines.items() if isinstance(reply, list)}

    def say(request: Request) -> str:
        name = who(request)
        return next(turns[name]) if name in turns else lines[name]

    return say


def message(source: str, target: str) -> Edge:
    return Edge(source=source, target=target)


def feedback(source: str, target: str) -> Edge:
    return Edge(source=source, target=target, kind="feedback")


def pseudorandom(request: Request, latency: str = "") -> Reply:
    """A reply that depends on everything asked, and takes a time that depends on more."""
    conversation = "\n".join(message.content for message in request.messages)
    digest = hashlib.sha256(
        f"{conversation}|{request.sample}|{request.temperature}".encode()
    ).digest()
    wait = hashlib.sha256(digest + latency.encode()).digest()[0] / 100 if latency else 0.0
    text = ["", "I wonder.", "Verdict: approved", "Verdict: revise"][digest[1] % 4]
    text += f"\nAnswer: {digest[0] % 3 + 1}" if digest[2] % 5 else ""
    refusal = "no" if digest[3] % 11 == 0 else ""
    reply = Reply(
        text, len(conversation) // 4, 5, wait, truncated=digest[4] % 7 == 0, refusal=refusal
    )
    if request.tool_choice == "none" or not digest[5] % 3:
        return reply
    asking = [tool.name for place, tool in enumerate(request.tools) if digest[6 + place % 9] % 2]
    calls = [ToolCall(name, json.dumps({"request": f"{digest[7]} please"})) for name in asking]
    return replace(reply, tool_calls=tuple(calls))
