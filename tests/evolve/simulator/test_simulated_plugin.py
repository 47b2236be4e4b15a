"""The plug-in: profiles, landscapes, prices, and clear errors."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from evolve import clock
from evolve.models.base import MODELS, Request
from evolve.models.price import Price
from evolve.simulator.landscape import Landscape, load_landscape
from evolve.simulator.profile import load_profile, profile_names
from evolve.simulator.simulated import Simulated
from search_spaces.errors import ConfigError, explain
from tests.evolve.simulator.simulated_world import Sums, World

ROOT = Path(__file__).parents[3]
QUICKSTART = ROOT / "configs" / "puzzles_landscape.yaml"


def test_it_is_found_by_its_name() -> None:
    assert MODELS.find("simulated") is Simulated
    assert Simulated.plugin_name() == "simulated"


@pytest.mark.parametrize("name", profile_names())
def test_every_profile_loads_and_works(name: str, world: World, sums: Sums) -> None:
    model = Simulated(profile=name, landscape=QUICKSTART)
    assert model.simulated
    assert model.price == load_profile(name).price
    assert sums.replies(world.model(name), sums.prompts()[:3])


def test_larger_models_are_stronger_and_cost_more() -> None:
    for family in ("alder", "birch"):
        sizes = [load_profile(f"{family}-{size}") for size in ("small", "medium", "large")]
        assert {profile.family for profile in sizes} == {family}
        assert sizes == sorted(sizes, key=lambda profile: profile.ability)
        assert sizes == sorted(sizes, key=lambda profile: profile.price.completion)
        assert sizes == sorted(sizes, key=lambda profile: profile.catch)


def test_a_run_files_price_comes_first() -> None:
    model = Simulated(
        profile="alder-small", landscape=QUICKSTART, price={"prompt": 7, "completion": 8}
    )
    assert model.price == Price(prompt=7, completion=8)


def test_the_landscape_is_found_beside_the_run_file() -> None:
    options = {"profile": "alder-small", "landscape": "puzzles_landscape.yaml"}
    context = {"folder": QUICKSTART.parent}
    assert Simulated.model_validate(options, context=context).landscape == QUICKSTART


def test_it_writes_itself_and_reads_that_again(world: World, sums: Sums) -> None:
    model = world.model({"catch": 0.7}, seed=4)
    written = model.written()
    assert isinstance(written, dict)
    options = json.loads(json.dumps(written))["simulated"]
    again = Simulated.model_validate(options)
    assert sums.replies(again, sums.prompts()[:20]) == sums.replies(model, sums.prompts()[:20])


def test_latency_is_waited_for_in_virtual_time(world: World, sums: Sums) -> None:
    model = world.model({"latency_s": 1000.0})
    messages, _ = sums.prompts()[0]
    request = Request(messages, 500)

    async def timed() -> float:
        import asyncio

        loop = asyncio.get_running_loop()
        start = loop.time()
        await model.complete(request)
        return loop.time() - start

    assert clock.run(timed(), virtual=True) == pytest.approx(model.reply(request).latency_s)


def test_the_default_landscape_mechanisms_are_those_documented(tmp_path: Path) -> None:
    path = tmp_path / "land.yaml"
    path.write_text("answers: {file: sub/key.jsonl}")
    landscape = load_landscape(path)
    assert landscape.answers is not None
    assert landscape.answers.file == tmp_path / "sub" / "key.jsonl"
    assert landscape.domain("anything") == landscape.elsewhere
    assert landscape == Landscape(answers={"file": tmp_path / "sub" / "key.jsonl"})


GOOD = '{"question": "What?", "answer": "That"}'


@pytest.mark.parametrize(
    ("landscape", "key", "expected"),
    [
        (None, GOOD, "cannot be read"),
        ("answers: [", GOOD, "landscape"),
        ("- a list", GOOD, "expected a mapping"),
        ("domains: {}", GOOD, "no answer key; give one as `answers`"),
        ("{answers: {file: key.jsonl}, dommains: {}}", GOOD, "dommains: unknown key"),
        (
            "{answers: {file: key.jsonl}, domains: {a: {dificulty: 1}}}",
            GOOD,
            "domains.a.dificulty: unknown key",
        ),
        ("{answers: {file: key.jsonl}, domains: {a: {rewards: {cheat: 1}}}}", GOOD, "cheat"),
        ("{answers: {file: key.jsonl}, bloat: .nan}", GOOD, "bloat"),
        ("answers: {file: nowhere.jsonl}", GOOD, "nowhere.jsonl: there is no such task file"),
        ("answers: {file: key.jsonl}", "no json", "line 1: no valid JSON"),
        ("answers: {file: key.jsonl}", "[1]", "item 1: expected an object, found a number"),
        (
            "answers: {file: key.jsonl}",
            f'{GOOD}\n{{"question": "Who?"}}',
            "line 2: there is no field 'answer'",
        ),
        ("answers: {file: key.jsonl, question: text}", GOOD, "line 1: there is no field 'text'"),
        (
            "answers: {file: key.jsonl}",
            f'{GOOD}\n{{"question": "What?", "answer": "This"}}',
            "two tasks ask 'What?'",
        ),
    ],
)
def test_a_bad_landscape_gives_one_clear_line(
    tmp_path: Path, landscape: str | None, key: str, expected: Any
) -> None:
    path = tmp_path / "land.yaml"
    tmp_path.joinpath("key.jsonl").write_text(key)
    if landscape is not None:
        path.write_text(landscape)
    with pytest.raises(ValidationError) as caught:
        Simulated(profile="alder-small", landscape=path)
    line = str(explain(caught.value, "run.yaml"))
    assert expected in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ("alder-smal", "unknown profile 'alder-smal'; did you mean 'alder-small'? known: alder-"),
        ("../alder-small", "unknown profile"),
        ({"family": "oak"}, "ability"),
        ({"family": "oak", "ability": 0.0, "catch": 1.5}, "catch"),
        (
            {"family": "oak", "ability": 0.0, "shares": {"family": 0.9, "model": 0.2}},
            "must sum to less than 1",
        ),
    ],
)
def test_a_bad_profile_gives_one_clear_line(profile: Any, expected: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        Simulated(profile=profile, landscape=QUICKSTART)
    line = str(explain(caught.value, "run.yaml"))
    assert expected in line
    assert "\n" not in line


def test_errors_are_config_errors() -> None:
    with pytest.raises(ConfigError):
        load_profile("nobody")


def test_nothing_else_imports_it() -> None:
    known = {ROOT / "evolve" / "models" / "base.py", ROOT / "evolve" / "cli" / "sim.py"}
    own = ROOT / "evolve" / "simulator"
    for package in ("evolve", "archive", "search_spaces"):
        for path in (ROOT / package).rglob("*.py"):
            if own not in path.parents and path not in known:
                assert "evolve.simulator" not in path.read_text(encoding="utf-8"), path
