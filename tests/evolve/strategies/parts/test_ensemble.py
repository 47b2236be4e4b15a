"""Ensembles composed from recorded answers: their members, and when there is no new one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random

import numpy as np
import pytest

from archive.reading import Reader
from archive.records import Candidate, Score, Step, Trace, Usage
from archive.store import Archive
from evolve.engine.replay import replay
from evolve.engine.run import start
from evolve.standings.view import ArchiveView, Example
from evolve.strategies.base import Proposal
from evolve.strategies.composed import Composed
from evolve.strategies.parts.base import Turn
from evolve.strategies.parts.proposers._ballots import SILENT, UNHEARD, read_ballots
from evolve.strategies.parts.proposers._election import Election, accuracy
from evolve.strategies.parts.proposers.ensemble import Ensemble
from evolve.tasks.base import TaskInput
from search_spaces.config import Agent, Answer, SystemConfig
from search_spaces.space import SearchSpace
from tests.evolve.runs import settings
from tests.evolve.strategies.searches import MODELS, ask, view_of

NAMES = ("a", "b", "c", "d", "e")
TEAMS = SearchSpace(models=NAMES, agents={"min": 1, "max": 3}, answers=["last", "weighted_vote"])


def single(name: str) -> SystemConfig:
    return SystemConfig(agents=(Agent(name="solver", model=name),))


def team(*names: str) -> SystemConfig:
    agents = tuple(Agent(name=f"voter_{name}", model=name) for name in names)
    return SystemConfig(agents=agents, answer=Answer(mode="vote"))


def example(task: int, answer: str, truth: str, outputs: Mapping[str, str]) -> Example:
    steps = tuple(
        Step(agent=name, round=1, sample=0, model="m", text=f"Answer: {text}", usage=Usage())
        for name, text in outputs.items()
    )
    return Example(
        task=TaskInput(id=f"t{task}", text=f"Question {task}"),
        domain="",
        score=Score(value=float(answer == truth)),
        failure="",
        read_trace=lambda: Trace(answer=answer, steps=steps),
    )


def view_from(
    answers: Mapping[str, Sequence[str]],
    truths: Sequence[str],
    teams: Mapping[SystemConfig, Sequence[Example]] = {},
    space: SearchSpace = TEAMS,
) -> ArchiveView:
    """Singles who gave these answers, in order, and teams with examples of their own."""
    configs = [*map(single, answers), *teams]
    candidates = [Candidate(number=n, config=c, operator="seed") for n, c in enumerate(configs)]
    recorded = [
        [example(n, text, truths[n], {"solver": text}) for n, text in enumerate(row)]
        for row in answers.values()
    ]
    recorded += [list(each) for each in teams.values()]
    means = [float(np.mean([e.score.value for e in each] or [0.5])) for each in recorded]
    return replace(view_of(space, candidates, means), examples=partial(_of, recorded))


def _of(recorded: Sequence[Sequence[Example]], candidate: int) -> Sequence[Example]:
    return recorded[candidate]


def proposed(view: ArchiveView, seed: int = 0, **options: float) -> Proposal | None:
    import asyncio

    turn = Turn(view, MODELS, Random(seed))
    return asyncio.run(Ensemble.model_validate({"explore": 0, **options}).propose(turn, ()))


def population(rng: Random, skills: Mapping[str, float], tasks: int) -> dict[str, list[str]]:
    """Answers that are right, which is 'yes', as often as the skill says; wrong ones differ."""
    return {
        name: ["yes" if rng.random() < skill else f"{name}{n}" for n in range(tasks)]
        for name, skill in skills.items()
    }


def test_the_best_members_vote_and_the_best_of_them_weighs_most() -> None:
    skills = {"a": 0.2, "b": 0.75, "c": 0.6, "d": 0.65, "e": 0.3}
    view = view_from(population(Random(1), skills, 200), ["yes"] * 200)
    made = proposed(view)
    assert made is not None
    assert {agent.model for agent in made.config.agents} == {"b", "c", "d"}
    assert made.config.answer.mode == "weighted_vote"
    weights = {agent.model: agent.weight for agent in made.config.agents}
    assert weights["b"] == 1.0 == max(weights.values())
    assert made.operator == "ensemble"
    assert made.rationale.startswith("expected 0.")
    assert TEAMS.check(made.config) == []


def test_members_with_equal_errors_add_nothing() -> None:
    rng = Random(3)
    answers = population(rng, {"a": 0.7, "c": 0.68, "d": 0.68}, 300)
    answers["b"] = list(answers["a"])  # as good as the best, but never of another mind
    made = proposed(view_from(answers, ["yes"] * 300))
    assert made is not None
    voters = {agent.model for agent in made.config.agents}
    assert not {"a", "b"} <= voters
    assert {"c", "d"} < voters


def test_a_strong_member_is_not_watered_down() -> None:
    skills = {"a": 0.97, "b": 0.3, "c": 0.3, "d": 0.3}
    answers = population(Random(5), skills, 200)
    for name in "bcd":  # the weak ones err alike, so they would outvote the strong one
        answers[name] = answers["b"]
    assert proposed(view_from(answers, ["yes"] * 200)) is None


def test_nothing_is_proposed_where_teams_cannot_vote_or_nothing_is_known() -> None:
    answers = population(Random(2), {"a": 0.6, "b": 0.6, "c": 0.6}, 60)
    no_votes = SearchSpace(models=NAMES, answers=["last"])
    assert proposed(view_from(answers, ["yes"] * 60, space=no_votes)) is None
    alone = SearchSpace(models=NAMES, agents={"min": 1, "max": 1})
    assert proposed(view_from(answers, ["yes"] * 60, space=alone)) is None
    silent = view_from(answers, ["yes"] * 60)
    assert proposed(replace(silent, examples=lambda candidate: ())) is None


def test_the_next_team_waits_until_the_last_one_was_looked_at_and_has_to_be_better() -> None:
    answers = population(Random(1), {"a": 0.5, "b": 0.7, "c": 0.6, "d": 0.6}, 100)
    view = view_from(answers, ["yes"] * 100)
    made = proposed(view)
    assert made is not None
    newest = Candidate(number=4, config=made.config, operator=made.operator)

    def after(evaluations: int) -> ArchiveView:
        return replace(
            view,
            candidates=(*view.candidates, newest),
            mean=np.append(view.mean, 0.7),
            evaluations=np.append(view.evaluations, evaluations),
            examples=lambda n: () if n == 4 else view.examples(n),
        )

    assert proposed(after(3), looks=8, margin=0) is None
    assert proposed(after(100), looks=8, margin=0.001) is None, "it is the best one already"


def test_little_known_members_are_sometimes_chosen() -> None:
    answers = population(Random(4), {"a": 0.65, "b": 0.65, "c": 0.65, "d": 0.5, "e": 0.5}, 60)
    answers |= {name: answers[name][:3] for name in "de"}
    view = view_from(answers, ["yes"] * 60)
    steady = {made.config.id for n in range(8) if (made := proposed(view, n))}
    curious = {made.config.id for n in range(8) if (made := proposed(view, n, explore=1.0))}
    assert len(steady) == 1
    assert len(curious) > 1


def test_ballots_hold_every_answer_and_its_score() -> None:
    votes = [
        example(0, "x", "y", {"voter_a": "x", "voter_b": "x", "voter_c": "y"}),
        example(1, "y", "y", {"voter_a": "y", "voter_b": "y", "voter_c": ""}),
    ]
    view = view_from({"a": ["x"]}, ["y"], {team("a", "b", "c"): votes})
    ballots = read_ballots(view)
    models = [member.model for member in ballots.members]
    rows = {str(model): ballots.answers[models.index(model)].tolist() for model in models}
    assert rows["a"] == rows["b"]
    assert rows["c"][0] not in (rows["a"][0], UNHEARD, SILENT)
    assert rows["c"][1] == SILENT
    assert ballots.scores[0, rows["a"][0]] == 0.0
    assert 0.0 < ballots.scores[0, rows["c"][0]] < 0.5, "it lost against a wrong answer"
    assert ballots.scores[1, rows["a"][1]] == 1.0


def test_agents_that_are_alike_and_systems_that_talk_are_passed_over() -> None:
    twins = SystemConfig(
        agents=(Agent(name="one", model="b"), Agent(name="two", model="b")),
        answer=Answer(mode="vote"),
    )
    outputs = [example(0, "y", "y", {"one": "y", "two": "n"})]
    view = view_from({"a": ["y"]}, ["y"], {twins: outputs})
    assert [member.model for member in read_ballots(view).members] == ["a"]


def test_a_vote_whose_answers_are_known_is_expected_to_end_as_it_does() -> None:
    answers = population(Random(7), {"a": 0.8, "b": 0.8, "c": 0.8}, 2000)
    ballots = read_ballots(view_from(answers, ["yes"] * 2000))
    believed = accuracy(ballots)
    assert believed.mean == pytest.approx([0.8] * 3, abs=0.03)
    election = Election(ballots, believed.ease, believed.mean)
    right = np.array([[answer == "yes" for answer in row] for row in answers.values()])
    together = np.where(right.sum(axis=0) == 1, right[0], right.sum(axis=0) > 1)
    weights = np.array([1.1, 1.0, 1.0]) * 40  # the first decides ties, and votes count for certain
    for members, score in ((np.arange(1), right[0]), (np.arange(3), together)):
        expected = election.value(members, weights[members])
        assert expected == pytest.approx(float(score.mean()), abs=0.02)


@pytest.mark.full
def test_a_run_composes_a_team_that_beats_its_members(tmp_path: Path) -> None:
    chosen = settings(
        space={"models": ["small", "other", "medium"], "agents": [1, 3], "rounds": 1},
        seeds={"library": ["single", "chain_of_thought"], "each_model": True},
        strategy={"composed": {"proposers": [{"ensemble": {"explore": 0}}]}},
        allocator={"racing": {"places": 4, "minimum": 6}},
        objective={},
        budget={"evaluations": 500},
    )
    path = tmp_path / "evolve.db"
    with Archive.write(path) as archive:
        result = start(chosen, archive)
    with Reader.read(path) as archive:
        candidates = archive.candidates(result.run)
        made = [each for each in candidates if each.operator == "ensemble"]
        assert made
        assert all(len(each.config.agents) > 1 for each in made)
        again = replay(archive, result.run)
        assert [c.id for c in again.candidates] == [c.id for c in candidates]


def test_a_proposer_at_a_loss_leaves_the_turn_to_others() -> None:
    view = view_from({"a": ["y"]}, ["y"])
    assert ask(Composed.model_validate({"proposers": ["ensemble"]}), view) is None
    made = ask(
        Composed.model_validate({"proposers": [{"ensemble": {"share": 99}}, "sample"]}), view
    )
    assert made is not None
    assert made.operator == "sample"
