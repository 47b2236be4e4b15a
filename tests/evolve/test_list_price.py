"""List prices: what a system would cost before anybody has evaluated it."""

import pytest

from evolve.list_price import price_list, unlisted
from evolve.models.base import Price
from search_spaces.config import Agent, Answer, Edge, SystemConfig

CHEAP, DEAR = Price(prompt=0.1, completion=0.4), Price(prompt=2.0, completion=8.0)
LISTED = price_list({"cheap": CHEAP, "dear": DEAR}, "cheap")


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


def test_dearer_models_and_more_to_read_cost_more() -> None:
    cheap, dear = Agent(name="a", prompt="x"), Agent(name="b", prompt="x", model="dear")
    apart = price(system(cheap)) + price(system(dear))
    heard = price(system(cheap, dear, edges=(Edge(source="a", target="b"),)))
    assert apart < heard < 1.5 * apart


def test_nothing_is_listed_where_a_price_is_missing_or_everything_is_free() -> None:
    assert price_list({"cheap": CHEAP, "unknown": None}, "cheap") is unlisted
    assert price_list({"own": Price(prompt=0, completion=0)}, "own") is unlisted
    assert LISTED(system(Agent(name="a", prompt="x", model="gone"))) is None
    assert unlisted(system(Agent(name="a", prompt="x"))) is None
