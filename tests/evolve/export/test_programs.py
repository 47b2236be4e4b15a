"""Exported programs answer as evolve does, carry where they come from, and refuse by name."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from exported import agrees, chosen, some_systems

from evolve.errors import RunError
from evolve.export import programs
from evolve.export.formats import FORMATS
from search_spaces.config import Agent, Answer, SystemConfig
from tests.evolve.runs import settings

MODELS = {
    "small": {
        "openai": {
            "model": "tiny-1",
            "base_url": "http://localhost:9/v1",
            "api_key_env": "SECRET_KEY",
        }
    },
    "large": {"openai": {"model": "huge-1", "extra": {"top_k": 5}}},
}
SETTINGS = settings(models=MODELS, space={"models": ["large"]})
HOSTILE = '"""\nimport os; os.abort()\n# \\N{BULLET} \' {x} </script>'
SOLO = SystemConfig(
    name=HOSTILE,
    description=HOSTILE,
    agents=(Agent(name="solver", role=HOSTILE, prompt=HOSTILE, model="large", temperature=0.5),),
)


def test_a_program_answers_as_evolve_does() -> None:
    shipped = [*some_systems(0)]
    assert len(shipped) > 20
    for config in some_systems(60):
        choice = chosen(config, SETTINGS)
        agrees(choice, programs.python(choice))


@pytest.mark.full
def test_a_graph_answers_as_evolve_does() -> None:
    for config in some_systems(30):
        choice = chosen(config, SETTINGS)
        agrees(choice, programs.langgraph(choice), ("What is 2 plus 2?", "What is 7 plus 7?"))


@pytest.mark.parametrize("form", ["python", "langgraph", "openai-agents"])
def test_hostile_text_is_data_in_a_program(form: str) -> None:
    text = FORMATS[form].write(chosen(SOLO, SETTINGS))
    tree = ast.parse(text)
    (agents,) = (
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "AGENTS"
    )
    assert agents[0]["system"].endswith(SOLO.agents[0].prompt)
    assert agents[0]["model"] == "huge-1"
    assert agents[0]["options"] == {"temperature": 0.5}
    calls = {ast.unparse(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
    assert "os.abort" not in calls


def test_a_program_needs_the_openai_package_alone() -> None:
    text = programs.python(chosen(SOLO, SETTINGS))
    imported = {
        name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [node.names[0].name])
    }
    packages = {str(name).partition(".")[0] for name in imported}
    assert packages - set(sys.stdlib_module_names) == {"openai"}


@pytest.mark.parametrize("form", sorted(FORMATS.keys() - {"trajectories"}))
def test_every_export_tells_its_provenance_and_no_key(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "sk-very-secret")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    choice = chosen(SystemConfig(agents=(Agent(name="solver"),)), SETTINGS)
    text = FORMATS[form].write(choice)
    assert f"Found by evolve, run {choice.run.id}, id {choice.candidate.id}." in text
    assert "sk-very-secret" not in text


@pytest.mark.parametrize("form", ["python", "langgraph", "openai-agents"])
def test_what_a_program_cannot_do_is_refused_by_name(form: str) -> None:
    centroid = SystemConfig(
        agents=(Agent(name="one", samples=3, tools=("calculator",)),),
        answer=Answer(mode="centroid"),
    )
    with pytest.raises(RunError, match=f"'{form}' has no answer mode centroid, no tools;"):
        FORMATS[form].write(chosen(centroid, SETTINGS))


def test_an_unreachable_endpoint_ends_a_program(tmp_path: Path) -> None:
    (tmp_path / "best.py").write_text(programs.python(chosen(SOLO, SETTINGS)))
    command = [sys.executable, "best.py"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert said.returncode == 1
    assert said.stderr == 'usage: python best.py "a question"\n'
    variables = {**os.environ, "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    said = subprocess.run(
        [*command, "Why?"], cwd=tmp_path, env=variables, capture_output=True, text=True, check=False
    )
    assert said.returncode == 1
    assert said.stderr == "the models cannot be asked: Connection error.\n"


def test_a_picture_shows_every_agent_and_arrow() -> None:
    for config in some_systems(0):
        text = FORMATS["mermaid"].write(chosen(config, SETTINGS))
        for agent in config.agents:
            assert f'    agent_{agent.name}["{agent.name}' in text
        assert text.count("-. feedback .->") == len(config.arrows("feedback"))
    hostile = FORMATS["mermaid"].write(chosen(SOLO, SETTINGS))
    assert re.search(r'agent_solver\["solver<br/>[\w#;  ,.-]+"\]', hostile)


def test_json_and_yaml_are_the_same_system() -> None:
    choice = chosen(SOLO, SETTINGS)
    config = SystemConfig.model_validate(json.loads(FORMATS["json"].write(choice)))
    assert config.id == choice.candidate.id
