"""Edits of single worked examples: adding, removing, replacing and reordering them."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_spaces.config import Agent, Demonstration, SystemConfig
from search_spaces.edits import (
    AddDemonstration,
    Edit,
    RemoveDemonstration,
    ReorderDemonstrations,
    ReplaceDemonstration,
    SetDemonstrations,
    apply,
    diff,
)
from search_spaces.errors import EditError
from tests.strategies import demonstrations, examples

ONE, TWO, THREE, FOUR = (
    Demonstration(question=f"{n}+{n}", answer=str(2 * n), source=f"train-{n}") for n in range(1, 5)
)
OTHER_ONE = Demonstration(question="1+1", answer="two")


def showing(*shown: Demonstration) -> SystemConfig:
    """One agent with these worked examples."""
    return SystemConfig(agents=(Agent(name="solver", demonstrations=shown),))


EDITED: list[tuple[Edit, tuple[Demonstration, ...]]] = [
    (AddDemonstration(agent="solver", demonstration=FOUR), (ONE, TWO, THREE, FOUR)),
    (RemoveDemonstration(agent="solver", question="2+2"), (ONE, THREE)),
    (
        ReplaceDemonstration(agent="solver", question="2+2", demonstration=FOUR),
        (ONE, FOUR, THREE),
    ),
    (
        ReplaceDemonstration(agent="solver", question="1+1", demonstration=OTHER_ONE),
        (OTHER_ONE, TWO, THREE),
    ),
    (ReorderDemonstrations(agent="solver", order=(3, 1, 2)), (THREE, ONE, TWO)),
]


@pytest.mark.parametrize(("edit", "after"), EDITED)
def test_one_edit_is_applied_found_and_taken_back(
    edit: Edit, after: tuple[Demonstration, ...]
) -> None:
    before = showing(ONE, TWO, THREE)
    assert apply(before, [edit]) == showing(*after)
    assert diff(before, showing(*after)) == (edit,)
    assert apply(showing(*after), diff(showing(*after), before)) == before


def test_several_changes_are_edits_of_single_examples() -> None:
    assert diff(showing(OTHER_ONE, TWO, THREE), showing(ONE, TWO, FOUR)) == (
        ReplaceDemonstration(agent="solver", question="1+1", demonstration=ONE),
        ReplaceDemonstration(agent="solver", question="3+3", demonstration=FOUR),
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((ONE, TWO), (THREE, FOUR)),
        ((ONE, TWO, THREE), (FOUR, ONE)),
        ((), (ONE, TWO)),
        ((ONE, TWO), ()),
        ((ONE, ONE), (ONE, TWO)),
        ((ONE, OTHER_ONE), (ONE,)),
    ],
)
def test_all_examples_are_set_where_few_stay_or_a_question_occurs_twice(
    before: tuple[Demonstration, ...], after: tuple[Demonstration, ...]
) -> None:
    edits = diff(showing(*before), showing(*after))
    assert edits == (SetDemonstrations(agent="solver", demonstrations=after),)
    assert apply(showing(*before), edits) == showing(*after)


lists = st.lists(demonstrations, max_size=6).map(tuple)


@examples(200)
@given(lists, lists)
def test_any_two_lists_are_joined_by_their_difference(
    before: tuple[Demonstration, ...], after: tuple[Demonstration, ...]
) -> None:
    edits = diff(showing(*before), showing(*after))
    assert apply(showing(*before), edits) == showing(*after)
    assert (edits == ()) == (before == after)
    assert len(edits) <= max(1, len(after) - 1)


@examples(50)
@given(st.lists(demonstrations, max_size=6, unique_by=lambda each: each.question), st.randoms())
def test_another_order_is_one_edit(shown: list[Demonstration], rng: Random) -> None:
    mixed = rng.sample(shown, len(shown))
    edits = diff(showing(*shown), showing(*mixed))
    assert all(isinstance(edit, ReorderDemonstrations) for edit in edits)
    assert len(edits) == (shown != mixed)


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (
            AddDemonstration(agent="solver", demonstration=OTHER_ONE),
            "'solver' already has a demonstration with the question '1+1'",
        ),
        (
            RemoveDemonstration(agent="solver", question="9+9"),
            "'solver' has no demonstration with the question '9+9'",
        ),
        (
            RemoveDemonstration(agent="solver", question="3+3"),
            "'solver' has several demonstrations with the question '3+3'",
        ),
        (
            ReplaceDemonstration(agent="solver", question="1+1", demonstration=TWO),
            "'solver' already has a demonstration with the question '2+2'",
        ),
        (
            ReorderDemonstrations(agent="solver", order=(1, 2)),
            "`order` is [1, 2]; 'solver' has 4 demonstrations, so it needs each number from 1 to 4",
        ),
        (RemoveDemonstration(agent="z", question="1+1"), "there is no agent 'z', only solver"),
    ],
)
def test_an_edit_that_does_not_fit_is_explained(edit: Edit, expected: str) -> None:
    with pytest.raises(EditError) as caught:
        apply(showing(ONE, TWO, THREE, THREE), [edit])
    assert str(caught.value).startswith(f"edit 1 ({edit.edit}): {expected}")


def test_the_origin_of_an_example_is_kept_and_changes_no_content_id() -> None:
    known, unknown = showing(ONE), showing(Demonstration(question="1+1", answer="2"))
    assert known.id == unknown.id
    assert known != unknown
    assert (
        apply(unknown, diff(unknown, known)).agent("solver").demonstrations[0].source == "train-1"
    )
