"""The runs of `benchmarks.estimating`, and their models.

The profiles and landscapes are used only here. Each of the two sets was written down before any
run of it was made, and no part of the estimate was fitted to either.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

CONFIGS = Path(__file__).parents[1] / "configs"

PROFILES: Mapping[str, dict[str, Any]] = {
    "modest": {"family": "cedar", "ability": 0.1, "tokens": 65, "spread": 0.45, "thinking": 0.35},
    "sound": {"family": "cedar", "ability": 0.6, "tokens": 48, "spread": 0.6, "attention": 5},
    "strong": {"family": "dogwood", "ability": 1.1, "tokens": 75, "spread": 0.5, "window": 6000},
    "swift": {"family": "dogwood", "ability": 0.25, "tokens": 55, "latency_s": 0.5, "inertia": 0.9},
    "terse": {"family": "fir", "ability": -0.1, "tokens": 38, "spread": 0.5, "attention": 3},
    "talkative": {"family": "elm", "ability": 0.35, "tokens": 95, "spread": 0.7, "thinking": 0.4},
    "able": {"family": "elm", "ability": 1.3, "tokens": 85, "thinking": 0.3, "insight": 0.6},
}
"""Profiles by the names of models at an endpoint."""

WORLDS: Mapping[str, dict[str, Any]] = {
    "first": {
        "seed": 77,
        "elsewhere": {
            "difficulty": 0.3,
            "variety": 0.9,
            "rewards": {"step_by_step": 0.15, "verify": 0.2, "hasty": -0.2, "units": 0.1},
            "roles": {"expert": 0.1},
            "echo": 0.15,
            "checkable": 0.25,
        },
    },
    "second": {
        "seed": 91,
        "elsewhere": {
            "difficulty": -0.1,
            "variety": 0.7,
            "rewards": {"plan": 0.2, "restate": 0.1, "alternatives": 0.15, "hasty": -0.1},
            "echo": 0.25,
            "checkable": 0.4,
        },
    },
}

TASKS: Mapping[str, dict[str, Any]] = {
    "problems": {
        "file": str(CONFIGS / "landscapes" / "problems.jsonl"),
        "domain": "domain",
        "split": "split",
        "scorer": "exact",
    },
    "quickstart_simulated": {
        "file": str(CONFIGS / "puzzles.jsonl"),
        "input": "question",
        "answer": "answer",
        "domain": "domain",
        "split": "split",
        "scorer": "exact",
    },
    "own_data": {
        "file": str(CONFIGS / "own_data.csv"),
        "input": "message",
        "answer": None,
        "scorer": {"python": {"function": "configs.own_data_scoring:score"}},
        "instructions": "Finish with a line 'Answer: <product>; <quantity>'.",
    },
}

ANSWERS: Mapping[str, dict[str, str]] = {
    "problems": {"domain": "domain"},
    "quickstart_simulated": {"domain": "domain"},
    "own_data": {"question": "message", "answer": "answer"},
}
"""The fields of an answer key in the task file."""


def priced(name: str, prompt: float, completion: float, **options: int) -> dict[str, Any]:
    """A model of an endpoint; prices are in USD per million tokens."""
    return {"model": name, "price": {"prompt": prompt, "completion": completion}, **options}


FIRST: Mapping[str, dict[str, Any]] = {
    "usd, two models, racing": {
        "tasks": "quickstart_simulated",
        "models": {
            "a": priced("modest", 0.15, 0.6),
            "b": priced("sound", 0.5, 2.0, max_tokens=2048),
        },
        "space": {"models": ["a", "b"], "agents": [1, 5]},
        "objective": {"cost_at_most": 0.003},
        "allocator": "racing",
        "budget": {"usd": 2.0},
    },
    "usd, prices 50 times apart": {
        "tasks": "problems",
        "models": {
            "a": priced("swift", 0.08, 0.3),
            "b": priced("sound", 0.6, 2.5),
            "c": priced("strong", 4.0, 16.0),
        },
        "space": {"models": ["a", "b", "c"], "agents": [1, 4]},
        "objective": {"cost_at_most": 0.01},
        "budget": {"usd": 8.0},
        "confirm": {"tasks": 100},
    },
    "evaluations, one model, random": {
        "tasks": "problems",
        "models": {"a": priced("sound", 0.6, 2.5)},
        "space": {"agents": [1, 4]},
        "strategy": "random",
        "budget": {"evaluations": 2000},
        "confirm": {"tasks": 100},
    },
    "usd, a meta-agent": {
        "tasks": "quickstart_simulated",
        "models": {
            "a": priced("modest", 0.2, 0.8),
            "b": priced("sound", 0.6, 2.4),
            "meta": priced("strong", 2.0, 8.0),
        },
        "space": {"models": ["a", "b"], "agents": [1, 5]},
        "strategy": {"reflective": {"model": "meta"}},
        "objective": {"cost_at_most": 0.004},
        "budget": {"usd": 6.0},
        "confirm": {"tasks": 80},
    },
    "tokens, two models, tpe": {
        "tasks": "problems",
        "models": {"a": priced("swift", 0.1, 0.4), "b": priced("modest", 0.2, 0.8)},
        "space": {"models": ["a", "b"], "agents": [1, 5]},
        "strategy": "tpe",
        "allocator": "thompson",
        "budget": {"tokens": 6_000_000},
        "confirm": {"tasks": 100},
    },
}

_SEEDS = {"library": ["single", "chain_of_thought", "self_consistency", "critic_solver", "debate"]}

SECOND: Mapping[str, dict[str, Any]] = {
    "usd, as gsm8k.yaml": {
        "world": "second",
        "tasks": "problems",
        "models": {
            "small": priced("talkative", 0.15, 0.6, max_tokens=1024),
            "medium": priced("able", 0.5, 2.0, max_tokens=1024),
        },
        "space": {"models": ["small", "medium"], "agents": [1, 5]},
        "seeds": _SEEDS,
        "objective": {"cost_at_most": 0.003},
        "strategy": "default",
        "allocator": "racing",
        "budget": {"usd": 2.0},
        "confirm": {"tasks": 100},
    },
    "usd, as own_data.yaml, served": {
        "world": "second",
        "served": True,
        "tasks": "own_data",
        "models": {
            "worker": priced("terse", 0.15, 0.6, max_tokens=512),
            "meta": priced("able", 0.5, 2.0, max_tokens=4096),
        },
        "space": {"models": ["worker"], "agents": [1, 4]},
        "strategy": {"reflective": {"model": "meta"}},
        "budget": {"usd": 1.0},
        "concurrency": 32,
    },
    "calls, as quickstart.yaml": {
        "world": "second",
        "tasks": "quickstart_simulated",
        "models": {
            "small": priced("terse", 0.15, 0.6),
            "other": priced("talkative", 0.12, 0.5),
            "medium": priced("sound", 0.6, 2.4),
        },
        "space": {"models": ["small", "other", "medium"], "agents": [1, 5]},
        "seeds": _SEEDS,
        "objective": {"cost_at_most": 0.002},
        "strategy": "genetic",
        "allocator": "value",
        "budget": {"calls": 12_000},
    },
    "tokens, one model, a meta-agent": {
        "world": "second",
        "tasks": "quickstart_simulated",
        "models": {
            "worker": priced("talkative", 0.15, 0.6),
            "meta": priced("able", 0.5, 2.0),
        },
        "space": {"models": ["worker"], "agents": [1, 5]},
        "strategy": {"default": {"model": "meta"}},
        "budget": {"tokens": 5_000_000},
        "confirm": {"tasks": 80},
    },
    "evaluations, two models, served": {
        "world": "second",
        "served": True,
        "tasks": "problems",
        "models": {
            "small": priced("terse", 0.15, 0.6),
            "other": priced("talkative", 0.12, 0.5),
        },
        "space": {"models": ["small", "other"], "agents": [1, 4]},
        "strategy": "default",
        "objective": {"cost_at_most": 0.004},
        "budget": {"evaluations": 1200},
        "confirm": {"tasks": 80},
    },
}

RUNS: Mapping[str, dict[str, Any]] = {**FIRST, **SECOND}
