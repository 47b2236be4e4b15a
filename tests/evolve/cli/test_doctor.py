"""`evolve doctor`: what is wrong with a run is found before it is paid for, and what to do."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.evolve.cli.commands import Command, Said
from tests.evolve.cli.endpoints import KEY, project, serving
from tests.evolve.models.openai.fake_endpoint import (
    Behaviour,
    answers,
    completion,
    fails,
    refuses,
    says,
)

GOOD = says('{"wet": true}')
PRICED = {"price": {"prompt": 1, "completion": 2}}


@pytest.fixture
def doctor(command: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    return command


def findings(said: Said) -> dict[tuple[str, str], dict[str, str]]:
    """What was found, by area and name; the worst of several."""
    order = ["ok", "note", "fix"]
    found = sorted(json.loads(said.out)["findings"], key=lambda each: order.index(each["status"]))
    return {(each["area"], each["name"]): each for each in found}


def examined(doctor: Command, behaviour: Behaviour, *words: str, **changes: Any) -> Said:
    with serving(then=behaviour) as endpoint:
        project(Path(), endpoint.url, **changes)
        return doctor("doctor", "run.yaml", "--json", *words)


def test_a_sound_run_takes_one_call_a_model(doctor: Command) -> None:
    with serving(then=GOOD) as endpoint:
        project(Path(), endpoint.url)
        said = doctor("doctor", "run.yaml", "--json")
        assert len(endpoint.asked) == 1
        assert doctor("doctor", "run.yaml", "--no-calls").code == 0
        assert len(endpoint.asked) == 1
    assert said.code == 0, said
    told = json.loads(said.out)
    assert told["sound"]
    assert told["usage"] == {"calls": 1, "tokens": 18, "usd": None}
    assert findings(said)["model m", "structured"]["status"] == "ok"
    assert findings(said)["tasks", "scorer"]["told"].startswith("numeric finds all 40")
    assert KEY not in said.out


@pytest.mark.parametrize(
    ("behaviour", "name", "status", "told"),
    [
        (fails(401, f"wrong key {KEY}"), "answers", "fix", "check the key in OPENAI_API_KEY"),
        (fails(404, "no such model"), "answers", "fix", "check `model` and `base_url`"),
        (fails(429, "slow down", {"retry-after": "60"}), "answers", "fix", "requests_per_minute"),
        (refuses("response_format:json_schema"), "structured", "note", "JSON objects, but no"),
        (refuses("response_format"), "structured", "note", "neither JSON schemas nor objects"),
        (GOOD, "structured", "ok", "takes strict JSON schemas"),
        (says("Of course."), "structured", "note", "what it wrote is no JSON"),
        (GOOD, "listed", "note", "some endpoints list nothing"),
        (GOOD, "price", "note", "in USD per million tokens"),
        (
            answers(completion('{"wet": true}'), headers={"x-ratelimit-limit-requests": "7"}),
            "limits",
            "note",
            "set `requests_per_minute: 7`",
        ),
    ],
)
def test_endpoints_are_examined(
    doctor: Command, behaviour: Behaviour, name: str, status: str, told: str
) -> None:
    said = examined(doctor, behaviour)
    found = findings(said)["model m", name]
    assert found["status"] == status, found
    assert told in f"{found['told']} {found['advice']}"
    assert said.code == (2 if status == "fix" else 0)
    assert KEY not in said.out + said.err


def test_a_missing_key_is_told_with_its_variable(doctor: Command) -> None:
    doctor.patch.delenv("OPENAI_API_KEY")
    models = {"m": {"openai": {"model": "fake", "base_url": "http://127.0.0.1:1/v1",
                               "api_key_env": "MY_KEY"}}}  # fmt: skip
    project(Path(), "", models=models)
    said = doctor("doctor", "run.yaml", "--json")
    assert said.code == 2
    assert "MY_KEY is neither" in findings(said)["model m", "key"]["told"]


@pytest.mark.parametrize(
    ("rows", "changes", "name", "status", "told"),
    [
        ([("1 + 1", "2")] * 3, {}, "doubles", "note", "asked more than once"),
        ([("1 + 1", "2"), ("1  +  1", "3")], {}, "answers", "fix", "two different answers"),
        ([("1 + 1", "")], {"tasks.scorer": "exact"}, "answers", "fix", "1 answers are empty"),
        ([("1 + 1", "two")], {}, "file", "fix", "does not suit the scorer numeric"),
        ([], {"tasks.scorer": "exact"}, "scorer", "note", "try `scorer: numeric`"),
        ([], {}, "validation", "note", "16 tasks show differences from about 24 points on"),
        ([], {"tasks.file": "none.csv"}, "file", "fix", "there is no such task file"),
        (
            [],
            {"tasks.scorer": {"python": {"function": "tests.evolve.cli.test_doctor:never"}}},
            "scorer",
            "fix",
            "python finds 40 of 40 true answers wrong: 1, 2, 3, 4, 5, …",
        ),
    ],
)
def test_tasks_are_examined(
    doctor: Command,
    rows: list[tuple[str, str]],
    changes: dict[str, Any],
    name: str,
    status: str,
    told: str,
) -> None:
    project(Path(), "http://127.0.0.1:1/v1")
    with Path("tasks.jsonl").open("a") as file:
        file.writelines(f"{json.dumps({'question': q, 'answer': a})}\n" for q, a in rows)
    sets = [
        word for key, value in changes.items() for word in ("--set", f"{key}={json.dumps(value)}")
    ]
    said = doctor("doctor", "run.yaml", "--no-calls", "--json", *sets)
    found = findings(said)["tasks", name]
    assert found["status"] == status, found
    assert told in f"{found['told']} {found['advice']}"
    assert said.code == (2 if status == "fix" else 0), said.out


def never(task: object, answer: str) -> float:
    return 0.0


def test_the_start_and_the_archive_are_examined(doctor: Command) -> None:
    project(Path(), "http://127.0.0.1:1/v1", budget={"evaluations": 3})
    Path("foreign.db").write_text("no database")
    for archive, told in (("foreign.db", "is no archive"), ("none/a.db", "is not there")):
        said = doctor("doctor", "run.yaml", "--no-calls", "--json", "--archive", archive)
        assert said.code == 2
        assert told in findings(said)["archive", "file"]["told"]
        assert "does not cover" in findings(said)["run", "start"]["told"]
    lock = sqlite3.connect("evolve.db-lock", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    said = doctor("doctor", "run.yaml", "--no-calls", "--json")
    lock.close()
    assert "being written by another process" in findings(said)["archive", "file"]["told"]
    assert not Path("none").exists()


def test_a_cap_in_usd_without_prices_has_to_be_mended(doctor: Command) -> None:
    said = examined(doctor, GOOD, "--no-calls", budget={"usd": 1})
    assert said.code == 2
    assert "a model has no price" in findings(said)["run", "start"]["told"]


def test_people_are_told_in_lines_that_fit(doctor: Command) -> None:
    doctor.patch.setenv("COLUMNS", "60")
    with serving(then=fails(401)) as endpoint:
        project(Path(), endpoint.url)
        said = doctor("doctor", "run.yaml")
    assert said.code == 2
    assert "→ check the key in OPENAI_API_KEY" in said.out
    assert "1 thing to mend before a run." in said.out
    assert max(map(len, said.out.splitlines())) <= 60
