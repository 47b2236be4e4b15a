"""Every preset has the main property of its published system."""

import asyncio
from collections import Counter
from dataclasses import replace
from math import e, exp, log, sqrt
from pathlib import Path
from random import Random

import pytest

from evolve.models.base import Models, Reply, Request
from evolve.models.scripted import Scripted
from evolve.runfile import presets
from evolve.runfile.settings import RunSettings, load_run_file
from evolve.standings.view import ArchiveView
from evolve.strategies.base import Proposal, Strategy
from evolve.strategies.composed import Composed
from evolve.strategies.parts.proposers.meta import Meta
from evolve.strategies.parts.proposers.mutation import Mutation
from evolve.strategies.parts.selection.soft_mixed import SoftMixed
from evolve.strategies.parts.selection.ucb1 import Ucb1
from evolve.strategies.parts.survival.admission import Admission
from evolve.strategies.parts.survival.islands import Islands
from evolve.strategies.parts.survival.knapsack import Knapsack
from evolve.strategies.policy_gradient import PolicyGradient
from evolve.strategies.staged import Staged
from search_spaces.config import SystemConfig
from search_spaces.errors import ConfigError
from search_spaces.operators import GROUPS
from tests.evolve.cli.commands import ROOT
from tests.evolve.strategies.parts.crowds import child, drawn, seed, seen, share
from tests.evolve.strategies.searches import SPACE, search, seeds, view_of

NAMES = presets.names()
PUBLISHED = {
    *("adas", "aflow", "agentsquare", "agentswift", "evomas", "boad", "mass", "maas", "gptswarm"),
    *("mashost", "ann", "recreate", "knapsack", "maspob", "gepa", "miprov2", "alphaevolve"),
}


def loaded(name: str) -> RunSettings:
    return load_run_file("puzzles_reflective", {"preset": name})


def strategy(name: str) -> Strategy:
    return loaded(name).strategy


def parts(name: str) -> Composed:
    found = strategy(name)
    assert isinstance(found, Composed)
    return found


def requests_of(
    chosen: Strategy, view: ArchiveView, number: int = 0, script: object = "{}"
) -> tuple[Proposal | None, list[Request]]:
    """A strategy's proposal with a scripted meta-agent, and the requests to that."""
    requests: list[Request] = []

    class Recording(Scripted):
        async def complete(self, request: Request) -> Reply:
            requests.append(request)
            return await super().complete(request)

    models = Models(
        {"small": Scripted(script={"": "?"}), "meta": Recording(script={"": script})}, "small"
    )
    return asyncio.run(chosen.ask(view, models, Random(f"{number}"))), requests


def test_there_is_a_preset_and_a_page_for_every_published_system() -> None:
    assert set(NAMES) == PUBLISHED
    pages = ROOT / "docs" / "presets"
    index = (pages / "README.md").read_text(encoding="utf-8")
    for name in NAMES:
        page = (pages / f"{name}.md").read_text(encoding="utf-8")
        label = presets.read_preset(name)["label"]
        wording = "faithful to" if label == "faithful" else label
        assert wording in page
        assert "## As published" in page
        assert "## Differences and reasons" in page
        assert f"`{name}` | {label} |" in index


@pytest.mark.parametrize("name", NAMES)
def test_every_preset_searches(name: str) -> None:
    settings = loaded(name)
    assert settings.preset == name
    first = seeds(SPACE)
    for number in range(3):
        view = view_of(settings.space, first, [0.2, 0.4, 0.6, 0.8])
        proposal, _ = requests_of(settings.strategy, view, number)
        assert proposal is not None
        assert settings.space.check(proposal.config) == [] or settings.space.agents.max == 1
        assert proposal.operator


@pytest.mark.full
@pytest.mark.parametrize("name", NAMES)
def test_a_preset_that_needs_a_meta_agent_is_refused_without(name: str) -> None:
    if "meta" not in strategy(name).asks:
        assert load_run_file("quickstart_simulated", {"preset": name}).preset == name
        return
    with pytest.raises(ConfigError) as caught:
        load_run_file("quickstart_simulated", {"preset": name})
    assert f"strategy of preset {name}: 'meta' is no model of this run: small" in str(caught.value)
    assert "add it under `models`" in str(caught.value)


# One by one


def test_adas_shows_the_archive_to_its_meta_agent() -> None:
    view = view_of(SPACE, seeds(SPACE), [0.2, 0.4, 0.6, 0.8])
    _, (first, *_) = requests_of(strategy("adas"), view)
    prompt = first.messages[1].content
    shown = prompt.split("## Other systems found")[1].split("## ")[0]
    assert shown.count("Score 0.") == 3
    assert first.schema is not None
    assert "system" in first.schema["properties"]
    drawn_parents = drawn(parts("adas").selection, view)
    assert share(drawn_parents, 0) == pytest.approx(0.25, abs=0.08)  # no pressure by selection


def test_aflow_draws_parents_by_its_soft_mix_with_the_first_round_in_it() -> None:
    selection = parts("aflow").selection
    view = seen([0.1, 0.3, 0.4, 0.5, 0.6, 0.2])
    found = drawn(selection, view, 1_500)
    greedy = {
        number: exp(0.2 * (score - 60))
        for number, score in ((0, 10), (1, 30), (2, 40), (3, 50), (4, 60))
    }
    for number, each in greedy.items():
        expected = 0.3 / 5 + 0.7 * each / sum(greedy.values())
        assert share(found, number) == pytest.approx(expected, abs=0.04)
    assert share(found, 5) == 0


def test_aflow_makes_small_edits_and_forbids_what_was_tried() -> None:
    composed = parts("aflow")
    meta = next(each for each in composed.proposers if isinstance(each, Meta))
    assert (meta.assignment, meta.failures) == ("edits", 3)
    view = seen([0.5, 0.6], (1, 0))
    again = view.candidates[1]
    assert composed.memory.refuses(view, Proposal(again.config, "edit", again.parents))


def test_agentsquare_edits_the_best_and_tests_the_best_prediction() -> None:
    composed = parts("agentsquare")
    assert set(drawn(composed.selection, seen([0.1, 0.9, 0.5]), 20)) == {(1,)}
    assert composed.screening.most == 3


def test_agentswift_is_drawn_to_where_its_value_model_was_off() -> None:
    selection = parts("agentswift").selection
    assert isinstance(selection, SoftMixed)
    assert (selection.of, selection.uncertainty) == ("surprise", 0.3)
    first = [seed(number) for number in range(12)]
    view = view_of(SPACE, first, [0.5] * 11 + [0.5])
    view.mean[:] = [0.5] * 12
    view.mean[3] = 0.2  # alike in every feature, so this one surprises
    indifferent = selection.model_copy(update={"uncertainty": 0.0, "top": 12})
    attracted = selection.model_copy(update={"uncertainty": 0.9, "top": 12})
    assert share(drawn(attracted, view), 3) > share(drawn(indifferent, view), 3) + 0.1


def test_evomas_admits_what_beats_its_best_parent_by_a_twentieth_of_a_point() -> None:
    admission = parts("evomas").survival
    assert isinstance(admission, Admission)
    view = seen([0.5, 0.5004, 0.5006], (1, 0), (2, 0))
    assert [each.number for each in admission.survivors(view, Random(0))] == [0, 2]
    shares = {each.plugin_name(): each.share for each in parts("evomas").proposers}
    assert shares == {"meta": 0.8, "crossover": 0.2, "mutation": 0}


@pytest.mark.full
def test_boad_picks_the_highest_bound_and_opens_arms() -> None:
    selection = parts("boad").selection
    assert isinstance(selection, Ucb1)
    view = seen([0.7, 0.5, 0.5])
    view.evaluations[:] = (40, 4, 40)
    bounds = [mean + sqrt(2 * log(84) / n) for mean, n in ((0.7, 40), (0.5, 4), (0.5, 40))]
    assert set(drawn(selection, view, 30)) == {(bounds.index(max(bounds)),)}
    opened = sum(bool(selection.starts_anew(view, Random(n))) for n in range(2_000)) / 2_000
    assert opened == pytest.approx(1 / 4, abs=0.03)  # θ / (θ + arms)
    view = view_of(SPACE, seeds(SPACE), [0.2, 0.4, 0.6, 0.8])
    kinds = Counter(
        "system" in (r[0].schema or {})["properties"]
        for n in range(40)
        if (r := requests_of(strategy("boad"), view, n)[1])
    )
    assert 1 <= kinds[True] < kinds[False]  # a fifth opens a new arm


def test_mass_goes_from_prompts_to_topology_and_back_and_prunes_by_influence() -> None:
    staged = strategy("mass")
    assert isinstance(staged, Staged)
    one, two, three = (staged.current(progress) for progress in (0.1, 0.5, 0.9))
    assert one == three != two
    assert isinstance(one, Composed)
    meta = one.proposers[0]
    assert isinstance(meta, Meta)
    assert meta.only == ("set_prompt", "set_role", "set_demonstrations")
    assert isinstance(two, Composed)
    (topology,) = two.proposers
    assert isinstance(topology, Mutation)
    assert not {n for n, odds in topology.first_odds.items() if odds} & set(GROUPS["words"])
    root = seed(0)
    candidates = [root, child(1, root, "1", "insert_judge"), child(2, root, "2", "insert_voter")]
    odds = topology._odds(view_of(SPACE, candidates, [0.5, 0.4, 0.6]))
    assert odds["insert_voter"] / odds["insert_judge"] == pytest.approx(exp((1.2 - 0.8) / 0.05))


def test_maas_takes_cost_off_the_reward() -> None:
    policy = strategy("maas")
    assert isinstance(policy, PolicyGradient)
    view = view_of(SPACE, seeds(SPACE), [0.5, 0.5, 0.5, 0.5])
    view.cost[:] = (0.001, 0.002, 0.001, 0.001)
    assert policy.reward(view, 0) - policy.reward(view, 1) == pytest.approx(0.03)


def test_gptswarm_moves_even_odds_by_a_tenth_of_the_advantage() -> None:
    policy = strategy("gptswarm")
    assert isinstance(policy, PolicyGradient)
    assert (policy.rate, policy.group, policy.edges) == (0.1, 4, "free")

    def size(config: SystemConfig) -> float:
        return len(config.agents) / 8

    view, _ = search(policy, size, 6)[-1]
    four = [each for each in view.candidates if each.choices][:4]
    rewards = [size(each.config) for each in four]
    mean = sum(rewards) / 4
    spread = (sum((each - mean) ** 2 for each in rewards) / 4) ** 0.5
    kept = replace(view, candidates=view.candidates[: four[-1].number + 1])
    logits = policy.logits(kept)["answer"]
    for mode in {each.choices["answer"] for each in four}:
        chosen = [
            r for r, each in zip(rewards, four, strict=True) if each.choices["answer"] == mode
        ]
        expected = sum(0.1 * (r - mean) / (spread + 1e-3) for r in chosen)
        assert logits[repr(mode)] == pytest.approx(expected)


def test_mashost_judges_within_the_group() -> None:
    policy = strategy("mashost")
    assert isinstance(policy, PolicyGradient)
    view = view_of(SPACE, seeds(SPACE), [0.1, 0.2, 0.3, 0.4])
    better = replace(view, mean=view.mean + 0.5)
    low, high = (policy._advantages(each, each.candidates) for each in (view, better))
    assert low == pytest.approx(high)
    assert sum(low) == pytest.approx(0, abs=1e-9)


def test_ann_shows_many_failures_and_mostly_edits_prompts() -> None:
    composed = parts("ann")
    metas = [each for each in composed.proposers if isinstance(each, Meta)]
    assert [(each.only, each.share, each.failures) for each in metas] == [
        (("set_prompt", "set_role"), 3, 6),
        ((), 1, 6),
    ]
    aggregation = next(each for each in composed.proposers if isinstance(each, Mutation))
    assert {n for n, odds in aggregation.first_odds.items() if odds} == {
        "change_answer",
        "change_sources",
    }


def test_recreate_edits_one_agent_and_rolls_back() -> None:
    settings = loaded("recreate")
    assert settings.space.agents.max == 1
    assert settings.space.models == ("other", "medium")  # what the run file says besides stays
    assert set(drawn(parts("recreate").selection, seen([0.4, 0.6, 0.5]), 10)) == {(1,)}


def test_the_knapsacks_threshold_rises_with_what_is_spent() -> None:
    knapsack = parts("knapsack").survival
    assert isinstance(knapsack, Knapsack)
    assert knapsack.threshold(0) == pytest.approx(1 / e)
    assert knapsack.threshold(1) == pytest.approx(20)
    assert knapsack.threshold(0.5) == pytest.approx(sqrt(20 * e) / e)
    view = seen([0.5, 0.55, 0.55], (1, 0), (2, 0))  # five points more …
    view.cost[:] = (0.001, 0.002, 0.008)  # … for the price of one more, and of seven more
    early, late = replace(view, progress=0.1), replace(view, progress=1.0)
    assert [each.number for each in knapsack.survivors(early, Random(0))] == [0, 1, 2]
    assert [each.number for each in knapsack.survivors(late, Random(0))] == [0, 1]


def test_maspob_edits_one_prompt_and_is_optimistic() -> None:
    composed = parts("maspob")
    view = view_of(SPACE, seeds(SPACE, ("debate",)), [0.5])
    for number in range(10):
        proposal, _ = requests_of(composed, view, number)
        assert proposal is not None
        changed = {edit.agent for edit in proposal.parents[0].edits if hasattr(edit, "agent")}
        assert len(changed) == 1
        assert proposal.operator in GROUPS["words"]
    assert composed.screening.most == 16


def test_gepa_keeps_specialists_and_rewrites_prompts_only() -> None:
    composed = parts("gepa")
    view = seen([0.5, 0.5, 0.4])
    view.scores[0], view.scores[1], view.scores[2] = [1, 0] * 6, [0, 1] * 6, [0.4] * 12
    found = drawn(composed.selection, view)
    assert share(found, 2) == 0
    assert share(found, 0) == pytest.approx(0.5, abs=0.1)
    script = (
        '{"rationale": "r", "edits": [{"edit": "set_prompt", "agent": "solver", "prompt": "Units"},'
        ' {"edit": "set_parameter", "agent": "solver", "parameter": "samples", "value": 5}]}'
    )
    made = [requests_of(composed, seen([0.5]), number, script)[0] for number in range(5)]
    edits = [each.parents[0].edits for each in made if each and each.operator == "meta:edits"]
    assert edits
    assert {edit.edit for those in edits for edit in those} == {"set_prompt"}


def test_miprov2_searches_the_prompt_of_one_agent() -> None:
    settings = loaded("miprov2")
    view = view_of(settings.space, seeds(settings.space, ("single",)), [0.5])
    proposal, _ = requests_of(settings.strategy, view)
    assert proposal is not None
    assert len(proposal.config.agents) == 1
    assert {name.partition(".")[2] for name in proposal.choices} >= {"fragments", "answerer"}


def test_alphaevolve_breeds_on_islands() -> None:
    islands = parts("alphaevolve").survival
    assert isinstance(islands, Islands)
    view = seen([0.5] * 6, (3, 0), (4, 1), (5, 2))
    assert islands.homes(view) == [0, 1, 2, 0, 1, 2]


# Taking one over


def test_a_run_file_goes_before_the_preset_it_names_and_an_option_before_the_run_file(
    tmp_path: Path,
) -> None:
    folder = tmp_path
    text = (ROOT / "configs" / "puzzles_reflective.yaml").read_text(encoding="utf-8")
    text = text.replace(" puzzles", f" {ROOT / 'configs' / 'puzzles'}").replace(
        f"name: {ROOT / 'configs' / 'puzzles'}", "name: puzzles"
    )
    (folder / "run.yaml").write_text(f"preset: evomas\n{text}")
    mine = load_run_file(str(folder / "run.yaml"))
    assert mine.strategy.plugin_name() == "reflective"
    assert mine.allocator.plugin_name() == "value"
    assert (
        load_run_file(
            str(folder / "run.yaml"), {"preset": "tpe.yaml", "seed": 1} and {"preset": "boad"}
        ).allocator.plugin_name()
        == "ucb"
    )
    (folder / "own.yaml").write_text("label: in the spirit of\nstrategy: tpe\n")
    own = load_run_file(str(folder / "run.yaml"), {"preset": str(folder / "own.yaml")})
    assert own.strategy.plugin_name() == "tpe"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "unknown preset"),
        (
            "label: in the spirit of\nbudget: {usd: 3}\n",
            "budget: no key of a preset; allowed: name",
        ),
        ("strategy: tpe\n", "label: expected 'faithful' or 'in the spirit of'"),
        ("label: faithful\nstrategy: {composed: {choice: none}}\n", "unknown choice 'none'"),
    ],
)
def test_presets_that_cannot_be_used_are_explained(
    tmp_path: Path, text: str | None, message: str
) -> None:
    path = tmp_path / "mine.yaml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_run_file("puzzles_reflective", {"preset": str(path)})
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_unknown_presets_are_refused_with_the_nearest_name() -> None:
    with pytest.raises(ConfigError, match="unknown preset 'aflw'; did you mean 'aflow'"):
        load_run_file("puzzles_reflective", {"preset": "aflw"})
