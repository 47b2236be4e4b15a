import asyncio
from collections.abc import Sequence
from dataclasses import replace
from random import Random

from archive.records import Candidate, Score
from evolve.models.base import Models
from evolve.models.scripted import Scripted
from evolve.standings.view import Example
from evolve.strategies.parts.base import Turn
from evolve.strategies.parts.proposers.best_by_domain import BestByDomain
from evolve.tasks.base import TaskInput
from search_spaces.config import Agent, Demonstration, SystemConfig
from search_spaces.edits import SetPrompt, apply
from search_spaces.operators.specialists import answering
from search_spaces.space import SearchSpace
from tests.evolve.strategies.searches import view_of

POOL = [
    Demonstration(question=f"{words} {number}?", answer=str(number), domain=domain)
    for domain, words in (("sum", "How many are"), ("place", "Where is"))
    for number in range(4)
]
SPACE = SearchSpace(agents=[1, 3], edges=("message", "route")).with_training(POOL)


def single(number: int, prompt: str) -> Candidate:
    config = SystemConfig(agents=(Agent(name="solver", prompt=prompt),))
    return Candidate(number=number, config=config, operator="seed")


def seen(domain: str, text: str, *scores: float) -> list[Example]:
    return [
        Example(TaskInput(id="t", text=text), domain, Score(value=score), "", lambda: None)
        for score in scores
    ]


def proposed(candidates: Sequence[Candidate], results: Sequence[list[Example]]) -> SystemConfig:
    view = view_of(SPACE, candidates, [0.5] * len(candidates))
    view = replace(view, examples=lambda number: results[number])
    turn = Turn(view, Models({"m": Scripted(script={})}, "m"), Random(0))
    proposal = asyncio.run(BestByDomain().propose(turn, []))
    assert proposal is not None
    assert {each.candidate for each in proposal.parents} <= {c.number for c in candidates}
    return proposal.config


def prompts(config: SystemConfig) -> tuple[str, str]:
    """The prompts of the agents that answer a sum, and where something is."""
    found = [answering(config, text) for text in ("How many are 9?", "Where is 9?")]
    assert None not in found
    return tuple(each.prompt for each in found if each)


def test_every_domain_gets_the_agent_that_did_best_in_it() -> None:
    candidates = [single(0, "Calculate."), single(1, "Locate.")]
    results = [
        seen("sum", "How many are 5?", 1, 1, 1) + seen("place", "Where is 5?", 0, 0, 0),
        seen("sum", "How many are 5?", 0, 1, 0) + seen("place", "Where is 5?", 1, 0, 1),
    ]
    assert prompts(proposed(candidates, results)) == ("Calculate.", "Locate.")


def test_few_results_weigh_less_than_many() -> None:
    candidates = [single(0, "Lucky."), single(1, "Proven."), single(2, "Poor.")]
    results = [
        seen("sum", "How many are 5?", 1) + seen("place", "Where is 5?", 1),
        seen("sum", "How many are 5?", *[1] * 11, 0) + seen("place", "Where is 5?", *[1] * 11, 0),
        seen("sum", "How many are 5?", *[0] * 12) + seen("place", "Where is 5?", *[0] * 12),
    ]
    assert prompts(proposed(candidates, results)) == ("Proven.", "Proven.")


def test_equal_agents_of_several_systems_are_one() -> None:
    candidates = [single(0, "Calculate."), single(1, "Locate.")]
    results = [
        seen("sum", "How many are 5?", 1, 1, 1) + seen("place", "Where is 5?", 0, 0),
        seen("sum", "How many are 5?", 0, 0) + seen("place", "Where is 5?", 1, 1, 1),
    ]
    both = proposed(candidates, results)
    edit = SetPrompt(agent=answering(both, "Where is 9?").name, prompt="Look elsewhere.")
    first = Candidate(number=2, config=apply(both, [edit]), operator="edit")
    again = [*results, seen("sum", "How many are 5?", 0, 0, 0, 0)]
    assert prompts(proposed([*candidates, first], again))[0] == "Calculate."
    worse = [*results, seen("sum", "How many are 5?", *[0] * 30)]
    rival = [*worse[:1], worse[1] + seen("sum", "How many are 5?", 1, 1, 1, 0), worse[2]]
    assert prompts(proposed([*candidates, first], rival))[0] == "Locate."


def test_a_known_combination_is_not_proposed_again() -> None:
    candidates = [single(0, "Calculate."), single(1, "Locate.")]
    results = [
        seen("sum", "How many are 5?", 1, 1, 1) + seen("place", "Where is 5?", 0, 0),
        seen("sum", "How many are 5?", 0, 0) + seen("place", "Where is 5?", 1, 1, 1),
    ]
    made = Candidate(number=2, config=proposed(candidates, results), operator="best_by_domain")
    view = view_of(SPACE, [*candidates, made], [0.5] * 3)
    view = replace(view, examples=lambda number: [*results, []][number])
    turn = Turn(view, Models({"m": Scripted(script={})}, "m"), Random(0))
    assert asyncio.run(BestByDomain().propose(turn, [])) is None


def test_a_domain_without_answers_is_waited_for() -> None:
    view = view_of(SPACE, [single(0, "Calculate.")], [0.5])
    view = replace(view, examples=lambda number: seen("sum", "How many are 5?", 1.0))
    turn = Turn(view, Models({"m": Scripted(script={})}, "m"), Random(0))
    assert asyncio.run(BestByDomain().propose(turn, [])) is None
