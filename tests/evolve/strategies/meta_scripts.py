"""Scripted meta-agents: valid, invalid so many times, hostile, or as costly as possible."""

import json
from typing import Any

from evolve.models.base import Reply, Request
from evolve.models.openai.payload import prompt_bound


def whole_system(request: Request, **agent: Any) -> str:
    """A new one-agent system for every draw."""
    solver = {"name": "solver", "prompt": f"Think. Then think again, {request.sample} times."}
    system = {"name": "thinker", "agents": [{**solver, **agent}]}
    return json.dumps({"rationale": "Thinking helps.", "system": system})


def _after(request: Request, mistakes: int) -> str:
    made = sum(message.role == "assistant" for message in request.messages)
    return whole_system(request, model="gpt-9") if made < mistakes else whole_system(request)


def at_once(request: Request) -> str:
    return _after(request, 0)


def willing(request: Request) -> str:
    """The requested proposal: a whole system, or an edit, which not every system allows."""
    if "system" in (request.schema or {}).get("properties", {}):
        return whole_system(request)
    edit = {"edit": "set_prompt", "agent": "solver", "prompt": f"Think {request.sample} times."}
    return json.dumps({"rationale": "Thinking helps.", "edits": [edit]})


def after_one(request: Request) -> str:
    return _after(request, 1)


def after_two(request: Request) -> str:
    return _after(request, 2)


def never(request: Request) -> str:
    return _after(request, 99)


def mute(request: Request) -> str:
    return ""


def escaping(request: Request) -> str:
    return whole_system(request, name="\x1b[2J\x1b]0;owned\x07")


def endless(request: Request) -> str:
    return whole_system(request, prompt="x" * 10_000_000)


def long_winded(request: Request) -> str:
    return whole_system(request, prompt="x" * 100_000)


def stranger(request: Request) -> str:
    return whole_system(request, model="\x1b[31mgpt-9")


def bomb(request: Request) -> str:
    return '{"system":' * 15_000


def crowd(request: Request) -> str:
    return json.dumps({"system": {"agents": [{"name": f"a{n}"} for n in range(101)]}})


def refusing(request: Request) -> Reply:
    return Reply("", 50, 5, 0.1, refusal="I would rather not.")


def costliest(request: Request) -> Reply:
    """Never valid, and as expensive as the request allows."""
    return Reply("é" * 50_000, prompt_bound(request), request.max_tokens, 0.1)
