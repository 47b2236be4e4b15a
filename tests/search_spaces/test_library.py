import re
from collections.abc import Callable

import pytest

from search_spaces import library
from search_spaces.errors import ConfigError
from search_spaces.library import fragments, roles, systems
from search_spaces.prompts import found_fragments
from search_spaces.space import SearchSpace
from search_spaces.yaml_text import write_system


def test_there_is_enough_to_start_from() -> None:
    assert len(roles()) >= 12
    assert {role.kind for role in roles().values()} == {
        "answers",
        "prepares",
        "reviews",
        "decides",
        "directs",
    }
    assert len(fragments()) >= 12
    assert len({fragment.group for fragment in fragments().values()}) >= 4
    assert len(systems()) >= 14


def test_nothing_is_there_twice_and_fragments_are_single_lines() -> None:
    titles = [role.title for role in roles().values()]
    texts = [each.text for each in (*fragments().values(),)]
    prompts = [role.prompt for role in roles().values()]
    assert len(set(titles)) == len(titles)
    assert len({*texts, *prompts}) == len(texts) + len(prompts)
    assert not [text for text in (*texts, *prompts) if "\n" in text]


@pytest.mark.parametrize("name", systems())
def test_every_system_lies_in_the_default_space_or_in_that_of_orchestration(name: str) -> None:
    config = systems()[name]
    plain = {edge.kind for edge in config.edges} <= {"message", "feedback", "route"} and not any(
        agent.memory for agent in config.agents
    )
    orchestration = SearchSpace(
        edges=("message", "feedback", "delegate", "route"), memories=("own", "shared")
    )
    assert (SearchSpace() if plain else orchestration).check(config) == []
    assert plain == (not SearchSpace().check(config))


@pytest.mark.parametrize("name", systems())
def test_every_system_is_well_kept(name: str) -> None:
    config = systems()[name]
    file = library._folder().joinpath("systems", f"{name}.yaml")
    assert file.read_text(encoding="utf-8") == write_system(config)
    assert re.fullmatch(r".+\.", config.description)
    assert all(agent.model is None for agent in config.agents)


def test_no_two_systems_are_the_same() -> None:
    assert len({config.id for config in systems().values()}) == len(systems())


def test_systems_use_the_librarys_words() -> None:
    used = {
        fragment.name
        for config in systems().values()
        for agent in config.agents
        for fragment in found_fragments(agent.prompt)
    }
    assert len(used) >= 8


def test_things_are_found_by_name() -> None:
    assert library.system("debate").name == "debate"
    assert library.role("critic").title == "critic"
    assert library.fragment("concise").group == "style"


@pytest.mark.parametrize(
    ("find", "name", "expected"),
    [
        (library.system, "debat", "unknown library system 'debat'; did you mean 'debate'?"),
        (library.role, "critik", "unknown role 'critik'; did you mean 'critic'?"),
        (library.fragment, "consise", "unknown prompt fragment 'consise'; did you mean 'concise'?"),
    ],
)
def test_an_unknown_name_brings_up_the_nearest(
    find: Callable[[str], object], name: str, expected: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        find(name)
    assert str(caught.value).startswith(expected)


def test_the_library_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        systems()["mine"] = systems()["single"]  # type: ignore[index]
