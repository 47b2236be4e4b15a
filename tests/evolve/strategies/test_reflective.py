"""The strategy `reflective` in whole runs: counts, costs, prompts and caps."""

import asyncio
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

from archive.records import Candidate, ProposalResult, Usage
from archive.store import Archive
from evolve.engine.recorded import settings_of
from evolve.engine.run import resume, start
from evolve.errors import BudgetError
from evolve.models.base import Reply, Request
from evolve.runfile.settings import RunSettings
from evolve.simulator.simulated import Simulated
from evolve.standings.view import ArchiveView
from evolve.strategies.parts.base import Turn
from evolve.strategies.reflective import Reflective
from search_spaces.edits import apply
from search_spaces.errors import ConfigError
from tests.evolve.engine.killing import Killed, killed_at
from tests.evolve.runs import facts, settings
from tests.evolve.strategies.searches import MODELS, SPACE, ask, seeds, view_of

SCRIPTS = "tests.evolve.strategies.meta_scripts"
WORLD = "puzzles_landscape.yaml"
AGENTS = {
    name: {"simulated": {"profile": profile, "landscape": WORLD}}
    for name, profile in (("small", "alder-small"), ("medium", "alder-medium"))
}
BIRCH = {"simulated": {"profile": "birch-medium", "landscape": WORLD}}
PRICE = {"prompt": 0.5, "completion": 2.0}


def scripted(name: str, **options: object) -> dict[str, object]:
    return {
        "scripted": {"script": f"{SCRIPTS}:{name}", "latency_s": 1.0, "price": PRICE, **options}
    }


def reflective(
    meta: Mapping[str, object] = BIRCH,
    shares: Mapping[str, float] = {"edits": 0.6, "crossover": 0.2, "whole": 0.2},
    budget: Mapping[str, float] = {"evaluations": 350},
    options: Mapping[str, object] = {},
    **changes: object,
) -> RunSettings:
    every = dict.fromkeys(("edits", "crossover", "whole", "random", "sample"), 0.0)
    strategy = {"reflective": {"model": "meta", "shares": {**every, **shares}, **options}}
    return settings(
        models={**AGENTS, "meta": meta},
        space={"models": ["small", "medium"]},
        seeds={"library": ["single", "self_consistency", "critic_solver"]},
        strategy=strategy,
        budget=budget,
        **changes,
    )


def searched(chosen: RunSettings) -> tuple[list[ProposalResult], list[Candidate], Archive]:
    archive = Archive.in_memory()
    start(chosen, archive)
    run = archive.run()
    first_requests = [
        proposal_result
        for proposal_result in archive.proposal_results(run)
        if proposal_result.steps
    ]
    assert first_requests
    return first_requests, archive.candidates(run), archive


@pytest.mark.full
@pytest.mark.parametrize(
    ("script", "invalid"), [("at_once", 0), ("after_one", 1), ("after_two", 2)]
)
def test_invalid_proposals_are_repaired_and_counted(script: str, invalid: int) -> None:
    proposal_results, candidates, archive = searched(reflective(scripted(script), {"whole": 1}))
    for proposal_result in proposal_results:
        assert proposal_result.repairs == invalid
        assert len(proposal_result.steps) == invalid + 1
        names = [prompt.name for prompt in proposal_result.prompts]
        assert names == ["system", "whole", *(["repair"] if invalid else [])]
        if proposal_result.candidate is None:
            assert proposal_result.outcome == "unaffordable"
            continue
        made = candidates[proposal_result.candidate]
        assert made.operator == "meta:whole"
        assert made.rationale == "Thinking helps."
        assert made.config.agents[0].prompt.startswith("Think.")
        assert len(made.parents) == 1
    assert archive.integrity() == []


@pytest.mark.full
@pytest.mark.parametrize(
    ("script", "expected_message"),
    [
        ("never", "agent 'solver': model 'gpt-9'; allowed"),
        ("mute", "no reply"),
        ("escaping", "system: agents[0].name"),
        ("endless", "10,000,"),
        ("long_winded", "prompt of 100000 characters; allowed: 4000"),
        ("stranger", "model '\\x1b[31mgpt-9'"),
        ("bomb", "nested too deeply"),
        ("crowd", "system: agents"),
        ("refusing", "the model refused: I would rather not."),
    ],
)
def test_what_stays_invalid_is_counted_and_replaced(script: str, expected_message: str) -> None:
    chosen = reflective(scripted(script), {"whole": 1}, {"evaluations": 220})
    proposal_results, candidates, archive = searched(chosen)
    for proposal_result in proposal_results:
        assert proposal_result.repairs == len(proposal_result.steps) == 3
        if proposal_result.outcome == "unaffordable":  # the last one may come too late
            assert proposal_result == proposal_results[-1]
            continue
        assert proposal_result.candidate is not None
        assert candidates[proposal_result.candidate].operator.startswith("fallback:")
        assert proposal_result.reason.startswith("no valid proposal in 3 replies: ")
        assert expected_message in proposal_result.reason
        assert proposal_result.reason.isprintable()
        assert all(len(step.text) < 25_000 for step in proposal_result.steps)
    assert archive.integrity() == []


def test_the_number_of_repairs_is_an_option() -> None:
    chosen = reflective(scripted("never"), {"whole": 1}, {"evaluations": 200}, {"repairs": 0})
    proposal_results, _, _ = searched(chosen)
    assert {
        (proposal_result.repairs, len(proposal_result.steps))
        for proposal_result in proposal_results
    } == {(1, 1)}


@pytest.mark.full
def test_the_archive_keeps_the_prompts_of_each_proposal() -> None:
    proposal_results, _, archive = searched(reflective())
    run = archive.run()
    assert [
        proposal_result
        for proposal_result in archive.proposal_results(run)
        if proposal_result.steps
    ] == proposal_results
    for proposal_result in proposal_results:
        first, then, *_ = proposal_result.prompts
        assert (first.name, then.name in ("edits", "crossover", "whole")) == ("system", True)
        assert "{failed}" in then.text
    rows = list(archive._rows("SELECT decision, invalid, prompts FROM proposals"))
    by_decision = {row["decision"]: row for row in rows}
    for proposal_result in proposal_results:
        row = by_decision[proposal_result.decision]
        assert row["invalid"] == proposal_result.repairs
        assert row["prompts"].split() == [f"{p.name}@{p.version}" for p in proposal_result.prompts]


@pytest.mark.full
def test_each_parents_edits_lead_to_the_child() -> None:
    _, candidates, _ = searched(reflective(shares={"crossover": 1}))
    crossed = [each for each in candidates if each.operator == "meta:crossover"]
    assert len(crossed) > 3
    for child in crossed:
        assert len({parent.candidate for parent in child.parents}) == 2
        for parent in child.parents:
            assert apply(candidates[parent.candidate].config, parent.edits).id == child.id


@pytest.mark.full
def test_its_spend_is_a_purpose_of_its_own() -> None:
    proposal_results, _, archive = searched(reflective())
    spent = archive.spend(archive.run())["propose"]
    booked = Usage.total(
        step.usage for proposal_result in proposal_results for step in proposal_result.steps
    )
    assert spent.calls == booked.calls > 0
    assert spent.tokens == booked.tokens
    assert spent.usd == pytest.approx(booked.usd)
    assert {
        step.model for proposal_result in proposal_results for step in proposal_result.steps
    } == {"meta"}


def recorded(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """The requests of the simulated meta-agent, as they come."""
    requests: list[Request] = []
    complete = Simulated.complete

    async def record(self: Simulated, request: Request) -> Reply:
        if request.schema is not None:
            requests.append(request)
        return await complete(self, request)

    monkeypatch.setattr(Simulated, "complete", record)
    return requests


@pytest.mark.full
def test_it_is_shown_failures_and_never_a_sealed_task(monkeypatch: pytest.MonkeyPatch) -> None:
    requests = recorded(monkeypatch)
    _, _, archive = searched(reflective())
    tasks = settings_of(archive, archive.run()).tasks.load(0)
    text = "\n".join(message.content for request in requests for message in request.messages)
    shown = [task for task in tasks.validation if task.input.text in text]
    assert len(shown) >= 3
    assert "expected '" in text
    own = {task.input.text for task in (*tasks.train, *tasks.validation)}
    sealed = [task.input.text for task in tasks.unseal()]
    assert not [task for task in sealed if task not in own and task in text]


@pytest.mark.full
def test_every_decision_is_another_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    requests = recorded(monkeypatch)
    searched(reflective())
    first_requests = [request for request in requests if len(request.messages) == 2]
    assert len({request.sample for request in first_requests}) == len(first_requests) > 5


@pytest.mark.full
@pytest.mark.parametrize("order", ["arrival", "ticket"])
@pytest.mark.parametrize(
    ("method", "writes", "before"),
    [
        ("add_proposal_result", 2, True),
        ("add_proposal_result", 4, True),
        ("add_proposal_result", 5, False),
    ],
)
def test_a_run_killed_in_mid_proposal_resumes_to_the_same_proposals(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    order: str,
    method: str,
    writes: int,
    before: bool,
) -> None:
    chosen = reflective(order=order, seed=2)
    with Archive.write(tmp_path / "whole.db") as archive:
        start(chosen, archive)
        expected = facts(archive)
    monkeypatch.setattr("evolve.engine.results.SNAPSHOT_EVERY", 32)
    with (
        killed_at(method, writes, before=before),
        Archive.write(tmp_path / "cut.db") as archive,
        pytest.raises(Killed),
    ):
        start(chosen, archive)
    with Archive.write(tmp_path / "cut.db") as archive:
        resume(archive)
        assert facts(archive) == expected


@pytest.mark.full
@pytest.mark.parametrize(
    "budget", [{"usd": 0.45}, {"calls": 2_500}, {"tokens": 900_000}, {"usd": 0.6, "calls": 2_000}]
)
def test_no_cap_is_exceeded_by_the_costliest_meta_agent(budget: dict[str, float]) -> None:
    with Archive.in_memory() as archive:
        result = start(reflective(scripted("costliest"), budget=budget), archive)
        spend = archive.spend(archive.run())
    assert spend["propose"].calls >= 3
    assert sum(usage.calls for usage in spend.values()) <= budget.get("calls", math.inf)
    assert sum(usage.tokens for usage in spend.values()) <= budget.get("tokens", math.inf)
    assert sum(usage.usd or 0 for usage in spend.values()) <= budget.get("usd", math.inf)
    assert result.confirmation is not None


def test_a_budget_without_room_for_a_proposal_is_refused() -> None:
    costly = scripted("costliest", price={"prompt": 500.0, "completion": 500.0})
    with Archive.in_memory() as archive, pytest.raises(BudgetError, match="one proposal"):
        start(reflective(costly, budget={"usd": 1.0}), archive)


def test_a_cap_in_usd_wants_the_meta_agents_price() -> None:
    meta, objective = scripted("at_once", price=None), {"cost": "usd", "cost_at_most": 0.002}
    capped = reflective(meta, budget={"usd": 1.0}, objective=objective)
    with Archive.in_memory() as archive, pytest.raises(BudgetError, match="no price"):
        start(capped, archive)
    free = reflective(meta, {"whole": 1}, {"evaluations": 200}, objective=objective)
    with Archive.in_memory() as archive:
        start(free, archive)
        assert archive.spend(archive.run())["propose"].usd is None


@pytest.mark.parametrize(
    ("strategy", "expected_message"),
    [
        ({"model": "gpt"}, "strategy: 'gpt' is no model of this run: small, other, medium"),
        ({"repairs": 3}, "less than or equal to 2"),
        ({"shares": {"edits": 1, "magic": 1}}, "magic"),
        ({"shares": dict.fromkeys(("edits", "crossover", "whole", "random", "sample"), 0)}, "is 0"),
        ({"prompt_bytes": 100}, "greater than or equal to 10000"),
    ],
)
def test_options_that_cannot_be_are_refused(
    strategy: dict[str, Any], expected_message: str
) -> None:
    with pytest.raises(ConfigError, match=expected_message):
        settings(strategy={"reflective": strategy})


def test_without_the_meta_agent_nothing_is_reserved_or_asked() -> None:
    shares = {"edits": 0, "crossover": 0, "whole": 0, "random": 1, "sample": 1}
    strategy = Reflective.model_validate({"shares": shares})
    assert strategy.worst(SPACE, MODELS) == Usage()
    view = view_of(SPACE, seeds(SPACE), [0.2, 0.4, 0.6, 0.8])
    made = [ask(strategy, view, seed) for seed in range(20)]
    assert not any(proposal.steps for proposal in made if proposal)
    assert {bool(proposal.parents) for proposal in made if proposal} == {True, False}


def drawn(strategy: Reflective, view: ArchiveView, seed: int) -> Sequence[Candidate]:
    parts, rng = strategy.parts, Random(seed)
    pool = parts.survival.survivors(view, rng)
    return asyncio.run(parts.selection.parents(Turn(view, MODELS, rng), pool, 2))


@pytest.mark.full
def test_parents_are_drawn_by_the_soft_mix() -> None:
    strategy = Reflective(uniform=0.4, greed=0.1, parents=3)
    view = view_of(SPACE, seeds(SPACE), [0.2, 0.5, 0.6, 0.7])
    draws = [drawn(strategy, view, seed)[0].number for seed in range(6_000)]
    greedy = [math.exp(0.1 * (score - 70)) for score in (50, 60, 70)]
    for number, each in zip((1, 2, 3), greedy, strict=True):
        expected = 0.4 / 3 + 0.6 * each / sum(greedy)
        assert draws.count(number) / len(draws) == pytest.approx(expected, abs=0.03)
    assert 0 not in draws


def test_parents_are_within_the_cost_if_any_candidate_is() -> None:
    view = view_of(SPACE, seeds(SPACE), [0.2, 0.5, 0.6, 0.7])
    limited = view.objective.model_copy(update={"cost_at_most": 0.01})
    view.cost[3] = 0.5
    object.__setattr__(view, "objective", limited)
    for seed in range(20):
        chosen = drawn(Reflective(), view, seed)
        assert 3 not in [each.number for each in chosen]
        assert len({each.number for each in chosen}) == 2
    view.cost[:] = 0.5
    assert drawn(Reflective(), view, 0)
