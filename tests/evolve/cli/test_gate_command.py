"""`evolve gate`: exit codes, files for pipelines, caps, and mistakes."""

import json
import re
import shlex
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from archive.reading import Reader
from evolve.cli.main import command as command_tree
from search_spaces.yaml_text import read_mapping
from tests.evolve.cli.commands import ROOT, Command, is_one_clear_line, run_file

GATE = ("--run-file", "run.yaml", "--archive", "gate.db", "--quiet")


@pytest.fixture
def scripted(archive: Path) -> None:
    """A run file with a model that is always right, one that never is, and one that often is."""
    rows = [
        {"question": f"{number}?", "answer": "1", "split": "validation"} for number in range(40)
    ]
    rows += [{"question": f"t{number}?", "answer": "1", "split": "test"} for number in range(12)]
    rows += [{"question": f"l{number}?", "answer": "1", "split": "train"} for number in range(9)]
    folder = archive.parent
    (folder / "tasks.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    half = {f"{digit}?": f"Answer: {digit % 2}" for digit in range(10)}
    models = {
        "right": {"scripted": {"script": {"?": "Answer: 1"}}},
        "wrong": {"scripted": {"script": {"?": "Answer: 0"}}},
        "even": {"scripted": {"script": half}},
    }
    values = {
        "tasks": {"file": "tasks.jsonl", "split": "split"},
        "models": models,
        "budget": {"evaluations": 1000},
        "concurrency": 4,
    }
    (folder / "run.yaml").write_text(json.dumps(values))


@pytest.mark.parametrize(
    ("words", "code", "verdict"),
    [
        ("wrong right", 0, "better"),
        ("right wrong", 1, "worse"),
        ("even team.yaml --margin 50", 0, "not worse"),
        ("even team.yaml", 4, "undecided"),
        ("even team.yaml --about these-tasks", 0, "not worse"),
    ],
)
def test_the_exit_code_is_the_verdict(
    command: Command, scripted: None, words: str, code: int, verdict: str
) -> None:
    Path("team.yaml").write_text(
        json.dumps({"agents": [{"name": "a", "model": "even", "role": "x"}]})
    )
    said = command("gate", *words.split(), *GATE, "--json")
    assert said.code == code, said
    data = json.loads(said.out)
    assert data["verdict"] == verdict
    low, high = data["interval"]
    assert low - 1e-6 <= data["difference"] <= high + 1e-6
    assert data["old"]["spent"]["evaluations"] >= data["tasks"]


def test_a_clear_difference_needs_few_tasks(command: Command, scripted: None) -> None:
    data = json.loads(command("gate", "wrong", "right", *GATE, "--json").out)
    assert data["tasks"] < 20
    assert data["ended"] == "the verdict is clear"
    assert (data["difference"], data["old"]["score"], data["new"]["score"]) == (1.0, 0.0, 1.0)
    assert data["p_value"] <= 0.025


def test_a_person_reads_the_verdict_first(command: Command, scripted: None) -> None:
    for columns in ("60", "100"):
        command.patch.setenv("COLUMNS", columns)
        said = command("gate", "wrong", "right", *GATE)
        assert said.out.startswith("Better: NEW scores higher than OLD.\n")
        assert "of 40, validation" in said.out
        assert max(map(len, said.out.splitlines())) <= int(columns)
        assert said.err == ""


def test_pipelines_get_files(command: Command, scripted: None) -> None:
    Path("summary.md").write_text("earlier\n")
    files = ("--junit", "gate.xml", "--summary", "summary.md")
    assert command("gate", "right", "wrong", *GATE, *files).code == 1
    suites = fromstring(Path("gate.xml").read_text())
    (case,) = suites.iter("testcase")
    assert suites.get("failures") == "1"
    assert case.find("failure").get("type") == "worse"
    properties = {each.get("name"): each.get("value") for each in case.iter("property")}
    assert properties["verdict"] == "worse"
    assert float(properties["old.score"]) == 1.0
    summary = Path("summary.md").read_text()
    assert summary.startswith("earlier\n### evolve gate: worse\n")
    assert "| OLD | right | 100.0 % |" in summary
    assert command("gate", "wrong", "right", *GATE, "--junit", "gate.xml").code == 0
    (case,) = fromstring(Path("gate.xml").read_text()).iter("testcase")
    assert case.find("failure") is None


def test_names_cannot_break_files(command: Command, scripted: None) -> None:
    name = "a|b`<x>&\x1b[31m.yaml"
    Path(name).write_text(json.dumps({"agents": [{"name": "a", "model": "right"}]}))
    files = ("--junit", "gate.xml", "--summary", "summary.md")
    assert command("gate", "wrong", name, *GATE, *files).code == 0
    fromstring(Path("gate.xml").read_text())
    row = next(x for x in Path("summary.md").read_text().splitlines() if x.startswith("| NEW"))
    assert "a\\|b\\`&lt;x&gt;&amp;.yaml" in row


def test_caps_replace_those_of_the_run_file(command: Command, scripted: None) -> None:
    Path("team.yaml").write_text(
        json.dumps({"agents": [{"name": "a", "model": "even", "role": "x"}]})
    )
    said = command("gate", "even", "team.yaml", *GATE, "--json", "--evaluations", "24")
    data = json.loads(said.out)
    assert said.code == 4
    assert data["tasks"] == 12
    assert data["ended"] == "the budget allows no further task"


def test_a_look_at_the_test_split_is_counted(command: Command, scripted: None) -> None:
    words = ("gate", "wrong", "right", *GATE, "--split", "test", "--json")
    looks = [json.loads(command(*words).out)["looks"] for _ in range(2)]
    assert looks == [1, 2]
    with Reader.read(Path("gate.db")) as opened:
        assert len(opened.looks(opened.run())) == 1
        assert [event.text for event in opened.events(opened.run())] == ["better"]


def test_a_comparison_is_reproducible(command: Command, archive: Path) -> None:
    run_file()
    words = ("gate", "small", "medium", "--run-file", "run.yaml", "--json")
    first, second = (
        json.loads(command(*words, "--archive", f"{name}.db").out) for name in ("a", "b")
    )
    assert first["simulated"]
    del first["run"], second["run"]
    assert first == second


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("right right", "are the same system"),
        ("right rigt", "did you mean 'right'?"),
        ("right wrong --split train", "split train has 9 tasks and a comparison needs at least 10"),
        ("right wrong --evaluations 19", "raise --evaluations to 20 or more"),
        ("right wrong --split valid", "did you mean 'validation'?"),
        ("right wrong --junit no/where.xml", "cannot be written"),
        ("right wrong --summary evolve.db", "is a database, perhaps an archive"),
        ("right wrong --margin 100", "margin"),
    ],
)
def test_mistakes_are_one_line_and_buy_nothing(
    command: Command, scripted: None, words: str, told: str
) -> None:
    is_one_clear_line(command("gate", *words.split(), *GATE), told)
    assert not Path("gate.db").exists() or not Reader.read(Path("gate.db")).runs()


def test_a_run_of_a_comparison_cannot_be_resumed(command: Command, scripted: None) -> None:
    command("gate", "wrong", "right", *GATE)
    is_one_clear_line(command("resume", "--archive", "gate.db"), "is not a search", "evolve gate")


def test_an_outage_says_to_start_again(command: Command, scripted: None) -> None:
    values = json.loads(Path("run.yaml").read_text())
    gone = {"model": "m", "base_url": "http://127.0.0.1:1/v1", "retries": 0}
    values["models"]["gone"] = {"openai": gone}
    Path("run.yaml").write_text(json.dumps(values))
    said = command("gate", "right", "gone", *GATE)
    is_one_clear_line(said, "the run is paused", "start the command again", code=3)


def test_a_scorer_that_fails_is_named(command: Command, scripted: None) -> None:
    Path("mine.py").write_text("def score(task, answer):\n    return 1 / 0\n")
    scorer = "tasks.scorer={python: {function: 'mine.py:score'}}"
    said = command("gate", "right", "wrong", *GATE, "--set", scorer)
    is_one_clear_line(said, "mine.py:score", "ZeroDivisionError")


def test_the_examples_for_pipelines_use_options_that_exist() -> None:
    known = {each for param in command_tree().commands["gate"].params for each in param.opts}
    for path in sorted((ROOT / "docs" / "examples").glob("gate-*.yml")):
        text = path.read_text()
        assert read_mapping(text.encode(), path.name, trusted=True)
        (call,) = re.findall(r"evolve gate .*(?:\\\n.*|\n +--.*)", text)
        options = [word for word in shlex.split(call.replace("\\\n", " ")) if word[:2] == "--"]
        assert len(options) >= 5
        assert set(options) <= known
