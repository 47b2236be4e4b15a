"""Looking at settings loads nothing, and using those from elsewhere needs consent."""

import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archive.store import Archive
from evolve.allocators.base import ALLOCATORS
from evolve.engine.recorded import settings_of, usable_settings
from evolve.executors.base import EXECUTORS
from evolve.models.base import EMBEDDERS, MODELS
from evolve.plugins import Kind, Plugin
from evolve.runfile.consent import accept_all, refuse_all, uses_of
from evolve.runfile.known_runs import is_known, record_path, remember
from evolve.runfile.settings import from_json
from evolve.strategies.base import STRATEGIES
from evolve.tasks.base import SCORERS
from evolve.tools.base import TOOLS
from evolve.trackers.base import TRACKERS
from search_spaces.errors import ConfigError

PLACES: dict[str, Kind[Any]] = {
    "models.m": MODELS,
    "tools.t": TOOLS,
    "embedder": EMBEDDERS,
    "strategy": STRATEGIES,
    "allocator": ALLOCATORS,
    "executor": EXECUTORS,
    "tasks.scorer": SCORERS,
    "trackers.0": TRACKERS,
}
"""Where a run file names plug-ins of which kind."""

CODE = "planted_by_a_sender:gift"


def written(place: str, value: object) -> str:
    values: dict[str, Any] = {
        "tasks": {"file": "tasks.jsonl"},
        "models": {"m": {"openai": {"model": "m"}}},
        "budget": {"evaluations": 10},
    }
    outer, _, inner = place.partition(".")
    if inner.isdecimal():
        values[outer] = [value]
    elif inner:
        values[outer] = {**values.get(outer, {}), inner: value}
    else:
        values[outer] = value
    return json.dumps(values)


def planted() -> Iterator[tuple[str, str]]:
    """Settings that name a planted module, in every plug-in's place and in each of its options."""
    for place, kind in PLACES.items():
        yield f"{place}: third party", written(place, {CODE: {}})
        yield f"{place}: bare", written(place, CODE)
        for name in kind.names():
            for option in kind.find(name).model_fields:
                yield f"{place}: {name}.{option}", written(place, {name: {option: CODE}})
                nested = {name: {option: {CODE: {}}}}
                yield f"{place}: {name}.{option}, nested", written(place, nested)


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A module on the path that leaves a mark when it is imported."""
    mark = tmp_path / "imported"
    text = f"import pathlib\npathlib.Path({str(mark)!r}).touch()\ngift = print\n"
    (tmp_path / "planted_by_a_sender.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    yield mark
    sys.modules.pop("planted_by_a_sender", None)


def test_looking_imports_nothing_from_any_option_of_any_plug_in(module: Path) -> None:
    read = 0
    for where, text in planted():
        try:
            from_json(text, "a test", inert=True)
            read += 1
        except ConfigError:
            pass  # such as a scorer that names a model which is not there
        assert not module.exists(), where
    assert read > 100


def test_what_using_would_import_is_listed(module: Path) -> None:
    imported = 0
    for where, text in planted():
        with contextlib.suppress(ConfigError):
            from_json(text, "a test")
        if module.exists():
            imported += 1
            module.unlink()
            sys.modules.pop("planted_by_a_sender")
            assert any("planted_by_a_sender is run" in use for use in uses_of(text)), where
    assert imported >= 2 * len(PLACES)


def test_destinations_are_named() -> None:
    model = {"openai": {"model": "a:b", "base_url": "http://h/v1", "api_key_env": "TOKEN"}}
    assert uses_of(written("models.m", model)) == [
        "the value of TOKEN and prompts go to http://h/v1 (models.m)"
    ]
    program = {"mcp": {"command": ["run-it", "-x"], "variables": ["TOKEN"]}}
    assert uses_of(written("tools.t", program)) == ["`run-it -x` is run with TOKEN (tools.t)"]
    assert uses_of(written("tools.t", {"mcp": {"url": "http://h"}})) == [
        "arguments of tools go to http://h (tools.t)"
    ]
    assert uses_of(written("trackers.0", {"mlflow": {"uri": "http://h"}})) == [
        "figures and settings go to http://h (trackers.0)"
    ]
    assert uses_of(written("trackers.0", {"wandb": {"mode": "online"}})) == [
        "figures and settings go to Weights & Biases (trackers.0)"
    ]
    assert uses_of(written("executor", {"ray": {"address": "h:6379"}})) == [
        "tasks, prompts and the models' keys go to h:6379 (executor.ray)"
    ]
    only_key = {"openai": {"model": "m", "api_key_env": "TOKEN"}}
    assert uses_of(written("models.m", only_key)) == [
        "the value of TOKEN and prompts go to its default address (models.m)"
    ]


@pytest.mark.parametrize(
    "model",
    [
        {"openai": {"model": "llama3:latest"}},
        {"scripted": {"script": {"": "Answer: 7"}}},
        {"simulated": {"profile": "small"}},
    ],
)
def test_nothing_needs_consent_where_nothing_is_sent_or_loaded(model: object) -> None:
    assert uses_of(written("models.m", model)) == []


def test_what_is_no_json_uses_nothing() -> None:
    assert uses_of("{") == []
    assert uses_of("[" * 100_000) == []


SENT = written("models.m", {"openai": {"model": "m", "base_url": "http://h/v1"}})


def test_settings_from_elsewhere_are_refused_until_they_are_accepted_once(tmp_path: Path) -> None:
    with Archive.write(tmp_path / "evolve.db") as archive:
        run = archive.create_run("run", 0, SENT, [])
        assert settings_of(archive, run).models["m"].plugin_name() == "openai"
        with pytest.raises(ConfigError, match=r"prompts go to http://h/v1 \(models.m\).*--trust"):
            usable_settings(archive, run)
        shown: list[object] = []

        def accept(ref: str, uses: object) -> bool:
            shown.append(uses)
            return True

        usable_settings(archive, run, accept)
        usable_settings(archive, run, refuse_all)
        assert shown == [["prompts go to http://h/v1 (models.m)"]]


def test_a_moved_archive_is_known_and_a_copy_is_not(tmp_path: Path) -> None:
    mine = tmp_path / "mine.db"
    mine.write_text("")
    remember(SENT, mine)
    assert is_known(SENT, mine)
    assert not is_known(SENT.replace("http://h", "http://other"), mine)
    moved = mine.rename(tmp_path / "moved.db")
    assert is_known(SENT, moved)
    copy = tmp_path / "copy.db"
    copy.write_text("")
    assert not is_known(SENT, copy)


def test_a_record_that_cannot_be_written_makes_nothing_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    remember(SENT, tmp_path / "evolve.db")
    assert not is_known(SENT, tmp_path / "evolve.db")


@pytest.mark.parametrize(
    ("platform", "variable", "end"),
    [
        ("linux", "HOME", "home/.local/state/evolve/known-runs"),
        ("darwin", "HOME", "home/Library/Application Support/evolve/known-runs"),
        ("win32", "LOCALAPPDATA", "home/evolve/known-runs"),
    ],
)
def test_the_record_lies_where_the_platform_keeps_state(
    platform: str, variable: str, end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv(variable, str(tmp_path / "home"))
    assert record_path() == tmp_path / end


def test_every_plug_in_can_be_looked_at() -> None:
    for place in PLACES:
        from_json(written(place, "not_here:Thing"), "a test", inert=True)


def test_code_in_options_is_declared() -> None:
    declaring = {
        kind.find(name).plugin_name()
        for kind in PLACES.values()
        for name in kind.names()
        if kind.find(name).names_code({"script": CODE, "function": CODE})
    }
    assert declaring == {"function", "python", "scripted"}
    assert not Plugin.names_code({})
    assert accept_all("run", [])
