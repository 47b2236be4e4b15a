"""Exported programs answer as evolve does, carry where they come from, and refuse by name."""

import ast
import asyncio
import os
import re
import subprocess
import sys
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from openai.types.chat import ChatCompletion, ChatCompletionMessage
from openai.types.chat.chat_completion import Choice

from evolve.engine.session import models_of
from evolve.errors import RunError
from evolve.export import programs
from evolve.export.formats import FORMATS
from evolve.models.base import Embedder
from evolve.runtime.messages import turn
from evolve.runtime.plan import make_plan
from evolve.tasks.base import TaskInput
from search_spaces import library
from search_spaces.config import Agent, Answer, Demonstration, SystemConfig
from search_spaces.label_choice import LabelChoice
from search_spaces.yaml_text import parse_system
from tests.evolve.export.exported import agrees, chosen, some_systems
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
SPACE = {"models": ["large"]}
SETTINGS = settings(models=MODELS, space=SPACE)
HOSTILE = '"""\nimport os; os.abort()\n# \\N{BULLET} \' {x} </script>'
SOLO = SystemConfig(
    name=HOSTILE,
    description=HOSTILE,
    agents=(Agent(name="solver", role=HOSTILE, prompt=HOSTILE, model="large", temperature=0.5),),
)


@pytest.mark.full
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
def test_every_export_has_its_provenance_and_no_key(
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


@pytest.mark.full
def test_an_unreachable_endpoint_ends_a_program(tmp_path: Path) -> None:
    (tmp_path / "best.py").write_text(programs.python(chosen(SOLO, SETTINGS)))
    command = [sys.executable, "best.py"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "the following arguments are required: question" in result.stderr
    for words in (["--help"], ["-h"]):
        result = subprocess.run(
            [*command, *words], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert (result.returncode, result.stderr) == (0, "")
        assert "usage: best.py" in result.stdout
        assert "OPENAI_API_KEY" in result.stdout
    for words in (["--verbose"], [""], ["two", "words"]):
        result = subprocess.run(
            [*command, *words], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert (result.returncode, result.stdout) == (2, "")
    variables = {**os.environ, "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    result = subprocess.run(
        [*command, "Why?"], cwd=tmp_path, env=variables, capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert result.stderr == "the models cannot be asked: Connection error.\n"


@pytest.mark.full
def test_a_picture_shows_every_agent_and_arrow() -> None:
    for config in some_systems(0):
        text = FORMATS["mermaid"].write(chosen(config, SETTINGS))
        for agent in config.agents:
            assert f'    agent_{agent.name}["{agent.name}' in text
        assert text.count("-. feedback .->") == len(config.arrows("feedback"))
    hostile = FORMATS["mermaid"].write(chosen(SOLO, SETTINGS))
    assert re.search(r'agent_solver\["solver<br/>[\w#;  ,.-]+"\]', hostile)


EXAMPLES = [
    {"question": f"What is {number} plus {number + 1}?", "answer": f"Answer: {2 * number + 1}"}
    for number in range(9)
]
SELECTIVE = SystemConfig.model_validate(
    {
        "agents": [
            {"name": "solver", "samples": 3, "demonstrations": EXAMPLES, "nearest_examples": 2},
            {"name": "critic", "demonstrations": EXAMPLES[:4], "nearest_examples": 3},
            {"name": "judge", "demonstrations": EXAMPLES[:2], "nearest_examples": 1},
        ],
        "edges": [
            {"source": "solver", "target": "critic"},
            {"source": "critic", "target": "solver", "kind": "feedback"},
        ],
        "rounds": 2,
        "answer": {"mode": "judge", "by": "judge", "sources": ["solver", "critic"]},
    }
)


@pytest.mark.parametrize("options", [{}, {"dimensions": 64, "longest": 4}])
def test_the_nearest_worked_examples_are_shown(options: dict[str, int]) -> None:
    run = settings(
        models=MODELS, space={"models": ["large"]}, embedder={"hashed": options}, objective={}
    )
    choice = chosen(SELECTIVE, run)
    text = programs.python(choice)
    agrees(choice, text)
    summary = {"mode": "summarise", "by": "judge", "sources": ["solver", "critic"]}
    summarised = SystemConfig.model_validate(SELECTIVE.model_dump() | {"answer": summary})
    agrees(chosen(summarised, run), programs.python(chosen(summarised, run)))
    assert "pip install openai numpy" in text
    everything = SELECTIVE.model_dump()
    for agent in everything["agents"]:
        agent["nearest_examples"] = None
    assert "numpy" not in programs.python(chosen(SystemConfig.model_validate(everything), run))


class Scoring:
    """An endpoint that prefers one label, and tells by how much."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.chat = types.SimpleNamespace(completions=self)

    async def create(self, **options: Any) -> ChatCompletion:
        self.asked.append(options)
        top = [{"token": token, "logprob": value} for token, value in (("yes", -0.2), ("no", -1.7))]
        content = [{"token": "yes", "logprob": -0.2, "top_logprobs": top}]
        return ChatCompletion.model_construct(
            choices=[
                Choice.model_construct(
                    finish_reason="length",
                    logprobs={"content": content, "refusal": None},
                    message=ChatCompletionMessage(role="assistant", content="yes"),
                )
            ]
        )


@pytest.mark.parametrize("form", ["python", pytest.param("langgraph", marks=pytest.mark.full)])
@pytest.mark.parametrize(
    ("means", "label"), [((-0.1, -3.0), "no"), ((-2.0, -1.0), "yes"), ((), "yes")]
)
def test_labels_are_chosen_as_in_a_run(form: str, means: tuple[float, ...], label: str) -> None:
    model = {"openai": {"model": "m", "base_url": "http://localhost:9/v1", "top_logprobs": 5}}
    agent = Agent(
        name="solver",
        demonstrations=(Demonstration(question="Sure?", answer="no"),),
        label_choice=LabelChoice(labels=("yes", "no"), means=means),
    )
    choice = chosen(SystemConfig(agents=(agent,)), settings(models={"only": model}, space={}))
    module, endpoint = types.ModuleType("exported"), Scoring()
    exec(compile(FORMATS[form].write(choice), "exported.py", "exec"), vars(module))
    module.Models.client = lambda self, agent: endpoint

    async def close(self: object) -> None:
        pass

    module.Models.close = close
    assert asyncio.run(module.solve("Really?")) == label
    (asked,) = endpoint.asked
    assert (asked["max_tokens"], asked["logprobs"], asked["top_logprobs"]) == (1, True, 5)
    plan = make_plan(choice.config, models_of(choice.settings))
    task = TaskInput(id="t", text="Really?", instructions=choice.settings.tasks.request)
    wanted = turn(agent, task, closing=plan.nodes[0].closing(task))
    assert asked["messages"] == [{"role": one.role, "content": one.content} for one in wanted]


def test_a_program_of_the_agents_sdk_cannot_choose_labels() -> None:
    labels = LabelChoice(labels=("yes", "no"))
    config = SystemConfig(agents=(Agent(name="solver", label_choice=labels),))
    with pytest.raises(RunError, match="'openai-agents' has no label choice;"):
        programs.openai_agents(chosen(config, SETTINGS))


def test_routes_that_a_model_chooses_are_refused() -> None:
    with pytest.raises(RunError, match="'python' has no routes by choice;"):
        programs.python(chosen(library.system("expert_router"), SETTINGS))


class OtherEmbedder(Embedder):
    """An embedder of a third party."""

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """The same direction for every text."""
        return np.ones((len(texts), 1))


def test_what_settings_have_and_programs_lack_is_refused() -> None:
    gateway = {"openai": {"model": "m", "query": {"api-version": "1"}, "headers": {"x-team": "a"}}}
    run = settings(
        models={"only": gateway}, space={}, embedder=f"{__name__}:OtherEmbedder", objective={}
    )
    refused = (
        f"no embedder {__name__}:OtherEmbedder, no headers of model only, no query of model only"
    )
    for form in ("python", "langgraph", "openai-agents"):
        with pytest.raises(RunError, match=refused):
            FORMATS[form].write(chosen(SELECTIVE, run))


def test_json_and_yaml_are_the_same_system() -> None:
    choice = chosen(SOLO, SETTINGS)
    for form in ("json", "yaml"):
        assert parse_system(FORMATS[form].write(choice), form).id == choice.candidate.id


@pytest.mark.full
def test_a_program_starts_the_model_that_runs_in_its_process(tmp_path: Path) -> None:
    local = {"llama_cpp": {"path": str(tmp_path / "any.gguf"), "context": 512, "parallel": 3}}
    config = SystemConfig(agents=(Agent(name="solver", model="large"),))
    text = programs.python(chosen(config, settings(models={**MODELS, "large": local}, space=SPACE)))
    assert "pip install openai xllamacpp" in text
    assert "'server': (" in text
    assert "'options': {'temperature': 0.0}" in text
    (tmp_path / "best.py").write_text(text)
    command = [sys.executable, "best.py", "Why?"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    message = f"the models cannot be asked: there is no model file {tmp_path / 'any.gguf'}\n"
    assert result.stderr == message
    elsewhere = programs.python(
        chosen(SOLO, settings(models={**MODELS, "small": local}, space=SPACE))
    )
    assert "xllamacpp" not in elsewhere
