"""`evolve audit`: planted faults, what it keeps, caps, and mistakes."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from archive.reading import Reader
from evolve.audit.judge import PADDING
from evolve.errors import BudgetError
from tests.evolve.cli.commands import Command, is_one_clear_line, run_file
from tests.evolve.cli.conftest import HOSTILE
from tests.evolve.cli.endpoints import project, serving
from tests.evolve.models.openai.fake_endpoint import fails, says

AUDIT = ("audit", "run.yaml", "--archive", "audit.db", "--quiet")
LABELS = ("refund", "delivery")


def row(number: int, split: str, **changes: str) -> dict[str, str]:
    """A message, of which each fourth is about a refund."""
    label = LABELS[bool(number % 4)]
    text = f"Message {number}: my {label} is late"
    return {"id": f"m{number}", "question": text, "answer": label, "split": split, **changes}


def planted() -> list[dict[str, str]]:
    """Messages with a wrong label, a misspelt one, two duplicates and a contradiction."""
    rows = [row(n, "validation") for n in range(24)]
    rows += [row(n, "test") for n in range(24, 44)]
    rows += [row(n, "train") for n in range(44, 50)]
    rows[3]["answer"] = "refund"
    rows.append(row(50, "test", answer="delviery"))
    rows.append(row(45, "test", id="copy"))
    rows.append(row(46, "test", id="near", question=f"{rows[46]['question']}!!"))
    rows.append(row(47, "train", id="other", answer="refund"))
    return rows


def write(models: Mapping[str, Any], **changes: Any) -> None:
    """A run file with planted faults in the working directory."""
    rows = planted()
    Path("tasks.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    tasks = {"file": "tasks.jsonl", "split": "split", "id": "id", **changes.pop("tasks", {})}
    values = {"tasks": tasks, "models": models, "budget": {"evaluations": 1000}, "concurrency": 4}
    Path("run.yaml").write_text(json.dumps({**values, "seeds": {"library": ["single"]}, **changes}))


GOOD = {"scripted": {"script": {f"my {label}": f"Answer: {label}" for label in LABELS}}}


@pytest.fixture
def scripted(archive: Path) -> None:
    """A run file whose model never errs, though some labels do."""
    write({"good": GOOD, "bad": {"scripted": {"script": {"?": "x", "my": "Answer: parcel"}}}})


@pytest.fixture(autouse=True)
def no_estimate(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Estimates take seconds, and have tests of their own."""
    if "estimated" not in request.node.name:
        monkeypatch.setattr("evolve.cli.audit._estimate", lambda settings, archive: "not here")


def audited(command: Command, *words: str) -> dict[str, Any]:
    said = command(*AUDIT, *words, "--json")
    assert said.code == 0, said
    data: dict[str, Any] = json.loads(said.out)
    return data


def test_planted_faults_are_found(command: Command, scripted: None) -> None:
    data = audited(command)
    labels, duplicates = data["labels"], data["duplicates"]
    assert [each["task"] for each in labels["disputed"]] == ["m3"]
    assert [(each["task"], each["meant"]) for each in labels["typos"]] == [("m50", "delivery")]
    assert [each["tasks"] for each in labels["contradictions"]] == [["m47", "other"]]
    assert [each["sealed"] for each in duplicates["equal"]] == ["copy"]
    assert [each["sealed"] for each in duplicates["near"]] == ["near"]
    assert data["noise"]["differing"] == 0
    assert data["noise"]["icc"] == 1.0
    assert data["prospects"]["score"] == pytest.approx(23 / 24)
    assert data["prospects"]["saturated"]
    assert data["power"]["tasks"] == 23
    assert data["judge"] is None
    assert data["spent"]["calls"] == 48


def test_findings_and_rollouts_are_kept(command: Command, scripted: None) -> None:
    data = audited(command, "--repeats", "3", "--tasks", "12")
    with Reader.read(Path("audit.db")) as opened:
        run = opened.run()
        assert (run.id, run.status) == (data["run"], "finished")
        assert run.name.endswith("-audit")
        trials = sorted(rollout.trial for rollout in opened.rollouts(run))
        assert trials == [0] * 12 + [1] * 12 + [2] * 12
        (event,) = opened.events(run)
        assert json.loads(event.text)["noise"] == data["noise"]
        assert opened.looks(run) == []
    is_one_clear_line(command("resume", "--archive", "audit.db"), "is not a search", "evolve audit")


def test_another_system_is_a_model_or_a_file(command: Command, scripted: None) -> None:
    data = audited(command, "--system", "bad")
    assert data["system"]["name"] == "bad"
    assert data["prospects"]["score"] == 0
    assert data["noise"]["icc"] is None
    Path("team.yaml").write_text(
        json.dumps({"agents": [{"name": "a"}, {"name": "b"}], "answer": {"mode": "vote"}})
    )
    assert audited(command, "--system", "team.yaml")["prospects"]["saturated"] is None


def test_a_person_reads_short_sections(command: Command, scripted: None) -> None:
    for columns in ("60", "100"):
        command.patch.setenv("COLUMNS", columns)
        said = command(*AUDIT, "-o", "findings.txt")
        assert (said.code, said.err) == (0, "")
        assert max(map(len, said.out.splitlines())) <= int(columns)
        for part in ("Noise\n", "look at these first\n", "What a search may bring\n", "delviery"):
            assert part in said.out
    assert "What the sealed tasks can show\n" in Path("findings.txt").read_text()
    command(*AUDIT, "-o", "findings.json")
    assert json.loads(Path("findings.json").read_text())["labels"]["disputed"]


@pytest.mark.full
def test_the_search_is_estimated_with_its_own_budget(command: Command, scripted: None) -> None:
    words = (*AUDIT, "--evaluations", "40", "--set", "budget.evaluations=300")
    said = command(*words)
    assert "About " in said.out.partition("What a search would take")[2]
    data = json.loads(command(*words, "--json").out)
    assert 100 < data["estimate"]["amounts"]["evaluations"]["expected"] <= 300
    command.patch.setattr("evolve.forecast.estimate", _fails)
    assert "It cannot be estimated: too small" in command(*words).out


def _fails(*_: object) -> None:
    raise BudgetError("too small")


def test_hostile_texts_are_shown_as_text(command: Command, archive: Path) -> None:
    write({"good": GOOD})
    rows = [json.loads(line) for line in Path("tasks.jsonl").read_text().splitlines()]
    rows[3] |= {"id": f"m3{HOSTILE}", "answer": f"refund {HOSTILE}"}
    rows[45] |= {"id": f"copy{HOSTILE}"}
    Path("tasks.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in rows))
    out = command(*AUDIT).out
    assert "evil" in out
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(out)


@pytest.mark.full
def test_a_judge_is_examined(command: Command, archive: Path) -> None:
    verdicts = {PADDING: '{"points": 9}', "Mark the answer": '{"points": 6}', "my": "Answer: x"}
    write(
        {"good": GOOD, "j": {"scripted": {"script": verdicts}}},
        tasks={"scorer": {"judge": {"model": "j"}}},
    )
    data = audited(command)
    assert data["judged"]
    assert data["judge"]["padding"] == pytest.approx(0.3)
    assert (data["judge"]["answers"], data["judge"]["differing"]) == (24, 0)
    assert data["prospects"]["score"] == pytest.approx(0.6), "as the search would score it"
    assert data["spent"]["calls"] == 48 * 4
    said = command(*AUDIT)
    assert "A padding that says nothing changes the score by +30.0 points" in said.out
    assert "no order that could bias it" in said.out


@pytest.mark.full
def test_a_model_that_samples_is_noisier_than_one_that_does_not(
    command: Command, archive: Path
) -> None:
    run_file()
    changed = {}
    for temperature in (0.0, 1.5):
        agent = {"name": "a", "role": "solver", "temperature": temperature}
        Path("system.yaml").write_text(json.dumps({"agents": [agent]}))
        noise = audited(command, "--system", "system.yaml", "--tasks", "30")["noise"]
        changed[temperature] = noise["changed"]
    assert changed[0.0] == 0
    assert changed[1.5] > 0.05


def test_a_cap_leaves_fewer_tasks_with_all_repetitions(command: Command, scripted: None) -> None:
    for cap in (("--evaluations", "31"), ("--calls", "31")):
        data = audited(command, "--repeats", "2", *cap)
        assert 10 <= data["prospects"]["tasks"] <= 15
        assert data["noise"]["tasks"] == data["prospects"]["tasks"]
        assert data["spent"]["calls"] <= 31
    assert audited(command, "--calls", "31")["asked"] == 24


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--evaluations 19", "raise --evaluations to 20 or more"),
        ("--tasks 9", "at least 10 validation tasks: there are 24 and --tasks allows 9"),
        ("--repeats 1", "repeats"),
        ("--system god", "did you mean 'good'?"),
        ("--system none.yaml", "cannot be read"),
        ("--usd 0", "usd: Input should be greater than 0"),
        ("-o no/where.json", "cannot be written"),
        ("-o evolve.db", "is a database, perhaps an archive"),
    ],
)
def test_mistakes_are_one_line_and_buy_nothing(
    command: Command, scripted: None, words: str, told: str
) -> None:
    is_one_clear_line(command(*AUDIT, *words.split()), told)
    assert not Path("audit.db").exists() or not Reader.read(Path("audit.db")).runs()


def test_task_sets_that_are_too_small_are_one_line(command: Command, archive: Path) -> None:
    write({"good": GOOD})
    rows = [json.loads(line) for line in Path("tasks.jsonl").read_text().splitlines()]
    for kept, told in (("validation", "0 are for test"), ("test", "there are 9")):
        few = [each for n, each in enumerate(rows) if n < 9 or each["split"] == kept]
        Path("tasks.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in few))
        is_one_clear_line(command(*AUDIT), told)


def test_caps_that_cover_too_few_repetitions_are_one_line(command: Command, scripted: None) -> None:
    said = command(*AUDIT, "--calls", "12")
    is_one_clear_line(said, "tasks were scored twice", "the caps cover no further evaluation")


def test_a_scorer_that_fails_on_all_is_named(command: Command, scripted: None) -> None:
    Path("mine.py").write_text("def score(task, answer):\n    return 1 / 0\n")
    scorer = "tasks.scorer={python: {function: 'mine.py:score'}}"
    is_one_clear_line(command(*AUDIT, "--set", scorer), "mine.py:score", "ZeroDivisionError")


def test_a_judge_without_verdicts_is_named(command: Command, archive: Path) -> None:
    mute = {"scripted": {"script": {"nothing": "x"}}}
    write({"good": GOOD, "j": mute}, tasks={"scorer": {"judge": {"model": "j"}}})
    said = command(*AUDIT)
    is_one_clear_line(said, "could not be scored", "start the audit again", code=3)


@pytest.mark.full
def test_nothing_is_paid_twice_after_an_outage_or_by_the_search(
    command: Command, archive: Path
) -> None:
    with serving(*[says()] * 14, then=fails(401)) as endpoint:
        project(archive.parent, endpoint.url, concurrency=1)
        is_one_clear_line(command(*AUDIT), "start the audit again", code=3)
        endpoint.behave(says())
        requests = [len(endpoint.requests)]

        def asked_by(*words: str) -> int:
            assert command(*words).code == 0
            requests.append(len(endpoint.requests))
            return requests[-1] - requests[-2]

        assert asked_by(*AUDIT) == 32 - 14
        assert asked_by(*AUDIT) == 0
        search = ("run", "run.yaml", "--quiet", "--archive")
        with Reader.read(Path("audit.db")) as opened:
            assert {run.status for run in opened.runs()} == {"paused", "finished"}
        after, alone = asked_by(*search, "audit.db"), asked_by(*search, "other.db")
        assert after < alone, "the search has the evaluations of its first seed already"
