"""List prices: the estimated cost of a system before it is evaluated."""

import pytest

from evolve.budget.list_price import price_list, unlisted
from evolve.models.price import Price
from search_spaces.config import Agent, Answer, Edge, SystemConfig

CHEAP, COSTLY = Price(prompt=0.1, completion=0.4), Price(prompt=2.0, completion=8.0)
LISTED = price_list({"cheap": CHEAP, "costly": COSTLY}, "cheap")


def system(*agents: Agent, edges: tuple[Edge, ...] = (), rounds: int = 1) -> SystemConfig:
    return SystemConfig(
        agents=agents,
        edges=edges,
        answer=Answer(mode="last"),
        rounds=rounds,
    )


def price(config: SystemConfig) -> float:
    found = LISTED(config)
    assert found is not None
    return found


def test_an_agent_costs_what_its_calls_cost() -> None:
    alone = price(system(Agent(name="a", prompt="x" * 400)))
    assert alone == pytest.approx(CHEAP.usd(400, 250))
    assert price(system(Agent(name="a", prompt="x" * 400, samples=3))) == pytest.approx(3 * alone)


def test_costlier_models_and_longer_prompts_cost_more() -> None:
    cheap, costly = Agent(name="a", prompt="x"), Agent(name="b", prompt="x", model="costly")
    apart = price(system(cheap)) + price(system(costly))
    connected = price(system(cheap, costly, edges=(Edge(source="a", target="b"),)))
    assert apart < connected < 1.5 * apart


def test_tokens_and_calls_are_listed_without_prices() -> None:
    config = system(Agent(name="a", prompt="x" * 400, samples=3))
    unknown = {"own": None}
    assert price_list(unknown, "own", "tokens")(config) == 3 * (400 + 250)
    assert price_list(unknown, "own", "calls")(config) == 3
    assert price_list(unknown, "own", "seconds") is unlisted


def test_nothing_is_listed_where_a_price_is_missing_or_everything_is_free() -> None:
    assert price_list({"cheap": CHEAP, "unknown": None}, "cheap") is unlisted
    assert price_list({"own": Price(prompt=0, completion=0)}, "own") is unlisted
    assert LISTED(system(Agent(name="a", prompt="x", model="gone"))) is None
    assert unlisted(system(Agent(name="a", prompt="x"))) is None
