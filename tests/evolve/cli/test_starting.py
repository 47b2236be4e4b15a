"""`evolve list`, and run-file keys set on the command line."""

import json

import pytest

from evolve.report.choices import KINDS
from evolve.runfile import presets
from evolve.runfile.overrides import overridden, read_overrides
from evolve.runfile.settings import load_run_file
from search_spaces.errors import ConfigError
from search_spaces.library import systems
from tests.evolve.cli.commands import Command


@pytest.mark.parametrize("what", ["presets", "run-files", "systems", *KINDS])
def test_everything_is_listed_with_a_line(command: Command, what: str) -> None:
    result = command("list", what, "--json")
    assert result.code == 0, result.err
    found = json.loads(result.out)
    known = {"presets": presets.names(), "systems": list(systems())}
    names = [each["name"] for each in found]
    if what in KINDS:
        assert names == KINDS[what].names()
    assert names == known.get(what, names)
    assert names
    assert all(len(each["about"]) > 10 for each in found), found


def test_any_key_can_be_set() -> None:
    written = [
        "budget.usd=0.5",
        "strategy.genetic.population=9",
        "allocator=ucb",
        "seeds.library=[single]",
    ]
    settings = load_run_file("quickstart_simulated", read_overrides(written))
    assert settings.budget.usd == 0.5
    assert settings.strategy.written() == {"genetic": {"population": 9}}
    assert settings.allocator.written() == "ucb"
    assert settings.seeds.library == ("single",)


def test_a_plug_in_is_replaced_by_another() -> None:
    assert overridden({"a": "old"}, {"a.new.b": 1}) == {"a": {"new": {"b": 1}}}
    assert overridden({"a": "new"}, {"a.new.b": 1}) == {"a": {"new": {"b": 1}}}
    assert overridden({"a": {"c": 2}}, {"a.b": 1}) == {"a": {"c": 2, "b": 1}}


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("budgett.usd=1", "budgett: unknown key; did you mean 'budget'?"),
        ("objective.cots=1", "objective.cots: unknown key; did you mean 'cost'?"),
        ("strategy.genetic.popul=3", "strategy.popul: unknown key; did you mean 'population'?"),
        (
            "models.small.simulated.profil=x",
            "models.small.profil: unknown key; did you mean 'profile'?",
        ),
        ("tasks.scorer.exact.strict=1", "tasks.scorer.strict: unknown key"),
        ("tasks.zzz=1", "tasks.zzz: unknown key; known: file,"),
        ("budget", "--set 'budget': expected KEY=VALUE"),
        (".usd=1", "expected KEY=VALUE"),
        ("budget.usd=[1", "--set budget.usd"),
    ],
)
def test_an_unknown_key_is_reported_with_the_nearest(written: str, message: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load_run_file("quickstart_simulated", read_overrides([written]))
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)
