"""Families and the edits that run in them."""

import math
from collections.abc import Callable
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from archive import lineage
from archive.records import Candidate, Parent, Run, Standing
from archive.store import Archive
from search_spaces.config import SystemConfig
from search_spaces.edits import SetParameter, SetPrompt, apply, diff

FAMILY = {0: (), 1: (), 2: (0,), 3: (2, 1), 4: (2,), 5: (3, 3)}


@st.composite
def families(draw: st.DrawFn) -> dict[int, tuple[int, ...]]:
    size = draw(st.integers(1, 12))
    return {
        child: tuple(draw(st.lists(st.integers(0, child - 1), max_size=3))) if child else ()
        for child in range(size)
    }


def test_a_family() -> None:
    assert lineage.ancestors(FAMILY, 5) == [3, 2, 1, 0]
    assert lineage.descendants(FAMILY, 2) == [3, 4, 5]
    assert lineage.children(FAMILY) == {0: [2], 2: [3, 4], 1: [3], 3: [5]}
    assert lineage.path(FAMILY, 5) == [0, 2, 3, 5]
    assert list(lineage.tree(FAMILY)) == [(0, 0), (1, 2), (2, 3), (3, 5), (2, 4), (0, 1)]
    assert list(lineage.tree(FAMILY, [2, 4, 5])) == [(0, 2), (1, 4), (0, 5)]


def test_cycles_across_runs_do_no_harm() -> None:
    cycle = {"a": ["b"], "b": ["a"]}
    assert lineage.ancestors(cycle, "a") == ["b"]
    assert lineage.path(cycle, "a") == ["b", "a"]


@given(families())
def test_ancestors_and_descendants_mirror_each_other(family: dict[int, tuple[int, ...]]) -> None:
    for child in family:
        ancestors = lineage.ancestors(family, child)
        assert child not in ancestors
        assert all(child in lineage.descendants(family, ancestor) for ancestor in ancestors)
        path = lineage.path(family, child)
        assert family[path[0]] == ()
        assert all(family[b][0] == a for a, b in pairwise(path))


@given(families())
def test_everyone_is_in_the_tree_once(family: dict[int, tuple[int, ...]]) -> None:
    shown = list(lineage.tree(family))
    assert sorted(number for _, number in shown) == sorted(family)
    depths = {number: depth for depth, number in shown}
    assert all(
        depth == (depths[family[number][0]] + 1 if family[number] else 0) for depth, number in shown
    )


def child(number: int, parent: Candidate, *edits: SetPrompt | SetParameter) -> Candidate:
    return Candidate(
        number=number,
        config=apply(parent.config, edits),
        operator="edit",
        parents=(Parent(candidate=parent.number, edits=edits),),
    )


def standing(number: int, mean: float, deviation: float = 0.03, evaluations: int = 9) -> Standing:
    return Standing(candidate=number, mean=mean, deviation=deviation, evaluations=evaluations)


def test_what_edits_brought(make_config: Callable[[str], SystemConfig]) -> None:
    seed = Candidate(number=0, config=make_config("Add."), operator="seed")
    better = SetPrompt(agent="solver", prompt="Add slowly.")
    family = [seed, child(1, seed, better), child(2, seed, SetPrompt(agent="solver", prompt="?"))]
    family.append(child(3, family[1], SetPrompt(agent="solver", prompt="untried")))
    known = [standing(0, 0.5), standing(1, 0.7, 0.04), standing(2, 0.49), standing(3, 0.9, 0.1, 0)]
    first, second = lineage.gains(family, known)
    assert (first.parent, first.child, first.edits) == (0, 1, (better,))
    assert math.isclose(first.mean, 0.2)
    assert math.isclose(first.deviation, 0.05)
    assert first.helped(3.0)
    assert not first.helped(4.5)
    assert (second.child, second.helped()) == (2, False)


def test_edits_that_helped_elsewhere_can_be_transplanted(
    make_config: Callable[[str], SystemConfig],
) -> None:
    seed = Candidate(number=0, config=make_config("Add."), operator="seed")
    cooler = child(1, seed, SetParameter(agent="solver", parameter="temperature", value=0.2))
    slower = child(2, seed, SetPrompt(agent="solver", prompt="Add slowly."))
    worse = child(3, seed, SetPrompt(agent="solver", prompt="Guess."))
    stranger = child(4, slower, SetPrompt(agent="solver", prompt="Add slowly, twice."))
    known = [
        standing(0, 0.5),
        standing(1, 0.8),
        standing(2, 0.7),
        standing(3, 0.4),
        standing(4, 0.6),
    ]
    family = [seed, cooler, slower, worse, stranger]
    ((gain, config),) = lineage.transplantable(family, known, slower)
    assert gain.child == 1
    assert config.agents[0].temperature == 0.2
    assert config.agents[0].prompt == "Add slowly."
    assert [gain.child for gain, _ in lineage.transplantable(family, known, seed)] == [1, 2]
    other = SystemConfig(agents=(make_config("").agents[0].model_copy(update={"name": "adder"}),))
    foreign = Candidate(number=9, config=other, operator="seed")
    assert list(lineage.transplantable(family, known, foreign)) == []


def test_a_configuration_that_was_reached_several_ways(
    archive: Archive, make_config: Callable[[str], SystemConfig]
) -> None:
    def add(run: Run, number: int, prompt: str, *parents: Candidate) -> Candidate:
        config = make_config(prompt)
        arrows = tuple(Parent(candidate=p.number, edits=diff(p.config, config)) for p in parents)
        made = Candidate(number=number, config=config, operator="any", parents=arrows)
        archive.add_candidate(run, made)
        return made

    here, there = (archive.create_run(name, 0, "{}", []) for name in ("here", "there"))
    a = add(here, 0, "a")
    b = add(here, 1, "b", a)
    c = add(there, 0, "c")
    add(there, 1, "b", c)
    d = add(there, 2, "d", c)
    runs = {run.id: archive.candidates(run) for run in (here, there)}
    parents = lineage.across_runs(runs)
    assert parents == {a.id: [], b.id: [a.id, c.id], c.id: [], d.id: [c.id]}
    assert lineage.ancestors(parents, b.id) == [a.id, c.id]
    assert lineage.places(runs)[b.id] == [(here.id, 1), (there.id, 1)]
