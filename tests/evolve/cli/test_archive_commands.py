"""Every `evolve archive` command: its text, its JSON, and that it changes nothing."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from archive.errors import ArchiveError, QueryError, UnknownError
from archive.reading import Reader
from archive.records import Candidate
from archive.store import Archive
from evolve.cli.archive import app
from evolve.errors import RunError
from search_spaces.config import Agent, SystemConfig
from search_spaces.errors import EvolveError
from tests.evolve.report.large import fill

COMMANDS = [
    ["list"],
    ["list", "--run", "RUN"],
    ["show"],
    ["show", "1"],
    ["best"],
    ["lineage"],
    ["lineage", "3", "--all"],
    ["diff", "0", "3"],
    ["pareto"],
    ["tasks"],
    ["query", "SELECT * FROM systems"],
    ["query", "SELECT id, name FROM runs"],
    ["check"],
]


def invoke(path: Path, *words: str) -> Result:
    with Reader.read(path) as reader:
        words = tuple(reader.run().id if word == "RUN" else word for word in words)
    return CliRunner().invoke(app, [*words, "--archive", str(path)])


def text(path: Path, *words: str) -> str:
    result = invoke(path, *words)
    assert result.exit_code == 0, result.exception
    return result.output


def data(path: Path, *words: str) -> Any:
    result = invoke(path, *words, "--json")
    assert result.exit_code == 0, result.exception
    return json.loads(result.output)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_is_harmless_and_plain(
    archive_path: Path, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for colour in ({"NO_COLOR": "1"}, {}):
        for name, value in colour.items():
            monkeypatch.setenv(name, value)
        shown = text(archive_path, *words)
        for forbidden in ("\x1b", "\x9b", "\x07", "\u202e", "💣"):
            assert forbidden not in shown
        assert all(len(line) <= 80 for line in shown.splitlines())
        monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_speaks_json(archive_path: Path, words: list[str]) -> None:
    shown = invoke(archive_path, *words, "--json").output
    assert json.loads(shown)
    assert shown.isascii()


def test_markup_is_shown_as_it_is(archive_path: Path) -> None:
    assert "[bold]evil[/bold] [link=x]" in text(archive_path, "show", "1")


def test_list(archive_path: Path) -> None:
    shown = text(archive_path, "list")
    assert "interrupted" in shown
    assert "80.0 % [70.2–89.8]" in " ".join(shown.split())
    (run,) = data(archive_path, "list")
    assert run["candidates"] == 4
    assert run["results"] == 6
    assert run["best"]["candidate"] == 3
    assert run["best"]["split"] == "validation"
    assert run["usd"] == pytest.approx(0.05)


def test_list_of_nothing(tmp_path: Path) -> None:
    Archive.write(tmp_path / "empty.db").close()
    result = CliRunner().invoke(app, ["list", "--archive", str(tmp_path / "empty.db")])
    assert "no run yet" in result.output


def test_list_of_candidates(archive_path: Path) -> None:
    found = data(archive_path, "list", "--run", "RUN", "--limit", "2")
    assert [each["candidate"] for each in found] == [2, 3]
    assert "score on validation, 95 %" in text(archive_path, "list", "--run", "RUN")


def test_show_run(archive_path: Path) -> None:
    shown = text(archive_path, "show")
    assert "#3 80.0 % [70.2–89.8] on validation" in shown
    assert "Sealed test: #3 75.0 % [60.0–90.0] on 1 task (first look)" in shown
    assert "+25.0 points [+10.0 to +40.0], paired, 95 % interval" in shown
    assert "Control:     #2 70.0 % [50.0–90.0], one agent with 4 votes at the same cost" in shown
    assert "The gain comes from changes in topology." in shown
    assert "Not compared with the best seed on" in shown
    assert "genetic" in shown
    for purpose in ("search", "propose", "confirm"):
        assert purpose in shown
    run = data(archive_path, "show")
    assert run["looks"][0]["tasks"] == [2]
    assert run["spend"]["search"]["calls"] == 4
    assert run["settings"]["strategy"] == "genetic"


def test_show_candidate(archive_path: Path) -> None:
    shown = text(archive_path, "show", "1")
    assert "70.0 % [60.2–79.8] on validation, from 40 evaluations" in shown
    assert "Find faults." in shown
    assert "A second look helps." in shown
    assert "From #0" in shown
    assert "expected 12" in shown
    assert "Of 1 tasks that #0 was evaluated on too:\n      fixed 0\n      broke 0" in "\n".join(
        line.rstrip() for line in shown.splitlines()
    )
    assert "\n      solver    " in shown
    candidate = data(archive_path, "show", "1")
    assert [each["winner"] for each in candidate["confirmations"]] == [3]
    assert candidate["changes"] == {"parent": 0, "shared": 1, "fixed": [], "broken": []}
    assert [domain["evaluations"] for domain in candidate["domains"]] == [2]
    assert candidate["standing"]["interval"] == pytest.approx([0.602, 0.798])
    assert candidate["parents"][0]["edits"][0]["edit"] == "add_agent"
    assert [example["score"]["value"] for example in candidate["examples"]] == [0.0, 1.0]


def test_examples_on_sealed_tasks_are_not_shown(archive_path: Path) -> None:
    assert "sealed-plums" not in text(archive_path, "show", "3")
    assert len(data(archive_path, "show", "3")["examples"]) == 1


def test_best_is_the_best_within_the_cost_that_the_run_allows(archive_path: Path) -> None:
    assert data(archive_path, "best")["candidate"] == 3
    assert "#3" in text(archive_path, "best")


def test_best_of_a_run_without_evaluations(tmp_path: Path) -> None:
    path = tmp_path / "evolve.db"
    with Archive.write(path) as archive:
        archive.create_run("young", 0, "not json", [])
    assert isinstance(invoke(path, "best").exception, RunError)
    assert "no candidate is evaluated yet" in text(path, "show")
    assert data(path, "pareto") == []


def test_lineage(archive_path: Path) -> None:
    steps = data(archive_path, "lineage")
    assert [step["candidate"] for step in steps] == [0, 1, 3]
    shown = text(archive_path, "lineage")
    assert shown.index("#0") < shown.index("#1") < shown.index("#3")
    assert "from #1: +10.0 points" in shown
    assert "1 more took part by way of merges" in shown


def test_lineage_of_everyone(archive_path: Path) -> None:
    steps = data(archive_path, "lineage", "--all")
    assert [(step["candidate"], step["depth"]) for step in steps] == [
        (0, 0),
        (1, 1),
        (3, 2),
        (2, 1),
    ]


def test_diff(archive_path: Path) -> None:
    found = data(archive_path, "diff", "1", "3")
    assert {edit["edit"] for edit in found["edits"]} == {"set_parameter", "set_label"}
    assert "difference +10.0 points" in text(archive_path, "diff", "1", "3")
    assert "prompt of" not in text(archive_path, "diff", "1", "3")
    assert "no difference" in text(archive_path, "diff", "1", "1")


def test_diff_shows_prompts_line_by_line(tmp_path: Path) -> None:
    before, after = (
        SystemConfig(agents=(Agent(name="solver", prompt=prompt),))
        for prompt in ("Read.\nSolve.", "Read.\nThink.\nSolve.")
    )
    with Archive.write(tmp_path / "evolve.db") as archive:
        run = archive.create_run("two", 0, "{}", [])
        for number, config in enumerate((before, after)):
            archive.add_candidate(run, Candidate(number=number, config=config, operator="seed"))
    lines = [line.strip() for line in text(tmp_path / "evolve.db", "diff", "0", "1").splitlines()]
    message = lines[lines.index("The prompt of solver") + 1 :]
    assert message == ["Read.", "+ Think.", "Solve."]


def test_tasks_are_listed_with_doubtful_labels(tmp_path: Path) -> None:
    path = tmp_path / "evolve.db"
    with Archive.write(path) as archive:
        fill(archive, candidates=30, tasks=12, each=20)
    found = data(path, "tasks")
    means = [task["mean"] for task in found["tasks"]]
    assert means == sorted(means)
    assert len(means) == 12
    assert found["doubts"], "every answer in this run is the same one"
    assert all("wrong answers are" in doubt["why"] for doubt in found["doubts"])
    assert "Labels that may be wrong" in text(path, "tasks")


def test_query(archive_path: Path) -> None:
    sql = "SELECT number, id FROM tasks WHERE number > 0 ORDER BY number"
    assert data(archive_path, "query", sql) == [
        {"number": 1, "id": "pears"},
        {"number": 2, "id": "sealed-plums"},
    ]
    assert "more than 1;" in text(archive_path, "query", sql, "--limit", "1")
    assert "bytes>" in text(archive_path, "query", "SELECT body FROM traces")


def test_pareto(archive_path: Path) -> None:
    assert [each["candidate"] for each in data(archive_path, "pareto")] == [0, 1, 3, 2]


def test_merge(archive_path: Path, tmp_path: Path) -> None:
    joined = tmp_path / "joined.db"
    words = ["merge", str(joined), str(archive_path)]
    assert f"from {archive_path}" in CliRunner().invoke(app, words).output.replace("\n", "")
    again = CliRunner().invoke(app, [*words, "--json"])
    assert json.loads(again.output) == {"archive": str(joined), "merged": []}
    with Reader.read(joined) as one, Reader.read(archive_path) as other:
        assert one.integrity() == []
        assert one.candidates(one.run()) == other.candidates(other.run())


def test_check(archive_path: Path) -> None:
    assert "is sound" in text(archive_path, "check")
    with Archive.write(archive_path) as archive:
        archive._database.execute("UPDATE rollouts SET usd = 5 WHERE position = 0")
    result = invoke(archive_path, "check")
    assert result.exit_code == 1
    assert "total spent on searching" in result.output
    assert json.loads(invoke(archive_path, "check", "--json").output)["sound"] is False


@pytest.mark.parametrize(
    ("words", "kind", "message"),
    [
        (["show", "99"], UnknownError, "no candidate '99'"),
        (["diff", "0", "99"], UnknownError, "no candidate '99'"),
        (["best", "--run", "nobody"], UnknownError, "no run 'nobody'"),
        (["check", "--archive", "missing.db"], ArchiveError, "no archive missing.db"),
        (["list", "--archive", "."], ArchiveError, "folder"),
        (["query", "DELETE FROM runs"], QueryError, "only reading"),
        (["query", "PRAGMA query_only = OFF"], QueryError, "only reading"),
        (["query", "ATTACH 'other.db' AS other"], QueryError, "only reading"),
        (["query", "SELECT missing"], QueryError, "no such column: missing"),
        (["query", "SELECT 1; SELECT 2"], QueryError, "one statement"),
        (["query", " "], QueryError, "use SELECT"),
    ],
)
def test_mistakes_are_one_clear_line(
    archive_path: Path, words: list[str], kind: type[EvolveError], message: str
) -> None:
    given = words if "--archive" in words else [*words, "--archive", str(archive_path)]
    error = CliRunner().invoke(app, given).exception
    assert isinstance(error, kind)
    assert message in str(error)
    assert len(str(error).splitlines()) == 1


def test_a_finished_run_shows_the_sealed_score_of_its_winner(archive_path: Path) -> None:
    with Archive.write(archive_path) as opened:
        opened.set_status(opened.run(), "finished")
    for words in (["list"], ["show"]):
        assert "75.0 % [60.0–90.0]" in " ".join(text(archive_path, *words).split())
        assert "sealed tasks" in text(archive_path, *words)
