from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_spaces.config import Agent, Answer
from search_spaces.draft import Draft, EdgeKey
from search_spaces.topologies import TOPOLOGIES, chain, debate, layered, mesh, star, tree
from tests.strategies import examples, generators

ONE_END = set(TOPOLOGIES) - {"independent", "debate"}


@examples(15)
@given(st.integers(1, 12), generators)
@pytest.mark.parametrize("name", TOPOLOGIES)
def test_every_topology_makes_a_working_system(name: str, size: int, rng: Random) -> None:
    names = [f"a{number:02}" for number in range(size)]
    draft = Draft(agents={each: Agent(name=each) for each in names})
    draft.edges = TOPOLOGIES[name](names, rng)
    draft.rounds = 2 if draft.arrows("feedback") else 1
    draft.answer = Answer(mode="last" if name in ONE_END else "vote")
    config = draft.build()
    assert config.sources == ((names[-1],) if name in ONE_END else tuple(names))


@pytest.mark.parametrize("name", ["random", "small_world"])
def test_random_topologies_follow_the_generator_alone(name: str) -> None:
    shape, names = TOPOLOGIES[name], [f"a{number}" for number in range(8)]
    assert shape(names, Random(3)) == shape(names, Random(3))
    assert len({frozenset(shape(names, Random(seed))) for seed in range(20)}) > 10


def arrows(edges: set[EdgeKey]) -> set[str]:
    return {source + target for source, target, _ in edges}


def test_shapes_are_what_they_are_called() -> None:
    assert arrows(chain("abcd")) == {"ab", "bc", "cd"}
    assert arrows(star("abcd")) == {"ad", "bd", "cd"}
    assert arrows(tree("abcdefg")) == {"ae", "be", "cf", "df", "eg", "fg"}
    assert arrows(mesh("abc")) == {"ab", "ac", "bc"}
    assert arrows(layered("abcde")) == {"ac", "ad", "bc", "bd", "ce", "de"}
    assert arrows(debate("ab")) == {"aa", "ab", "ba", "bb"}
