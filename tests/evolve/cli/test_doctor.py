"""`evolve doctor`: findings and advice before a run is paid for."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.evolve.cli.commands import Command, Completed
from tests.evolve.cli.endpoints import KEY, project, serving
from tests.evolve.models.openai.fake_endpoint import (
    Behaviour,
    answers,
    completion,
    fails,
    refuses,
    says,
    streams,
)

GOOD = says('{"wet": true}')


async def no_system(asking: web.Request, payload: dict[str, Any]) -> web.StreamResponse:
    if any(turn["role"] == "system" for turn in payload["messages"]):
        return web.json_response({"error": "nope"}, status=400)
    return await GOOD(asking, payload)


async def only_streams(asking: web.Request, payload: dict[str, Any]) -> web.StreamResponse:
    if not payload.get("stream"):
        return web.json_response({"error": "nope"}, status=400)
    return await streams('{"wet": true}')(asking, payload)


async def calculates(asking: web.Request, payload: dict[str, Any]) -> web.StreamResponse:
    if not payload.get("tools"):
        return await GOOD(asking, payload)
    function = {"name": "calculator", "arguments": '{"expression": "12 * 12"}'}
    call = {"id": "1", "type": "function", "function": function}
    return await answers(completion(None, tool_calls=[call]))(asking, payload)


PRICED = {"price": {"prompt": 1, "completion": 2}}


@pytest.fixture
def doctor(command: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    return command


def findings(result: Completed) -> dict[tuple[str, str], dict[str, str]]:
    """What was found, by area and name; the worst of several."""
    order = ["ok", "note", "fix"]
    found = sorted(json.loads(result.out)["findings"], key=lambda each: order.index(each["status"]))
    return {(each["area"], each["name"]): each for each in found}


def examined(doctor: Command, behaviour: Behaviour, *words: str, **changes: Any) -> Completed:
    with serving(then=behaviour) as endpoint:
        project(Path(), endpoint.url, **changes)
        return doctor("doctor", "run.yaml", "--json", *words)


def test_a_sound_run_takes_one_call_a_model(doctor: Command) -> None:
    with serving(then=GOOD) as endpoint:
        project(Path(), endpoint.url)
        result = doctor("doctor", "run.yaml", "--json")
        assert len(endpoint.requests) == 1
        assert doctor("doctor", "run.yaml", "--no-calls").code == 0
        assert len(endpoint.requests) == 1
    assert result.code == 0, result
    data = json.loads(result.out)
    assert data["sound"]
    assert data["usage"] == {"calls": 1, "tokens": 18, "usd": None}
    assert findings(result)["model m", "structured"]["status"] == "ok"
    assert findings(result)["tasks", "scorer"]["text"].startswith("numeric finds all 40")
    assert KEY not in result.out


@pytest.mark.parametrize(
    ("behaviour", "name", "status", "message"),
    [
        (fails(401, f"wrong key {KEY}"), "answers", "fix", "check the key in OPENAI_API_KEY"),
        (fails(404, "no such model"), "answers", "fix", "check `model` and `base_url`"),
        (fails(429, "slow down", {"retry-after": "60"}), "answers", "fix", "requests_per_minute"),
        (refuses("response_format:json_schema"), "structured", "note", "JSON objects, but no"),
        (refuses("response_format"), "structured", "note", "neither JSON schemas nor objects"),
        (GOOD, "structured", "ok", "takes strict JSON schemas"),
        (says("Of course."), "structured", "note", "what it wrote is no JSON"),
        (GOOD, "listed", "note", "some endpoints list nothing"),
        (says(""), "answers", "fix", "the reply is empty"),
        (no_system, "system", "note", "opens the first user message"),
        (only_streams, "stream", "note", "answers only as a stream"),
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
    doctor: Command, behaviour: Behaviour, name: str, status: str, message: str
) -> None:
    result = examined(doctor, behaviour)
    found = findings(result)["model m", name]
    assert found["status"] == status, found
    assert message in f"{found['text']} {found['advice']}"
    assert result.code == (2 if status == "fix" else 0)
    assert KEY not in result.out + result.err


@pytest.mark.parametrize(
    ("behaviour", "status", "message"),
    [
        (calculates, "ok", "calls tools"),
        (GOOD, "note", "was given a tool and used none"),
    ],
)
def test_tools_are_tried_where_a_run_has_them(
    doctor: Command, behaviour: Behaviour, status: str, message: str
) -> None:
    result = examined(doctor, behaviour, tools={"calculator": "calculator"})
    found = findings(result)["model m", "tools"]
    assert (found["status"], found["text"]) == (status, message)
    assert json.loads(result.out)["usage"]["calls"] == 2


def test_what_a_run_sends_is_sent(doctor: Command) -> None:
    with serving(then=GOOD) as endpoint:
        project(Path(), endpoint.url, tools={"calculator": "calculator"})
        doctor("doctor", "run.yaml", "--json")
    schema, tool = endpoint.requests
    assert [turn["role"] for turn in schema["messages"]] == ["system", "user"]
    assert schema["response_format"]["json_schema"]["strict"]
    assert [each["function"]["name"] for each in tool["tools"]] == ["calculator"]


def test_a_missing_key_is_reported_with_its_variable(doctor: Command) -> None:
    doctor.patch.delenv("OPENAI_API_KEY")
    models = {"m": {"openai": {"model": "fake", "base_url": "http://127.0.0.1:1/v1",
                               "api_key_env": "MY_KEY"}}}  # fmt: skip
    project(Path(), "", models=models)
    result = doctor("doctor", "run.yaml", "--json")
    assert result.code == 2
    assert "MY_KEY is neither" in findings(result)["model m", "key"]["text"]


@pytest.mark.parametrize(
    ("rows", "changes", "name", "status", "message"),
    [
        ([("1 + 1", "2")] * 3, {}, "doubles", "note", "asked more than once"),
        ([("1 + 1", "2"), ("1  +  1", "3")], {}, "answers", "fix", "two different answers"),
        ([("1 + 1", "")], {"tasks.scorer": "exact"}, "file", "fix", "lack"),
        ([("1 + 1", "many")], {}, "file", "fix", "does not suit the scorer numeric"),
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
    message: str,
) -> None:
    project(Path(), "http://127.0.0.1:1/v1")
    with Path("tasks.jsonl").open("a") as file:
        file.writelines(f"{json.dumps({'question': q, 'answer': a})}\n" for q, a in rows)
    sets = [
        word for key, value in changes.items() for word in ("--set", f"{key}={json.dumps(value)}")
    ]
    result = doctor("doctor", "run.yaml", "--no-calls", "--json", *sets)
    found = findings(result)["tasks", name]
    assert found["status"] == status, found
    assert message in f"{found['text']} {found['advice']}"
    assert result.code == (2 if status == "fix" else 0), result.out


def never(task: object, answer: str) -> float:
    return 0.0


def test_the_start_and_the_archive_are_examined(doctor: Command) -> None:
    project(Path(), "http://127.0.0.1:1/v1", budget={"evaluations": 3})
    Path("foreign.db").write_text("no database")
    for archive, message in (("foreign.db", "is not an archive"), ("none/a.db", "is not there")):
        result = doctor("doctor", "run.yaml", "--no-calls", "--json", "--archive", archive)
        assert result.code == 2
        assert message in findings(result)["archive", "file"]["text"]
        assert "does not cover" in findings(result)["run", "start"]["text"]
    lock = sqlite3.connect("evolve.db-lock", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    result = doctor("doctor", "run.yaml", "--no-calls", "--json")
    lock.close()
    assert "being written by another process" in findings(result)["archive", "file"]["text"]
    assert not Path("none").exists()


def test_a_cap_in_usd_without_prices_has_to_be_mended(doctor: Command) -> None:
    result = examined(doctor, GOOD, "--no-calls", budget={"usd": 1})
    assert result.code == 2
    assert "a model has no price" in findings(result)["run", "start"]["text"]


def test_findings_fit_the_terminal(doctor: Command) -> None:
    doctor.patch.setenv("COLUMNS", "60")
    with serving(then=fails(401)) as endpoint:
        project(Path(), endpoint.url)
        result = doctor("doctor", "run.yaml")
    assert result.code == 2
    assert "→ check the key in OPENAI_API_KEY" in result.out
    assert "1 thing to fix before a run." in result.out
    assert max(map(len, result.out.splitlines())) <= 60
