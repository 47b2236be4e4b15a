"""Proposers: the children, and that all contributing candidates are parents."""

import asyncio
from dataclasses import replace
from random import Random

import pytest
from pydantic import ValidationError

from archive.records import Candidate
from evolve.standings.view import ArchiveView
from evolve.strategies.base import Proposal
from evolve.strategies.composed import Composed
from evolve.strategies.parts.base import Turn
from evolve.strategies.parts.proposers.base import PROPOSERS, Proposer
from evolve.strategies.parts.proposers.every_model import EveryModel
from evolve.strategies.parts.proposers.merge import Merge
from evolve.strategies.parts.proposers.mutation import Mutation
from evolve.strategies.parts.proposers.transplant import Transplant
from search_spaces.config import Agent, Answer, SystemConfig
from search_spaces.edits import AddAgent, Edits, SetAnswer, SetPrompt, apply
from search_spaces.operators import GROUPS, MUTATIONS
from tests.evolve.strategies.parts.crowds import child, seed, seen
from tests.evolve.strategies.searches import MODELS, SPACE, ask, search, seeds, view_of


def proposed(
    proposer: Proposer, view: ArchiveView, *parents: int, seed: int = 0
) -> Proposal | None:
    turn = Turn(view, MODELS, Random(seed))
    return asyncio.run(proposer.propose(turn, [view.candidates[each] for each in parents]))


@pytest.mark.parametrize("name", PROPOSERS.names())
def test_every_proposer_makes_children_of_the_space_from_its_parents(name: str) -> None:
    proposer = PROPOSERS.find(name)()
    assert proposer.written() == name
    view = view_of(SPACE, seeds(SPACE), [0.2, 0.4, 0.6, 0.8])
    for number in range(8):
        made = proposed(proposer, view, *range(proposer.parents), seed=number)
        if made is None:
            continue
        assert SPACE.check(made.config) == []
        assert proposer.made(made.operator)
        for arrow in made.parents:
            assert apply(view.candidates[arrow.candidate].config, arrow.edits).id == made.config.id


def test_the_best_seed_is_tried_on_every_model_alone_and_no_more() -> None:
    space = SPACE.model_copy(update={"models": ("other", "third")})
    team = (Agent(name="solver"), Agent(name="checker", model="other"))
    known = [
        seed(0),
        Candidate(
            number=1, config=SystemConfig(agents=team, answer=Answer(mode="vote")), operator="seed"
        ),
    ]
    view = view_of(space, known, [0.4, 0.6])
    made = [proposed(EveryModel(), view, seed=n) for n in range(8)]
    children = {one.config.id: one for one in made if one is not None}
    models = [{agent.model for agent in one.config.agents} for one in children.values()]
    assert sorted(map(sorted, models)) == [["other"], ["third"]]
    assert {arrow.candidate for one in children.values() for arrow in one.parents} == {1}
    everyone = [
        *known,
        *(
            Candidate(number=2 + n, config=one.config, operator="every_model", parents=one.parents)
            for n, one in enumerate(children.values())
        ),
    ]
    assert proposed(EveryModel(), view_of(space, everyone, [0.4, 0.6, 0.5, 0.5])) is None
    costly = replace(view, exceeds_cost=lambda config, parents: len(config.agents) > 1)
    (arrow,) = next(filter(None, [proposed(EveryModel(), costly)])).parents
    assert arrow.candidate == 0  # the better one costs too much


def test_operators_of_one_group_may_be_left_alone() -> None:
    view = view_of(SPACE, seeds(SPACE), [0.5] * 4)
    words = Mutation(odds={"words": 1}, others=0)
    made = [proposed(words, view, 3, seed=n) for n in range(30)]
    assert {each.operator for each in made if each} <= set(GROUPS["words"])
    odds = Mutation(odds={"words": 0, "add_fragment": 2}).first_odds
    assert odds["add_fragment"] == 2
    assert odds["change_role"] == 0
    assert odds["add_agent"] == 1
    assert sum(map(len, GROUPS.values())) == len(MUTATIONS)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"odds": {"add_fragmnt": 1}}, "unknown mutation 'add_fragmnt'; did you mean"),
        ({"others": 0}, "the odds of every mutation are 0"),
        ({"odds": {"words": -1}}, "greater than or equal to 0"),
    ],
)
def test_odds_that_cannot_be_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Mutation.model_validate(options)


def test_edits_that_helped_elsewhere_are_transplanted() -> None:
    view = seen([0.5, 0.9, 0.5, 0.1], (1, 0), (3, 0))
    made = proposed(Transplant(), view, 2)
    assert made is not None
    assert made.config.agents[0].prompt == "1"
    assert made.operator == "transplant"
    assert proposed(Transplant(), view, 1) is None  # it is its own edit
    assert proposed(Transplant(certainty=9), view, 2) is None


def grown(number: int, parent: Candidate, edits: Edits) -> Candidate:
    made = child(number, parent, "")
    arrow = made.parents[0].model_copy(update={"edits": edits})
    return made.model_copy(update={"config": apply(parent.config, edits), "parents": (arrow,)})


def test_two_branches_are_joined_that_complement_each_other() -> None:
    root = seed(0)
    voter = AddAgent(agent=root.config.agents[0].model_copy(update={"name": "voter"}))
    vote = SetAnswer(answer=root.config.answer.model_copy(update={"mode": "vote"}))
    candidates = [
        root,
        grown(1, root, (SetPrompt(agent="solver", prompt="Think."),)),
        grown(2, root, (voter, vote)),
        grown(3, root, (SetPrompt(agent="solver", prompt="Guess."),)),
    ]
    view = view_of(SPACE, candidates, [0.4, 0.5, 0.5, 0.5])
    view.scores[1], view.scores[2], view.scores[3] = [1, 0] * 6, [0, 1] * 6, [1, 0] * 6
    made = [proposed(Merge(), view, 1, seed=number) for number in range(20)]
    partners = [each.parents[1].candidate for each in made if each]
    assert partners.count(2) > 10
    joined = next(each for each in made if each and each.parents[1].candidate == 2)
    assert len(joined.config.agents) == 2
    assert joined.config.agent("solver").prompt == "Think."
    assert joined.config.answer.mode == "vote"
    assert proposed(Merge(), view, 0) is None  # an ancestor has nothing to join with


# Together


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"proposers": []}, "at least 1 item"),
        ({"proposers": [{"sample": {"share": 0}}]}, "proposers: every share is 0"),
        ({"selection": "tournment"}, "unknown selection 'tournment'; did you mean 'tournament'"),
        ({"selection": {"soft_mixed": {"uniform": 2}}}, "less than or equal to 1"),
        (
            {"selection": {"ucb1": {"new_arms": 1}}, "proposers": ["mutation"]},
            "selection 'ucb1' with new_arms starts anew, but no proposer does; add `sample`",
        ),
        ({"proposers": [{"mutation": {"choice": "bandit", "oods": {}}}]}, "Extra inputs"),
    ],
)
def test_parts_that_do_not_fit_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Composed.model_validate(options)


def test_a_combination_is_written_as_it_is_read() -> None:
    written = {
        "survival": {"islands": {"count": 2}},
        "selection": "lexicase",
        "proposers": [{"mutation": {"share": 2.0, "choice": "bandit"}}, "merge", "transplant"],
        "choice": "bandit",
        "screening": "ridge",
    }
    strategy = Composed.model_validate(written)
    assert strategy.written() == {"composed": written}
    history = search(strategy, lambda config: len(config.agents) / 8, steps=30)
    made = {proposal.operator for _, proposal in history}
    assert {"merge", "transplant"} <= made
    assert not any(proposal.reason for _, proposal in history)


def test_fresh_samples_come_from_proposers_without_parents() -> None:
    strategy = Composed.model_validate(
        {"selection": {"ucb1": {"new_arms": 4}}, "proposers": ["mutation", "sample"]}
    )
    view = view_of(SPACE, seeds(SPACE), [0.2, 0.4, 0.6, 0.8])
    made = [ask(strategy, view, number) for number in range(60)]
    fresh = sum(each is not None and not each.parents for each in made)
    assert 18 < fresh < 42  # half of them, for four arms and θ = 4
