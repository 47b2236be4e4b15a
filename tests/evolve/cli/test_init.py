"""`evolve init`: the run file that it makes runs as it is, and nothing is overwritten."""

import csv
import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolve.data.rows import Row
from evolve.models.price import Price
from evolve.runfile.settings import load_run_file, read_settings
from evolve.setup.init.guessing import Guess, guess
from evolve.setup.init.plan import Plan, PlannedModel
from evolve.setup.init.writing import run_file
from tests.evolve.cli.commands import ROOT, Command, begin, evolve_process, is_one_clear_line

SUMS = [{"question": f"What is {n} + {n}?", "answer": str(2 * n)} for n in range(40)]


def task_file(folder: Path, ending: str) -> Path:
    path = folder / f"sums.{ending}"
    with path.open("w", newline="") as file:
        if ending == "csv":
            table = csv.DictWriter(file, ["question", "answer"])
            table.writeheader()
            table.writerows(SUMS)
        else:
            file.writelines(f"{json.dumps(row)}\n" for row in SUMS)
    return path


@contextmanager
def served(folder: Path, tasks: Path) -> Iterator[str]:
    """The simulated models over HTTP; the URL is what `evolve sim serve` announces."""
    server = begin("sim", "serve", "--answers", str(tasks), "--port", "0", "--pace", "0",
                   folder=folder, PYTHONUNBUFFERED="1")  # fmt: skip
    try:
        assert server.stdout is not None
        url = next(word for line in server.stdout for word in line.split() if "http" in word)
        yield url.rstrip("/")
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=60)


@pytest.mark.full
@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_the_file_runs_as_it_is(tmp_path: Path, ending: str) -> None:
    tasks = task_file(tmp_path, ending)
    with served(tmp_path, tasks) as url:
        result = evolve_process(
            *("init", "mine.yaml", "--tasks", tasks.name, "--base-url", url),
            *("--model", "alder-small=0.1/0.4", "--usd", "0.02", "--json"),
            folder=tmp_path,
        )
        assert result.code == 0, result.err
        made = json.loads(result.out)
        assert made["scorer"] == "numeric"
        assert made["tasks"] == {"train": 8, "validation": 16, "test": 16}
        found = evolve_process("run", "mine.yaml", "--json", folder=tmp_path)
    assert found.code == 0, found.err
    assert json.loads(found.out)["confirmation"]["tasks"] == 16
    if ending == "csv":
        return
    rehearsed = evolve_process("run", "mine.yaml", "--dry-run", "--quiet", folder=tmp_path)
    assert rehearsed.code == 0, rehearsed.err


def test_every_option_is_in_the_file(command: Command) -> None:
    rows = [{"q": f"{n}?", "topic": "ab"[n % 2], "truth": "AB"[n % 2]} for n in range(40)]
    Path("t.json").write_text(json.dumps(rows))
    result = command(
        *("init", "r.yaml", "--tasks", "t.json", "--input", "{topic}: {q}", "--answer", "truth"),
        *("--domain", "topic", "--scorer", "choice", "--base-url", "http://localhost:1/v1"),
        *("--key-env", "MY_KEY", "--model", "a/b.c=1/2", "--model", "d", "--meta", "d"),
        *("--evaluations", "500"),
    )
    assert result.code == 0, result.err
    assert "MY_KEY is neither in the environment nor in a .env file" in " ".join(result.out.split())
    settings = load_run_file("r.yaml")
    assert settings.tasks.scorer.written() == "choice"
    assert settings.tasks.load(0).validation[0].input.text.startswith(("a: ", "b: "))
    assert settings.tasks.domain == "topic"
    model = settings.models["a-b-c"]
    assert model.price == Price(prompt=1, completion=2)
    values = model.model_dump(include={"model", "base_url", "api_key_env"})
    assert list(values.values()) == ["a/b.c", "http://localhost:1/v1", "MY_KEY"]
    assert settings.strategy.asks == ("d",)
    assert settings.budget.model_dump(exclude_none=True) == {"evaluations": 500}


def test_nothing_is_overwritten(command: Command) -> None:
    task_file(Path(), "csv")
    words = ("init", "--tasks", "sums.csv", "--model", "m")
    Path("run.yaml").write_text("mine")
    is_one_clear_line(command(*words), "run.yaml is there already", "--force")
    assert Path("run.yaml").read_text() == "mine"
    assert command(*words, "--force").code == 0
    assert load_run_file("run.yaml").name == "sums"


@pytest.mark.parametrize(("rows", "cap"), [(12, 120), (40, 400), (400, 1000)])
def test_free_models_are_capped_in_evaluations_that_suit_the_tasks(
    command: Command, rows: int, cap: int
) -> None:
    lines = (json.dumps({"question": f"{n}?", "answer": str(n)}) for n in range(rows))
    Path("t.jsonl").write_text("".join(f"{line}\n" for line in lines))
    result = command("init", "--tasks", "t.jsonl", "--model", "m=0/0", "--yes")
    assert result.code == 0, result.err
    budget = load_run_file("run.yaml").budget
    assert budget.model_dump(exclude_none=True) == {"evaluations": cap}


@pytest.mark.full
@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "--tasks has to be given"),
        (("--tasks", "sums.csv"), "--model has to be given"),
        (("--tasks", "none.csv", "--model", "m"), "there is no such task file"),
        (("--tasks", "sums.csv", "--model", "m", "--input", "q"), "there is no field 'q'"),
        (("--tasks", "sums.csv", "--model", "m", "--scorer", "exat"), "did you mean 'exact'?"),
        (("--tasks", "sums.csv", "--model", "m=1"), "expected NAME, or NAME=PROMPT/COMPLETION"),
        (("--tasks", "sums.csv", "--model", "m", "--model", "m"), "a model is named twice"),
        (("--tasks", "sums.csv", "--model", "m", "--usd", "1"), "needs the price of every model"),
        (("--tasks", "sums.csv", "--model", "m", "--evaluations", "x"), "above 0"),
        (("--tasks", "sums.csv", "--model", "m", "--evaluations", "3"), "here with --usd or"),
        (("--tasks", "sums.csv", "--model", "m", "--meta", "n"), "unknown model 'n'"),
        (("--tasks", "sums.csv", "--model", "m", "--base-url", "x"), "expected a URL"),
        (("--tasks", "sums.csv", "--model", "m", "--key-env", "a b"), "environment variable"),
        (("no/where.yaml", "--tasks", "sums.csv", "--model", "m"), "there is no folder no"),
    ],
)
def test_what_cannot_be_used_is_one_clear_line(
    command: Command, words: tuple[str, ...], message: str
) -> None:
    task_file(Path(), "csv")
    is_one_clear_line(command("init", *words), message)
    assert not Path("run.yaml").exists()


@pytest.mark.full
def test_a_person_is_asked(tmp_path: Path) -> None:
    task_file(tmp_path, "csv")
    answers = ("mine.yaml", "nope.csv", "sums.csv", "", "", "", "exakt", "", "http://127.0.0.1:9/v1",
               "", "small=1/2", "", "2")  # fmt: skip
    shown, code = _on_a_terminal(tmp_path, "".join(f"{each}\n" for each in answers), "init")
    assert code == 0, shown
    for line in (
        *("there is no such task file", "40 rows with the fields question, answer"),
        *("did you mean 'exact'?", "does not answer", "[numeric]", "Wrote mine.yaml"),
    ):
        assert line in shown
    settings = load_run_file(str(tmp_path / "mine.yaml"))
    assert settings.budget.usd == 2.0
    assert settings.models["small"].price is not None


@pytest.mark.full
def test_an_error_keeps_the_answers(tmp_path: Path) -> None:
    task_file(tmp_path, "csv")
    answers = ("mine.yaml", "sums.csv", "", "", "", "", "http://127.0.0.1:9/v1", "", "small=1/2")
    shown, code = _on_a_terminal(
        tmp_path, "".join(f"{each}\n" for each in answers) + "\x04", "init"
    )
    assert code == 2, shown
    kept = json.loads((tmp_path / ".evolve-init.json").read_text())
    assert kept["tasks"] == "sums.csv"
    assert kept["model"] == "small=1/2"
    shown, code = _on_a_terminal(tmp_path, "\n" * 13, "init")
    assert code == 0, shown
    assert "answers of an earlier, unfinished" in shown
    assert load_run_file(str(tmp_path / "mine.yaml")).models["small"].price is not None
    assert not (tmp_path / ".evolve-init.json").exists()


GAPS = [*({"question": f"{n}?", "answer": "x"} for n in range(30)),
        {"question": "31?", "answer": float("nan")}, {"question": "32?"}]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "code"), [((), 0), (("--leave-out",), 0), (("--no-leave-out",), 2)]
)
def test_rows_without_an_answer_are_left_out_or_refused(
    command: Command, words: tuple[str, ...], code: int
) -> None:
    Path("t.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in GAPS))
    result = command("init", "--tasks", "t.jsonl", "--model", "m", "--yes", *words)
    assert result.code == code, result.err
    if code:
        is_one_clear_line(result, "2 of 32 rows lack text or answer (lines 31, 32)", "--leave-out")
    else:
        assert load_run_file("run.yaml").tasks.incomplete == "leave_out"
        assert "2 of 32 rows lack text or answer" in " ".join(result.out.split())


def test_the_truth_is_not_taken_as_the_question(command: Command) -> None:
    task_file(Path(), "csv")
    words = ("init", "--tasks", "sums.csv", "--model", "m", "--input", "answer")
    is_one_clear_line(command(*words), "agents would see the truth")


@pytest.mark.full
def test_an_input_that_ends_is_one_clear_line(tmp_path: Path) -> None:
    shown, code = _on_a_terminal(tmp_path, "\x04", "init")
    assert code == 2
    assert "evolve: the input ended before everything was answered" in shown
    assert "Traceback" not in shown


def _on_a_terminal(folder: Path, typed: str, *words: str) -> tuple[str, int]:
    """What a terminal shows of a command when these keys are pressed, and how it ends."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "evolve", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200", "TERM": "dumb"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    os.write(ours, typed.encode())
    shown = b""
    try:
        while part := os.read(ours, 4096):
            shown += part
    except OSError:  # how Linux reports a closed writer
        pass
    finally:
        os.close(ours)
    return shown.decode(), process.wait(60)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"question": "a?", "answer": "4"}, ("question", "answer", "numeric")),
        ({"Prompt": "a?", "Label": "B"}, ("Prompt", "Label", "choice")),
        ({"user_question": "a?", "answer": "4 kg"}, ("user_question", "answer", "numeric")),
        ({"text": "a?", "y": "Apollo 11"}, ("text", "y", "exact")),
        ({"x": "a?", "target": "word " * 40}, ("x", "target", "token_f1")),
        ({"x": "a?", "y": "b"}, ("", "", "")),
    ],
)
def test_fields_and_scorers_are_guessed(
    values: dict[str, str], found: tuple[str, str, str]
) -> None:
    rows = [Row("t", f"line {n}", n, {**values, "id": str(n)}) for n in range(8)]
    known = guess(rows)
    assert known.id == "id"
    assert (known.input, known.answer, known.scorer) == found or len(values) == 2
    bare = guess([Row("t", f"line {n}", n, values) for n in range(8)])
    assert (bare.input, bare.answer, bare.scorer) == found


@pytest.mark.parametrize(
    ("values", "asked"),
    [
        ({"context": "c", "answers": {"text": ["b"]}}, "{context}\n\n{question}"),
        ({"options": ["x", "y"], "answer": "B"}, "{question}\n\nOptions: {options}"),
        (
            {"choices": ["x", "y"], "answer": 0},
            "{question}\n\nOptions, numbered from 0: {choices}",
        ),
        ({"context": "", "options": None, "answer": "B"}, "question"),
    ],
)
def test_what_a_question_refers_to_is_shown_with_it(values: dict[str, object], asked: str) -> None:
    rows = [Row("t", f"line {n}", n, {"question": f"{n}?", **values}) for n in range(8)]
    assert guess(rows).input == asked


NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1).filter(str.strip)


@given(question=NAMES, answer=NAMES, model=NAMES)
def test_names_survive_writing(question: str, answer: str, model: str) -> None:
    found = Guess(rows=9, fields=(), input=question.replace("{", ""), answer=answer, scorer="exact")
    plan = Plan(Path("t.csv"), found, (PlannedModel(model),))
    if not found.input or found.input == answer or "${" in model + answer:
        return
    text = run_file(plan, Path("run.yaml"))
    settings = read_settings(text, "a test", None)
    assert settings.tasks.input == found.input
    assert settings.tasks.answer == answer
    assert settings.models[plan.models[0].key].model_dump()["model"] == model
