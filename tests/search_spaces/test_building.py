from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import get_args

from hypothesis import given

from search_spaces.building import Option, RandomChoices
from search_spaces.config import AnswerMode
from search_spaces.library import roles
from search_spaces.prompts import found_role
from search_spaces.space import SearchSpace
from search_spaces.yaml_text import write_system
from tests.strategies import examples, generators, search_spaces


class Watched(RandomChoices):
    """Chooses at random and records options and choices."""

    def __init__(self, rng: Random, offered: dict[str, object]) -> None:
        super().__init__(rng)
        self.offered = offered
        self.chosen: dict[str, object] = {}

    def _keep(self, name: str, distribution: object, value: object) -> None:
        assert self.offered.setdefault(name, distribution) == distribution
        assert name not in self.chosen
        self.chosen[name] = value

    def categorical(self, name: str, options: Sequence[Option]) -> Option:
        value = super().categorical(name, options)
        assert len(set(options)) == len(options) > 1
        self._keep(name, tuple(options), value)
        return value

    def integer(self, name: str, low: int, high: int) -> int:
        value = super().integer(name, low, high)
        assert low < high
        self._keep(name, (low, high), value)
        return value

    def real(self, name: str, low: float, high: float) -> float:
        value = super().real(name, low, high)
        assert low < high
        self._keep(name, (low, high), value)
        return value


class Replayed(RandomChoices):
    """Makes choices again; names that were not chosen before fail."""

    def __init__(self, chosen: dict[str, object]) -> None:
        super().__init__(Random(0))
        self.chosen = chosen

    def categorical(self, name: str, options: Sequence[Option]) -> Option:
        return self.chosen[name]  # type: ignore[return-value]

    def integer(self, name: str, low: int, high: int) -> int:
        return self.chosen[name]  # type: ignore[return-value]

    def real(self, name: str, low: float, high: float) -> float:
        return self.chosen[name]  # type: ignore[return-value]


@examples(40)
@given(search_spaces(), generators)
def test_a_name_always_has_the_same_distribution_and_choices_say_all(
    space: SearchSpace, rng: Random
) -> None:
    offered: dict[str, object] = {}
    for _ in range(6):
        choices = Watched(rng, offered)
        config = space.build(choices)
        assert space.build(Replayed(choices.chosen)) == config


def test_samples_are_varied_and_reach_everything() -> None:
    space, rng = SearchSpace(models=("large",), efforts=("low",), max_tokens=(100, 900)), Random(1)
    drawn = [space.sample(rng) for _ in range(400)]
    assert len({config.id for config in drawn}) > 390
    assert {config.answer.mode for config in drawn} == set(get_args(AnswerMode))
    assert {len(config.agents) for config in drawn} == set(range(1, 7))
    assert {config.rounds for config in drawn} == {1, 2, 3}
    assert {config.stop.rule for config in drawn} == {"never", "consensus", "approved"}
    agents = [agent for config in drawn for agent in config.agents]
    assert {role.name for agent in agents if (role := found_role(agent))} == set(roles())
    assert {agent.model for agent in agents} == {None, "large"}
    assert {agent.effort for agent in agents} == {None, "low"}
    assert len({agent.max_tokens for agent in agents}) > 100
    assert len({agent.temperature for agent in agents}) > 90


def test_samples_reach_delegates_routes_and_memory_where_the_space_has_them() -> None:
    space = SearchSpace(
        edges=("message", "feedback", "delegate", "route"), memories=("own", "shared")
    )
    rng = Random(1)
    drawn = [space.sample(rng) for _ in range(300)]
    directing = [config for config in drawn if config.arrows("delegate") or config.arrows("route")]
    assert {edge.kind for config in directing for edge in config.edges} == set(space.edges)
    titles = {agent.role for config in directing for agent in config.agents}
    assert {role.title for role in roles().values() if role.kind == "directs"} <= titles
    assert {a.memory for config in drawn for a in config.agents} == {None, "own", "shared"}
    delegating = [config.delegation for config in drawn if config.arrows("delegate")]
    assert len({bounds.calls for bounds in delegating}) > 5
    assert len({bounds.turns for bounds in delegating}) > 3


def test_answering_agents_have_answering_roles() -> None:
    space, rng = SearchSpace(), Random(2)
    kinds: Counter[str] = Counter()
    for _ in range(100):
        config = space.sample(rng)
        if config.answer.mode != "last":
            for name in config.sources:
                role = found_role(config.agent(name))
                kinds[role.kind if role else ""] += 1
    assert set(kinds) == {"answers"}


def test_there_is_always_something_to_choose_from() -> None:
    space, rng = SearchSpace(), Random(3)
    for _ in range(200):
        config = space.sample(rng)
        outputs = sum(config.agent(name).samples for name in config.sources)
        assert config.answer.mode == "last" or outputs > 1


def test_a_sample_follows_its_generator_alone() -> None:
    one, other = (write_system(SearchSpace().sample(Random(7))) for _ in range(2))
    assert one == other
