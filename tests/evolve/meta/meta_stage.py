"""A small search as the meta-agent is shown it, and scripted models that design."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from archive.records import Candidate, Parent, Score, Step, Trace, Usage
from evolve.models.base import Models, Reply, Request
from evolve.models.price import Price
from evolve.models.scripted import Scripted
from evolve.standings.objective import Objective
from evolve.standings.view import ArchiveView, Example, Examples, no_examples
from evolve.tasks.base import TaskInput
from search_spaces.config import Agent, SystemConfig
from search_spaces.edits import Edits, SetParameter, SetPrompt, SetRole, apply
from search_spaces.space import SearchSpace

SPACE = SearchSpace(models=("small", "large"), agents=[1, 3], prompt_characters=500)
SOLVER = SystemConfig(name="lone solver", agents=(Agent(name="solver", prompt="Solve it."),))

TRIED: Sequence[tuple[Edits, float]] = (
    ((SetPrompt(agent="solver", prompt="Solve it.\nGuess."),), 0.3),
    ((SetRole(agent="solver", role="mathematician"),), 0.7),
    ((SetParameter(agent="solver", parameter="temperature", value=0.2),), 0.55),
)
"""Edits of the seed, and what the child scored."""


def seen(
    space: SearchSpace = SPACE, examples: Examples = no_examples, seed: SystemConfig = SOLVER
) -> ArchiveView:
    """A seed and three children of it, one with a child of its own, all evaluated but the last."""
    candidates = [Candidate(number=0, config=seed, operator="seed")]
    for edits, _ in TRIED:
        parent = Parent(candidate=0, edits=edits)
        candidates.append(
            Candidate(
                number=len(candidates),
                config=apply(seed, edits),
                operator="meta:edits",
                parents=(parent,),
            )
        )
    deeper = (SetPrompt(agent="solver", prompt="Solve it.\nCheck it."),)
    candidates.append(
        Candidate(
            number=4,
            config=apply(candidates[2].config, deeper),
            operator="add_fragment",
            parents=(Parent(candidate=2, edits=deeper),),
        )
    )
    return ArchiveView(
        space=space,
        objective=Objective(cost_at_most=0.01),
        candidates=tuple(candidates),
        mean=np.array([0.5, *(score for _, score in TRIED), 0.8]),
        deviation=np.full(5, 0.02),
        cost=np.array([0.001, 0.001, 0.002, np.nan, 0.5]),
        evaluations=np.array([40, 40, 40, 0, 40]),
        scores=np.full((5, 1), np.nan),
        spent=np.zeros(5),
        examples=examples,
    )


def example(
    text: str = "How many legs have three spiders?",
    value: float = 0.0,
    outputs: Sequence[str] = ("I count 18.\nAnswer: 18",),
    domain: str = "counting",
    feedback: str = "expected '24', got '18'",
) -> Example:
    """An example, failed unless said otherwise."""
    steps = tuple(
        Step(agent="solver", round=1, sample=n, model="small", text=line, usage=Usage())
        for n, line in enumerate(outputs)
    )
    return Example(
        task=TaskInput(id=text, text=text),
        domain=domain,
        score=Score(value=value, feedback=feedback),
        failure="",
        read_trace=lambda: Trace(answer="", steps=steps),
    )


PRICE = Price(prompt=1.0, completion=4.0)


def models(meta: Callable[[Request], str | Reply] = lambda request: "") -> Models:
    """Two priced models for agents and a scripted one for the meta-agent."""
    plain = Scripted(script={}, price=PRICE)
    scripted = Scripted.model_construct(script=meta, latency_s=0.0, price=PRICE, max_tokens=1024)
    return Models({"small": plain, "large": plain, "meta": scripted}, "small")


def edits(*given: dict[str, Any], rationale: str = "It guesses.") -> str:
    """A reply that proposes edits."""
    return json.dumps({"rationale": rationale, "edits": list(given)})


def prompt_of(text: str, agent: str = "solver") -> dict[str, Any]:
    """The edit that gives an agent a prompt."""
    return {"edit": "set_prompt", "agent": agent, "prompt": text}
