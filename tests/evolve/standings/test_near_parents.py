from archive.records import Candidate, Parent
from evolve.standings.lineage import near_parents
from search_spaces.config import Agent, Demonstration, SystemConfig

SHOWN = (Demonstration(question="1+1?", answer="2"),)


def made(number: int, parent: int | None, *, shows: bool) -> Candidate:
    agent = Agent(name="solver", prompt=str(number), demonstrations=SHOWN if shows else ())
    parents = () if parent is None else (Parent(candidate=parent, edits=()),)
    config = SystemConfig(agents=(agent,))
    operator = "seed" if parent is None else "edit"
    return Candidate(number=number, config=config, operator=operator, parents=parents)


def near(*lines: tuple[int | None, bool]) -> list[list[int]]:
    candidates = [made(n, parent, shows=shows) for n, (parent, shows) in enumerate(lines)]
    return [near_parents(each, candidates) for each in candidates]


def test_a_child_is_near_its_parent() -> None:
    assert near((None, False), (0, False), (1, False)) == [[], [0], [1]]


def test_the_first_worked_examples_say_nothing_of_their_parent() -> None:
    assert near((None, False), (0, True), (1, True)) == [[], [], [1]]


def test_the_first_examples_of_other_lines_are_near_the_very_first() -> None:
    assert near((None, False), (0, True), (0, True), (0, True)) == [[], [], [1], [1]]
    assert near((None, True), (None, False), (1, True)) == [[], [], [0]]


def test_leaving_all_examples_out_stays_near_the_parent() -> None:
    assert near((None, False), (0, True), (1, False)) == [[], [], [1]]
