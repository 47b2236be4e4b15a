"""Deployments in system files: complete, and used only with consent."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from archive.records import Candidate
from archive.store import Archive
from evolve.export.choice import choose
from evolve.export.formats import FORMATS
from evolve.runfile.settings import as_json
from evolve.serving.apply import ask
from evolve.serving.deployment import Deployment, accepted, carried_by, origin
from search_spaces.config import Agent, SystemConfig
from search_spaces.errors import ConfigError
from search_spaces.yaml_text import parse_system
from tests.evolve.cli.commands import evolve_process
from tests.evolve.runs import settings

CONFIG = SystemConfig(name="one", agents=(Agent(name="solver", model="small"),))
SCRIPT = {"scripted": {"script": {"Say it in Latin.": "LATIN: quinque"}}}
ENDPOINT = {
    "openai": {"model": "m-1", "base_url": "https://llm.example/v1", "api_key_env": "LLM_KEY"}
}
TASKS = {"instructions": "Say it in Latin.", "input": "{a}?", "form": "text"}


def exported(folder: Path, model: object, form: str = "yaml") -> tuple[Path, Archive]:
    """A system file of a run, and the run's archive."""
    run_settings = settings(
        models={"small": model, "unused": model}, space={}, tasks={"file": "tasks.jsonl", **TASKS}
    )
    archive = Archive.in_memory()
    run = archive.create_run("sample", 0, as_json(run_settings), [])
    archive.add_candidate(run, Candidate(number=0, config=CONFIG, operator="seed"))
    path = folder / f"best.{form}"
    path.write_text(FORMATS[form].write(choose(archive, run, "0")))
    return path, archive


def refuse(name: str, uses: Sequence[str]) -> bool:
    return False


def accept(name: str, uses: Sequence[str]) -> bool:
    return True


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_a_system_file_answers_anywhere(tmp_path: Path, form: str) -> None:
    path, _ = exported(tmp_path, SCRIPT, form)
    carried = carried_by(path)
    assert carried is not None
    assert set(carried["models"]) == {"small"}
    deployment = accepted(carried, path, refuse)
    assert (deployment.instructions, deployment.input) == ("Say it in Latin.", "{a}?")
    config = parse_system(path.read_bytes(), str(path))
    assert config.id == CONFIG.id
    assert ask(deployment, config, "Five?").answer == "LATIN: quinque"


@pytest.mark.full
def test_apply_needs_neither_an_archive_nor_a_run_file(tmp_path: Path) -> None:
    exported(tmp_path, SCRIPT)
    (tmp_path / "questions.jsonl").write_text('{"a": "Five"}\n')
    result = evolve_process(
        "apply", "best.yaml", "--file", "questions.jsonl", "-q", folder=tmp_path
    )
    assert (result.code, result.err) == (0, "")
    assert '"question": "Five?"' in result.out
    assert '"answer": "LATIN: quinque"' in result.out


@pytest.mark.full
def test_endpoints_from_elsewhere_need_consent(tmp_path: Path) -> None:
    path, archive = exported(tmp_path, ENDPOINT)
    carried = carried_by(path)
    assert carried is not None
    with pytest.raises(ConfigError, match=r"value of LLM_KEY.*llm\.example.*--trust"):
        accepted(carried, path, refuse)
    assert carried["models"] == {"small": ENDPOINT}
    assert accepted(carried, path, accept).models["small"].plugin_name() == "openai"
    run = origin(archive, carried, path)
    assert run is not None
    changed = path.read_text().replace("llm.example", "other.example")
    path.write_text(changed)
    assert origin(archive, carried_by(path) or {}, path) is None
    result = evolve_process("apply", "best.yaml", "Five?", folder=tmp_path)
    assert result.code == 2
    assert "other.example" in result.err
    assert len(result.err.splitlines()) == 1


def test_tools_are_not_taken_from_a_system_file(tmp_path: Path) -> None:
    path, _ = exported(tmp_path, SCRIPT)
    carried = {**(carried_by(path) or {}), "tools": {"shell": {"mcp": {"command": ["sh"]}}}}
    assert accepted(carried, path, accept).tools == {}


@pytest.mark.full
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("agents: [{name: a}]\ndeployment: 5\n", "has to be a mapping"),
        ("agents: [{name: a}]\ndeployment: {models: {}}\n", "deployment"),
    ],
)
def test_a_malformed_deployment_is_one_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "best.yaml").write_text(text)
    result = evolve_process("apply", "best.yaml", "Five?", folder=tmp_path)
    assert result.code == 2
    assert message in result.err
    assert len(result.err.splitlines()) == 1


def test_settings_and_their_file_are_the_same_deployment(tmp_path: Path) -> None:
    path, _ = exported(tmp_path, SCRIPT)
    written = Deployment.of(
        settings(models={"small": SCRIPT}, space={}, tasks={"file": "tasks.jsonl", **TASKS})
    )
    read = accepted(carried_by(path) or {}, path, refuse)
    assert read.written(CONFIG) == written.written(CONFIG)
