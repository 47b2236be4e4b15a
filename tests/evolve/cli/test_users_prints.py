"""Whatever users' code prints, and whenever, standard output holds the result alone."""

import json
import sys
from pathlib import Path

import pytest

from tests.evolve.cli.commands import Command, Completed, evolve_process

SYSTEM = "agents: [{name: solver, prompt: Answer., model: m}]"

RUN_FILE = """
tasks: {file: tasks.jsonl, scorer: {python: {function: 'mine:score'}}}
models: {m: {scripted: {script: 'mine:reply'}}}
space: {models: [m]}
budget: {evaluations: 20}
"""

PRINTS = """
import atexit, logging, multiprocessing, os, subprocess, sys, threading, time

print("printed")
os.system("echo printed")
logging.basicConfig(stream=sys.stdout, level=logging.INFO)
atexit.register(print, "printed")
atexit.register(os.system, "echo printed")


def often():
    for _ in range(50):
        print("printed")
        time.sleep(0.02)


def reply(request):
    print("printed")
    sys.stdout.write("printed")
    return "Answer: 4"


def work(number):
    print("printed")
    return number


def score(task, answer):
    threading.Thread(target=often).start()
    subprocess.Popen("sleep 0.2; echo printed", shell=True)
    logging.info("printed")
    with multiprocessing.get_context(METHOD).Pool(2) as pool:
        return pool.map(work, [1.0, 1.0])[0]
"""

SCRIPT = "from evolve.cli.main import main\nmain()\n"
"""As installers write the command, but without `if __name__ == "__main__"`."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "run.yaml").write_text(RUN_FILE)
    (tmp_path / "system.yaml").write_text(SYSTEM)
    rows = (json.dumps({"question": f"{n} + 2?", "answer": "4"}) + "\n" for n in range(8))
    (tmp_path / "tasks.jsonl").write_text("".join(rows))
    return tmp_path


WORDS = ("eval", "system.yaml", "--run-file", "run.yaml", "--json")


@pytest.mark.full
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_prints_of_scorers_and_models_are_no_results(folder: Path, method: str) -> None:
    (folder / "mine.py").write_text(PRINTS.replace("METHOD", repr(method)))
    done = evolve_process(*WORDS, folder=folder)
    assert json.loads(done.out)["mean"] == 1
    assert done.err.count("printed") > 10


@pytest.mark.full
def test_a_pool_does_not_run_the_command_again(folder: Path) -> None:
    import subprocess

    (folder / "mine.py").write_text(PRINTS.replace("METHOD", repr("spawn")))
    (folder / "command").write_text(SCRIPT)
    ran = subprocess.run(
        [sys.executable, "command", *WORDS],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    done = Completed(ran.returncode, ran.stdout, ran.stderr)
    assert json.loads(done.out)["mean"] == 1
    assert "another process" not in done.err


def test_a_model_that_prints(
    folder: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    (folder / "printing_model.py").write_text(
        "print('printed')\ndef reply(request):\n    print('printed')\n    return 'Answer: 4'\n"
    )
    text = RUN_FILE.replace("mine:reply", "printing_model:reply")
    (folder / "run.yaml").write_text(text.replace("{python: {function: 'mine:score'}}", "exact"))
    done = command(*WORDS, "--archive", "own.db")
    assert json.loads(done.out)["mean"] == 1
    assert "printed" in done.err
