"""Run files: keys, meaning, and storage in archives."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from archive.store import Archive
from evolve.engine.recorded import usable_settings
from evolve.runfile.settings import (
    RunSettings,
    as_json,
    find_run_file,
    load_run_file,
    read_settings,
)
from search_spaces.errors import ConfigError
from search_spaces.space import SearchSpace
from tests.strategies import examples, search_spaces

ROBOT = {"scripted": {"script": {"": "Answer: 7"}}}
LEAST: dict[str, Any] = {
    "tasks": {"file": "tasks.jsonl"},
    "models": {"robot": ROBOT},
    "budget": {"usd": 1},
}


def read(folder: Path | None = None, /, **changes: object) -> RunSettings:
    """The settings of the smallest run file, with some keys changed or added."""
    text = json.dumps(LEAST | changes, ensure_ascii=False)
    return read_settings(text, "run.yaml", folder)


def kept(settings: RunSettings) -> RunSettings:
    """The settings as they come back from an archive."""
    with Archive.in_memory() as archive:
        run = archive.create_run(settings.name, settings.seed, as_json(settings), [])
        return usable_settings(archive, run)


# What a run file need not say, and how it may say it


def test_what_is_left_out_has_a_default() -> None:
    settings = read()
    written = {name: plugin.written() for name, plugin in _plugins(settings).items()}
    assert written == {
        "strategy": "default",
        "allocator": RunSettings.model_fields["allocator"]
        .get_default(call_default_factory=True)
        .written(),
        "executor": "local",
        "embedder": "hashed",
        "robot": ROBOT,
    }
    assert settings.tasks.scorer.written() == "exact"
    assert (settings.name, settings.seed, settings.traces) == ("run", 0, "all")
    assert settings.order.kind == "arrival"
    assert settings.space == SearchSpace()
    assert "single" in settings.seeds.library
    assert settings.answering == "robot"


def _plugins(settings: RunSettings) -> dict[str, Any]:
    named = ("strategy", "allocator", "executor", "embedder")
    return {name: getattr(settings, name) for name in named} | settings.models


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("racing", "racing"),
        ({"racing": {}}, "racing"),
        ({"racing": None}, "racing"),
        ({"racing": {"z": 2}}, {"racing": {"z": 2.0}}),
        ({"evolve.allocators.racing:Racing": {"z": 2}}, {"racing": {"z": 2.0}}),
    ],
    ids=str,
)
def test_a_plug_in_is_a_name_or_a_name_with_options(given: object, written: object) -> None:
    settings = read(allocator=given)
    assert settings.allocator.written() == written
    assert kept(settings).allocator == settings.allocator


def test_a_third_partys_plug_in_is_found_beside_the_run_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.path", list(sys.path))
    (tmp_path / "own_plugins_of_this_test.py").write_text(
        "from evolve.strategies.random import Random\n"
        "class Own(Random):\n"
        '    """Mine."""\n'
        "    tries: int = 3\n"
    )
    (tmp_path / "run.yaml").write_text(
        json.dumps(LEAST | {"strategy": {"own_plugins_of_this_test:Own": {"tries": 5}}})
    )
    settings = load_run_file(str(tmp_path / "run.yaml"))
    assert settings.strategy.written() == {"own_plugins_of_this_test:Own": {"tries": 5}}
    assert kept(settings).strategy == settings.strategy
    assert kept(settings).folder == tmp_path


@pytest.mark.parametrize(
    ("given", "kind", "lag"),
    [
        ("arrival", "arrival", None),
        ({"kind": "arrival"}, "arrival", None),
        ("ticket", "ticket", 3.0),
        ({"ticket": None}, "ticket", 3.0),
        ({"ticket": {"lag": 2}}, "ticket", 2.0),
        ({"kind": "ticket", "lag": 2}, "ticket", 2.0),
    ],
    ids=str,
)
def test_an_order_is_a_kind_or_a_kind_with_options(
    given: object, kind: str, lag: float | None
) -> None:
    settings = read(order=given)
    assert settings.order.kind == kind
    assert getattr(settings.order, "lag", None) == lag
    assert kept(settings).order == settings.order


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"order": {"tickets": {}}}, "order: Input tag 'tickets'"),
        ({"order": {"ticket": {"lag": 0.5}}}, "order.ticket.lag: Input should be greater than or"),
        ({"order": {"ticket": {"lags": 2}}}, "order.ticket.lags: unknown key"),
        ({"order": {"ticket": "late"}}, "order: expected {ticket: {option: value}}, got"),
        ({"allocator": {"racing": {}, "full": {}}}, "allocator: expected a name or {name: {opti"),
        ({"allocator": {"racing": {"zz": 1}}}, "allocator.zz: unknown key"),
        ({"models": {"robot": {"scripted": {}}}}, "models.robot.script: this key is required"),
        ({"space": {"agents": [3, 2]}}, "space.agents: min 3 is above max 2"),
        ({"space": {"roles": ["wizzard"]}}, "space: unknown role 'wizzard'; "),
        ({"space": {"models": ["robot", "other"]}}, "space.models: 'other' is no model of this"),
        ({"default_model": "other"}, "default_model: 'other' is no model of this run: robot"),
        ({"seeds": {"archive": {"top": 2}}}, "seeds.archive.path: this key is required"),
        ({"tasks": {"file": 5}}, "tasks.file: Input is not a valid path"),
        ({"tasks": {"file": "a", "split": "b", "splits": {}}}, "tasks.splits.validation: this key"),
        ({"objective": {"cost_at_most": 0}}, "objective.cost_at_most: Input should be greater"),
        ({"name": "Über uns"}, "name: String should match pattern"),
        ({"budget": {"usd": float("inf")}}, "budget.usd: Input should be a"),
        ({"confirm": {"tasks": 1}}, "confirm.tasks: Input should be greater than or equal to 2"),
    ],
    ids=str,
)
def test_an_error_names_the_place(changes: Mapping[str, object], message: str) -> None:
    with pytest.raises(ConfigError) as error:
        read(**changes)
    assert str(error.value).startswith(f"run.yaml: {message}")
    assert "\n" not in str(error.value)


def test_other_keys_than_the_first_are_counted() -> None:
    with pytest.raises(ConfigError, match=r"this key is required \(and 2 more\)$"):
        read_settings("name: run", "run.yaml", None)


def test_the_command_line_overrides_the_file(tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text(json.dumps(LEAST | {"seed": 3}))
    assert load_run_file(str(tmp_path / "run.yaml")).seed == 3
    assert load_run_file(str(tmp_path / "run.yaml"), {"seed": 4}).seed == 4


# Paths


def test_paths_are_relative_to_the_run_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.path", list(sys.path))
    seeds = {"files": ["mine.yaml", "/far/away.yaml"], "archive": {"path": "old/evolve.db"}}
    endpoint = {"openai": {"model": "small", "env_file": "secrets.env"}}
    written = {"seeds": seeds, "folder": "plugins", "models": {"small": endpoint}}
    folder = tmp_path / "runs"
    folder.mkdir()
    (folder / "run.yaml").write_text(json.dumps(LEAST | written))
    monkeypatch.chdir(tmp_path)
    settings = load_run_file("runs/run.yaml")
    for one in (settings, kept(settings)):
        assert one.tasks.file == folder / "tasks.jsonl"
        assert one.seeds.files == (folder / "mine.yaml", Path("/far/away.yaml"))
        assert one.seeds.archive is not None
        assert one.seeds.archive.path == folder / "old/evolve.db"
        assert one.folder == folder / "plugins"
        assert one.models["small"].model_dump()["env_file"] == folder / "secrets.env"


def test_a_home_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setattr("sys.path", list(sys.path))
    assert read(Path("/runs"), tasks={"file": "~/t.jsonl"}).tasks.file == Path("/home/me/t.jsonl")


# Shipped run files


def shipped() -> list[str]:
    folder = find_run_file("quickstart_simulated").parent
    names = (path.stem for path in folder.glob("*.yaml"))
    return sorted(name for name in names if not name.endswith("_landscape"))


@pytest.mark.parametrize("name", shipped())
def test_shipped_run_files_can_be_read_from_anywhere(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", list(sys.path))
    settings = load_run_file(name)
    assert settings.tasks.file.is_absolute()
    assert as_json(kept(settings)) == as_json(settings)


# What an archive keeps

FULL: list[dict[str, Any]] = [
    {
        "name": "whole",
        "description": "Ünïcode 😀 and\nlines.",
        "folder": "/runs",
        "tasks": {
            "file": "/tasks.csv",
            "input": "{a} and {b}",
            "answer": "truth",
            "answer_pattern": r"#### (\d+)",
            "id": "key",
            "domain": "kind",
            "splits": {"train": 0.1, "validation": 0.3, "test": 0.6},
            "limit": 90,
            "alternatives": "others",
            "separator": "|",
            "incomplete": "leave_out",
            "form": "number",
            "instructions": "Write: Answer",
            "scorer": {"numeric": {"tolerance": 0.1}},
        },
        "models": {
            "small": ROBOT,
            "large": {"openai": {"model": "big", "price": {"prompt": 1e-05, "completion": 2}}},
        },
        "default_model": "large",
        "embedder": {"hashed": {"dimensions": 64}},
        "space": {"models": ["small"], "agents": [2, 3]},
        "seeds": {
            "library": ["single"],
            "files": ["/mine.yaml"],
            "each_model": True,
            "archive": {"path": "/old.db", "run": "quickstart-1", "top": 3},
        },
        "strategy": {"tpe": {"startup": 5}},
        "allocator": {"racing": {"z": 1.5}},
        "objective": {"cost": "usd", "cost_at_most": 1e-07, "epsilon": 0.02},
        "budget": {
            "usd": 0.1 + 0.2,
            "evaluations": 10,
            "calls": 2**40,
            "tokens": 9,
            "seconds": 1e22,
            "candidates": 3,
        },
        "proposes_until": 0.7,
        "confirm": {"tasks": 5},
        "concurrency": 7,
        "trackers": [{"mlflow": {"experiment": "mine"}}],
        "order": {"ticket": {"lag": 1.1}},
        "traces": "failures",
        "seed": 2**63 - 1,
    },
    {"tasks": {"file": "/tasks.jsonl", "split": "part", "answer": None, "scorer": "choice"}},
    {
        "tasks": {"dataset": {"name": "made/up", "split": "train"}, "validation": 20},
        "tools": {"sums": "calculator"},
        "tool_limits": {"rounds": 2},
        "preset": "maas",
    },
]
NO_OTHER_CHOICE = {"executor", "maximise"}


def at_default(model: BaseModel, path: str = "") -> set[str]:
    """The paths of the fields of a run file, however deep, that stand at their default."""
    found: set[str] = set()
    for name, field in type(model).model_fields.items():
        value, place = getattr(model, name), f"{path}.{name}".strip(".")
        default = field.get_default(call_default_factory=True)
        if name in NO_OTHER_CHOICE or place.startswith("space."):
            continue
        if value == default:
            found.add(place)
        elif isinstance(value, BaseModel) and hasattr(type(value), "model_fields"):
            found |= at_default(value, place) if not hasattr(value, "written") else set()
    return found


def test_all_settings_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.path", list(sys.path))
    every = [read(**changes) for changes in FULL]
    left = set.intersection(*map(at_default, every)) - {"order.kind"}
    assert not left, f"say something else than the default here: {left}"
    for settings in every:
        assert kept(settings) == settings
        assert as_json(kept(settings)) == as_json(settings)


caps = st.fixed_dictionaries(
    {"usd": st.floats(1e-300, 1e300)},
    optional={
        "evaluations": st.integers(1, 10**15),
        "seconds": st.floats(min_value=0, exclude_min=True, allow_infinity=False),
    },
)
texts = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.full
@given(
    space=search_spaces(),
    budget=caps,
    description=texts,
    order=st.sampled_from(["arrival", "ticket"])
    | st.floats(1, 1e6).map(lambda lag: {"ticket": {"lag": lag}}),
    seed=st.integers(0, 2**63 - 1),
    instructions=texts,
)
@examples(40)
def test_any_settings_are_kept_exactly(
    space: SearchSpace, instructions: str, **changes: object
) -> None:
    models = dict.fromkeys(("robot", "small", "large"), ROBOT)
    tasks = {"file": "/tasks.jsonl", "instructions": instructions}
    tools = dict.fromkeys(space.tools, "calculator")
    written = space.model_dump(mode="json", exclude_defaults=True)
    settings = RunSettings.model_validate(
        LEAST | changes | {"models": models, "tasks": tasks, "space": written, "tools": tools}
    )
    assert settings.space == space
    assert kept(settings) == settings
    assert as_json(kept(settings)) == as_json(settings)


def local(name: str = "any.gguf", **options: object) -> dict[str, object]:
    return {"llama_cpp": {"path": name, **options}}


@pytest.mark.parametrize(
    ("models", "changes", "concurrency"),
    [
        ({"a": local()}, {}, 11),
        ({"a": local(), "b": local(max_tokens=9)}, {}, 11),
        ({"a": local(), "b": local("other.gguf", parallel=2)}, {}, 14),
        ({"a": local(parallel=200)}, {}, 64),
        ({"a": local()}, {"concurrency": 40}, 40),
        ({"a": local()}, {"executor": "ray"}, 64),
        ({"a": local(), "b": ROBOT}, {}, 64),
    ],
)
def test_no_more_evaluations_wait_than_local_models_take_in(
    tmp_path: Path, models: object, changes: Mapping[str, object], concurrency: int
) -> None:
    settings = read(tmp_path, models=models, **changes)
    assert settings.concurrency == concurrency
    assert kept(settings).concurrency == concurrency
