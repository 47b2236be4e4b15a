"""The systems of a comparison: files, exports and models, and mistakes in naming them."""

import json
from pathlib import Path

import pytest

from evolve.gate.sides import read_sides
from search_spaces.config import Agent, SystemConfig
from search_spaces.errors import ConfigError
from search_spaces.yaml_text import DEPLOYMENT
from tests.evolve.runs import settings

SETTINGS = settings()


def file(folder: Path, name: str, **values: object) -> str:
    path = folder / name
    path.write_text(json.dumps({"agents": [{"name": "solver"}], **values}))
    return str(path)


def test_a_model_is_a_single_agent() -> None:
    old, new = read_sides("small", "medium", SETTINGS)
    assert old.config.id == SystemConfig(agents=(Agent(name="a"),)).id, "the default model"
    assert new.config.agents[0].model == "medium"


def test_a_system_file_answers_on_the_models_that_it_names(tmp_path: Path) -> None:
    named = file(tmp_path, "old.yaml", agents=[{"name": "solver", "model": "other"}])
    old, new = read_sides(named, file(tmp_path, "new.yaml"), SETTINGS)
    assert [side.config.agents[0].model for side in (old, new)] == ["other", None]


def test_an_export_keeps_its_default_model(tmp_path: Path) -> None:
    carried = {DEPLOYMENT: {"default_model": "medium", "models": {}}}
    old, _ = read_sides(file(tmp_path, "best.yaml", **carried), "small", SETTINGS)
    assert old.config.agents[0].model == "medium"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("small", "small", "are the same system"),
        ("small", "plain.yaml", "are the same system"),
        ("smal", "medium", "unknown model (and there is no such system file) 'smal'; did you"),
        ("small", "missing.yaml", "missing.yaml: cannot be read"),
        ("small", "foreign.yaml", "foreign.yaml: unknown model 'gpt'; known: medium"),
        ("small", "armed.yaml", "armed.yaml: unknown tool 'search'; known: none"),
    ],
)
def test_mistakes_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    file(tmp_path, "plain.yaml", agents=[{"name": "solver", "model": "small"}])
    file(tmp_path, "foreign.yaml", agents=[{"name": "solver", "model": "gpt"}])
    file(tmp_path, "armed.yaml", agents=[{"name": "solver", "tools": ["search"]}])
    with pytest.raises(ConfigError) as error:
        read_sides(old, new, SETTINGS)
    assert told in str(error.value)
