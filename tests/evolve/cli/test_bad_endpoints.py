"""Endpoints, scorers, task files and meta-agents that misbehave, through the real command.

Whatever goes wrong is one clear line or a counted event; it is never a traceback, and an outage is
never a score.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from archive.reading import Reader
from tests.evolve.cli.commands import Completed, evolve_process, is_one_clear_line
from tests.evolve.cli.endpoints import KEY, project, serving
from tests.evolve.models.openai.fake_endpoint import (
    Behaviour,
    answers,
    cuts,
    fails,
    hangs,
    refuses,
    says,
    sends,
)

OUTAGE = 3


def evolve(folder: Path, *words: str) -> Completed:
    return evolve_process(*words, "--quiet", folder=folder, OPENAI_API_KEY=KEY)


def keeps_no_key(folder: Path) -> None:
    for path in folder.glob("evolve.db*"):
        assert KEY.encode() not in path.read_bytes()


@pytest.mark.full
@pytest.mark.parametrize(
    ("behaviour", "expected_message"),
    [
        (sends("<html>Welcome!</html>", "text/html"), "a page of HTML instead of JSON (`base_url`"),
        (sends("<html>Busy</html>", "text/html", 503), "it answers 503: a page of HTML"),
        (sends("{", "application/json"), "an answer that is no JSON"),
        (answers({"choices": []}), "an answer without choices"),
        (fails(401, f"Incorrect API key: {KEY}"), "check the key in OPENAI_API_KEY"),
        (fails(403, "not for you"), "it answers 403: not for you; check the key"),
        (fails(404, "not here"), "check `model` and `base_url`, which usually ends in /v1"),
        (fails(404, "The model `fake` does not exist", code="model_not_found"), "`fake` does not"),
        (fails(400, "unknown model fake"), "it answers 400: unknown model fake; check this mod"),
        (fails(429, "You ran out", code="insufficient_quota"), "its account needs credit"),
        (fails(429, "Slow down", {"Retry-After": "60"}), "(for too long); lower its `requests_"),
        (fails(500, "broken"), "it answers 500: broken (2 times in a row)"),
        (cuts, "the connection broke"),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else "",
)
def test_an_endpoint_that_does_not_serve_pauses_the_run(
    tmp_path: Path, behaviour: Behaviour, expected_message: str
) -> None:
    with serving(then=behaviour) as endpoint:
        project(tmp_path, endpoint.url)
        result = evolve(tmp_path, "run", "run.yaml")
        is_one_clear_line(
            result, expected_message, endpoint.url, "`evolve resume` continues it", code=OUTAGE
        )
    assert KEY not in result.err + result.out
    with Reader.read(tmp_path / "evolve.db") as archive:
        assert archive.run().status == "paused"
        assert not list(archive.rollouts(archive.run()))
    keeps_no_key(tmp_path)


@pytest.mark.full
def test_an_endpoint_that_is_not_there_or_never_answers(tmp_path: Path) -> None:
    project(tmp_path, "http://127.0.0.1:9/v1")
    is_one_clear_line(evolve(tmp_path, "run", "run.yaml"), "it cannot be reached", code=OUTAGE)
    with serving(then=hangs) as endpoint:
        path = project(tmp_path, endpoint.url)
        path.write_text(path.read_text().replace('"timeout_s": 5', '"timeout_s": 0.3'))
        result = evolve(tmp_path, "run", "run.yaml")
        is_one_clear_line(result, "no answer within 0.3 s", code=OUTAGE)


@pytest.mark.full
def test_a_missing_key_names_its_variable(tmp_path: Path) -> None:
    path = project(tmp_path, "http://127.0.0.1:9/v1")
    path.write_text(path.read_text().replace('"retries"', '"api_key_env": "MY_KEY", "retries"'))
    is_one_clear_line(
        evolve(tmp_path, "run", "run.yaml"), "MY_KEY is neither in the environment", code=OUTAGE
    )


@pytest.mark.full
@pytest.mark.parametrize(
    "behaviour",
    [fails(500, "broken"), fails(401, "bad key"), fails(429, "no", code="insufficient_quota")],
    ids=["dead", "key", "quota"],
)
def test_an_outage_midway_loses_nothing(tmp_path: Path, behaviour: Behaviour) -> None:
    with serving(*[says("Answer: 4")] * 12, then=behaviour) as endpoint:
        project(tmp_path, endpoint.url)
        assert evolve(tmp_path, "run", "run.yaml").code == OUTAGE
        with Reader.read(tmp_path / "evolve.db") as archive:
            settled = list(archive.rollouts(archive.run()))
        assert settled
        endpoint.behave(says("Answer: 4"))
        result = evolve(tmp_path, "resume")
        assert (result.code, result.err) == (0, "")
    with Reader.read(tmp_path / "evolve.db") as archive:
        assert archive.run().status == "finished"
        assert list(archive.rollouts(archive.run()))[: len(settled)] == settled
        assert archive.integrity() == []


# What an endpoint can do is found out once


@pytest.mark.full
def test_what_it_refuses_is_found_out_once_for_all_processes(tmp_path: Path) -> None:
    with serving(then=refuses("max_tokens", "temperature")) as endpoint:
        project(tmp_path, endpoint.url)
        assert evolve(tmp_path, "run", "run.yaml", "--seed", "1").code == 0
        assert any("max_tokens" in payload for payload in endpoint.requests)
        endpoint.requests.clear()
        assert evolve(tmp_path, "run", "run.yaml", "--seed", "2").code == 0
        assert endpoint.requests
        assert not [payload for payload in endpoint.requests if "max_tokens" in payload]
        keeps_no_key(tmp_path)
        # The endpoint is replaced by one that takes the usual again, and nothing else.
        endpoint.requests.clear()
        endpoint.behave(refuses("max_completion_tokens"))
        assert evolve(tmp_path, "run", "run.yaml", "--seed", "3").code == 0
        assert "max_tokens" in endpoint.requests[-1]


# Meta-agents

META = {"strategy": {"reflective": {"model": "m"}}, "budget": {"evaluations": 40}}


@pytest.mark.full
def test_a_schema_that_is_refused_and_edits_that_are_never_valid(tmp_path: Path) -> None:
    def recorded(archive: Reader) -> list[Any]:
        return [
            proposal_result
            for proposal_result in archive.proposal_results(archive.run())
            if proposal_result.steps
        ]

    refusing = refuses("response_format", message="Invalid schema for {}: not supported")
    with serving(then=refusing) as endpoint:
        project(tmp_path, endpoint.url, **META, allocator={"uniform": {"tasks": 4}})
        result = evolve(tmp_path, "run", "run.yaml")
        assert (result.code, result.err) == (0, "")
        payload = [
            each for each in endpoint.requests if "JSON Schema" in json.dumps(each["messages"])
        ]
        assert payload
    with Reader.read(tmp_path / "evolve.db") as archive:
        proposal_results = recorded(archive)
        assert proposal_results
        for (
            proposal_result
        ) in proposal_results:  # the endpoint says "Answer: 4" to whatever it is asked
            assert proposal_result.repairs == 3
            assert (
                "no valid proposal in 3 replies" in proposal_result.reason
                or proposal_result.candidate is None
            )
        assert any(
            candidate.operator.startswith("fallback:")
            for candidate in archive.candidates(archive.run())
        )


# Scorers


@pytest.mark.full
@pytest.mark.parametrize(
    ("body", "expected_message"),
    [
        ("raise KeyError('colour')", "raised KeyError: 'colour'"),
        ("return 'good'", "returned 'good'; expected a number from 0 to 1"),
        ("return 7", "returned 7; expected a number from 0 to 1"),
        ("return float('nan')", "returned nan; expected"),
        ("return None", "returned None; expected"),
        ("return {'points': 1}", "returned {'points': 1}; expected"),
        ("import sys; sys.exit(1)", "SystemExit(1)"),
    ],
)
def test_a_scorer_that_fails_stops_the_run_in_one_line(
    tmp_path: Path, body: str, expected_message: str
) -> None:
    (tmp_path / "scoring.py").write_text(f"def score(task, answer):\n    {body}\n")
    with serving() as endpoint:
        tasks = {"file": "tasks.jsonl", "scorer": {"python": {"function": "scoring:score"}}}
        project(tmp_path, endpoint.url, tasks=tasks)
        result = evolve(tmp_path, "run", "run.yaml")
    is_one_clear_line(result, "the scorer scoring:score on task", expected_message)


@pytest.mark.full
def test_a_run_with_a_repaired_scorer_resumes_where_it_failed(tmp_path: Path) -> None:
    (tmp_path / "scoring.py").write_text("def score(task, answer):\n    return 1 / 0\n")
    with serving() as endpoint:
        tasks = {"file": "tasks.jsonl", "scorer": {"python": {"function": "scoring:score"}}}
        project(tmp_path, endpoint.url, tasks=tasks)
        assert evolve(tmp_path, "run", "run.yaml").code == 2
        (tmp_path / "scoring.py").write_text("def score(task, answer):\n    return 1 / 2\n")
        result = evolve(tmp_path, "resume")
        assert (result.code, result.err) == (0, "")


# Task files

GOOD = {"question": "What is 1 + 1?", "answer": "2", "id": "a"}


@pytest.mark.full
@pytest.mark.parametrize(
    ("lines", "changes", "expected_message"),
    [
        ([], {}, "tasks.jsonl: there are no tasks in this file"),
        ([GOOD, "{"], {}, "tasks.jsonl, line 2: no valid JSON; expected one object on each line"),
        ([GOOD, "[1]"], {}, "tasks.jsonl, line 2: expected an object, found an array"),
        ([GOOD, {"question": "?"}], {}, "1 of 2 rows lacks text or answer (line 2)"),
        ([GOOD, GOOD], {"id": "id"}, "tasks.jsonl, line 2: the id 'a' is already that of line 1"),
        ([GOOD, {**GOOD, "answer": "red"}], {}, "line 2: the truth 'red' does not suit the scorer"),
        ([GOOD, {**GOOD, "answer": ["b"]}], {}, "line 2: the truth ['b'] does not suit the scorer"),
        ([GOOD] * 3, {}, "of 3 tasks 0 are for test, which needs at least 2; add tasks or change"),
        ([GOOD] * 9, {"scorer": "exakt"}, "tasks.scorer: unknown scorer 'exakt'; did you mean 'ex"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_a_task_file_that_cannot_be_used(
    tmp_path: Path, lines: list[object], changes: dict[str, str], expected_message: str
) -> None:
    tasks = {"file": "tasks.jsonl", "scorer": "numeric", **changes}
    project(tmp_path, "http://127.0.0.1:9/v1", tasks=tasks)
    written = (line if isinstance(line, str) else json.dumps(line) for line in lines)
    (tmp_path / "tasks.jsonl").write_text("".join(f"{line}\n" for line in written))
    is_one_clear_line(evolve(tmp_path, "run", "run.yaml"), expected_message)
    assert not (tmp_path / "evolve.db").exists() or not _runs(tmp_path)


def _runs(folder: Path) -> list[object]:
    with Reader.read(folder / "evolve.db") as archive:
        return list(archive.runs())
