"""The number and purpose of calls to a failing endpoint, through the real command."""

import json
import re
from pathlib import Path

import pytest
from aiohttp import web

from archive.reading import Reader
from tests.evolve.cli.commands import Completed, evolve_process, is_one_clear_line
from tests.evolve.cli.endpoints import KEY, project, serving
from tests.evolve.models.openai.fake_endpoint import Behaviour, completion, fails, says

SLOTS, RETRIES = 12, 9
PATIENT = {"retries": RETRIES, "retry_wait_s": 0.01, "timeout_s": 5, "patience_s": 5}
PRICE = {"prompt": 1.0, "completion": 2.0}


def evolve(folder: Path, *words: str) -> Completed:
    return evolve_process(*words, folder=folder, OPENAI_API_KEY=KEY)


def models(url: str) -> dict[str, object]:
    return {"m": {"openai": {"model": "fake", "base_url": url, "price": PRICE, **PATIENT}}}


def fails_at_first(status: int) -> Behaviour:
    """Fails whenever it is asked something for the first time."""
    known: set[str] = set()

    async def behave(request: web.Request, payload: dict[str, object]) -> web.StreamResponse:
        if (text := json.dumps(payload)) in known:
            return web.json_response(completion())
        known.add(text)
        return web.json_response({"error": {"message": "not now"}}, status=status)

    return behave


@pytest.mark.full
def test_a_model_that_always_fails_uses_few_retries(tmp_path: Path) -> None:
    with serving(then=fails(500, "broken")) as endpoint:
        project(
            tmp_path,
            endpoint.url,
            models=models(endpoint.url),
            seeds={"library": ["single"]},
            allocator={"uniform": {"tasks": 2 * SLOTS}},
            concurrency=SLOTS,
        )
        result = evolve(tmp_path, "run", "run.yaml", "--quiet")
        is_one_clear_line(result, "500", "`evolve resume` continues it", code=3)
        # Eight fail in a row, others are on their way then, and one tries for all.
        most = 8 + SLOTS + RETRIES
        assert RETRIES < len(endpoint.requests) <= most < SLOTS * RETRIES / 3
        endpoint.requests.clear()
        evolve(tmp_path, "resume", "--quiet")
        assert len(endpoint.requests) <= most


@pytest.mark.full
def test_a_call_that_fails_once_is_made_twice_and_scored_once(tmp_path: Path) -> None:
    with serving(then=fails_at_first(503)) as endpoint:
        project(tmp_path, endpoint.url, models=models(endpoint.url))
        result = evolve(tmp_path, "run", "run.yaml", "--quiet")
        assert (result.code, result.err) == (0, "")
        failures = len({json.dumps(payload) for payload in endpoint.requests})
        requests = len(endpoint.requests)
    with Reader.read(tmp_path / "evolve.db") as archive:
        run = archive.run()
        assert not [rollout for rollout in archive.rollouts(run) if rollout.trace.failure]
        (kept,) = archive.ask("SELECT count(*) FROM replies").rows[0]
    # Equal requests are other draws of a sample, and only the first of them fails.
    assert requests == kept + failures
    assert failures > 20


@pytest.mark.full
def test_spend_is_reported_by_purpose(tmp_path: Path) -> None:
    judge = {"judge": {"model": "m", "max_tokens": 64}}
    with serving(then=says(json.dumps({"reason": "right", "points": 10}))) as endpoint:
        project(
            tmp_path,
            endpoint.url,
            models=models(endpoint.url),
            tasks={"file": "tasks.jsonl", "scorer": judge},
            strategy={"reflective": {"model": "m"}},
        )
        result = evolve(tmp_path, "run", "run.yaml")
        requests = len(endpoint.requests)
    assert result.code == 0, result
    counts = dict(re.findall(r"(\w+) \$[\d.]+\s+\(([\d,]+)\s+calls?\)", result.out))
    assert counts.keys() == {"search", "propose", "confirm", "judge"}
    with Reader.read(tmp_path / "evolve.db") as archive:
        kept = {name: f"{usage.calls:,}" for name, usage in archive.spend(archive.run()).items()}
        (replies,) = archive.ask("SELECT count(*) FROM replies").rows[0]
    assert kept == counts
    # What the call cache had is booked as well, though the endpoint was not asked again.
    assert requests == replies < sum(int(calls.replace(",", "")) for calls in counts.values())
