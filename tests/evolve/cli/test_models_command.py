"""`evolve models`: listing and downloading packaged models."""

import json
from pathlib import Path

import pytest

from evolve.models.llama_cpp import checks, packaged
from evolve.models.llama_cpp.packaged import PACKAGED
from tests.evolve.cli.commands import Command, is_one_clear_line
from tests.evolve.models.llama_cpp.gguf_files import gguf

SMOLLM2 = PACKAGED["smollm2"]


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_a_missing_model_is_listed_with_the_command_that_gets_it(command: Command) -> None:
    result = command("models", "list", "--json")
    (data,) = json.loads(result.out)["models"]
    assert (data["name"], data["here"]) == ("smollm2", False)
    assert data["get"] == "evolve models pull smollm2"
    assert data["path"] == str(SMOLLM2.path)
    assert "94 MiB" in command("models", "list").out


def test_a_model_that_is_here_is_listed_with_its_path(command: Command) -> None:
    SMOLLM2.path.parent.mkdir(parents=True)
    SMOLLM2.path.write_bytes(b"GGUF")
    (data,) = json.loads(command("models", "list", "--json").out)["models"]
    assert (data["here"], data["get"]) == (True, "")


def test_pull_prints_the_path(command: Command) -> None:
    command.patch.setattr(packaged, "_is_right", lambda path, model: True)
    result = command("models", "pull", "smollm2", "--json")
    data = json.loads(result.out)
    assert (data["brought"], data["path"]) == (False, str(SMOLLM2.path))
    assert "was already" in command("models", "pull", "smollm2").out


def test_what_cannot_be_pulled_is_one_line(command: Command) -> None:
    is_one_clear_line(command("models", "pull", "smolm"), "did you mean 'smollm2'?")

    def fails(*_: object, **__: object) -> object:
        return packaged.subprocess.CompletedProcess([], 1, "", "WARNING: x\nERROR: No network\n")

    command.patch.setattr(packaged.subprocess, "run", fails)
    is_one_clear_line(command("models", "pull", "smollm2"), "cannot download", "No network")


def test_a_run_without_its_model_file_names_the_command(command: Command) -> None:
    local_run("{model: smollm2}")
    for words in (["run", "run.yaml", "--archive", "new.db"], ["doctor", "run.yaml"]):
        result = command(*words)
        assert result.code == 2, result
        assert "evolve models pull smollm2" in " ".join((result.out + result.err).split())


def local_run(model: str) -> None:
    rows = ({"question": f"{n} + {n}", "answer": str(2 * n)} for n in range(40))
    Path("t.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    Path("run.yaml").write_text(
        f"tasks: {{file: t.jsonl}}\n"
        f"models: {{m: {{llama_cpp: {model}}}}}\n"
        f"seeds: {{library: [single, debate]}}\n"
        f"budget: {{evaluations: 60}}\n"
    )


@pytest.mark.parametrize(("tokens", "status"), [(16, "ok"), (1024, "note")])
def test_doctor_reports_file_context_threads_and_longest_prompts(
    command: Command, tokens: int, status: str
) -> None:
    command.patch.setattr(checks, "check_library", lambda: None)
    gguf(Path("tiny.gguf"))
    local_run(f"{{path: tiny.gguf, max_tokens: {tokens}}}")
    result = command("doctor", "run.yaml", "--no-calls", "--json")
    found = {each["name"]: each for each in json.loads(result.out)["findings"]}
    assert result.code == 0, result
    assert "2,048 tokens of 4,096 for each of 8 calls" in found["context"]["text"]
    assert found["threads"]["status"] == "ok"
    assert found["prompts"]["status"] == status


def test_a_context_that_is_too_small_is_refused_before_the_run(command: Command) -> None:
    command.patch.setattr(checks, "check_library", lambda: None)
    gguf(Path("tiny.gguf"))
    local_run("{path: tiny.gguf, context: 256}")
    long = ({"question": "x" * 1000 + str(n), "answer": "1"} for n in range(40))
    Path("t.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in long))
    result = command("run", "run.yaml", "--archive", "new.db")
    is_one_clear_line(result, "the context of model m is 256 tokens", "raise the model's `context`")
