"""How often an endpoint that fails is asked, and what for, through the real command."""

import json
import re
from pathlib import Path

from aiohttp import web

from archive.reading import Reader
from tests.evolve.cli.commands import Said, evolve_process, is_one_clear_line
from tests.evolve.cli.endpoints import KEY, project, serving
from tests.evolve.models.openai.fake_endpoint import Behaviour, completion, fails, says

SLOTS, RETRIES = 12, 9
PATIENT = {"retries": RETRIES, "retry_wait_s": 0.01, "timeout_s": 5, "patience_s": 5}
PRICE = {"prompt": 1.0, "completion": 2.0}


def evolve(folder: Path, *words: str) -> Said:
    return evolve_process(*words, folder=folder, OPENAI_API_KEY=KEY)


def models(url: str) -> dict[str, object]:
    return {"m": {"openai": {"model": "fake", "base_url": url, "price": PRICE, **PATIENT}}}


def fails_at_first(status: int) -> Behaviour:
    """Fails whenever it is asked something for the first time."""
    known: set[str] = set()

    async def behave(request: web.Request, asked: dict[str, object]) -> web.StreamResponse:
        if (text := json.dumps(asked)) in known:
            return web.json_response(completion())
        known.add(text)
        return web.json_response({"error": {"message": "not now"}}, status=status)

    return behave


def test_a_model_that_only_fails_does_not_burn_everybodys_retries(tmp_path: Path) -> None:
    with serving(then=fails(500, "broken")) as endpoint:
        project(
            tmp_path,
            endpoint.url,
            models=models(endpoint.url),
            seeds={"library": ["single"]},
            allocator={"uniform": {"tasks": 2 * SLOTS}},
            concurrency=SLOTS,
        )
        said = evolve(tmp_path, "run", "run.yaml", "--quiet")
        is_one_clear_line(said, "500", "`evolve resume` goes on", code=3)
        # Eight fail in a row, others are on their way then, and one tries for all.
        most = 8 + SLOTS + RETRIES
        assert RETRIES < len(endpoint.asked) <= most < SLOTS * RETRIES / 3
        endpoint.asked.clear()
        evolve(tmp_path, "resume", "--quiet")
        assert len(endpoint.asked) <= most


def test_a_call_that_fails_once_is_made_twice_and_scored_once(tmp_path: Path) -> None:
    with serving(then=fails_at_first(503)) as endpoint:
        project(tmp_path, endpoint.url, models=models(endpoint.url))
        said = evolve(tmp_path, "run", "run.yaml", "--quiet")
        assert (said.code, said.err) == (0, "")
        failures = len({json.dumps(asked) for asked in endpoint.asked})
        asked = len(endpoint.asked)
    with Reader.read(tmp_path / "evolve.db") as archive:
        run = archive.run()
        assert not [rollout for rollout in archive.rollouts(run) if rollout.trace.failure]
        (kept,) = archive.ask("SELECT count(*) FROM replies").rows[0]
    # Equal requests are other draws of a sample, and only the first of them fails.
    assert asked == kept + failures
    assert failures > 20


def test_what_was_spent_is_told_by_purpose(tmp_path: Path) -> None:
    judge = {"judge": {"model": "m", "max_tokens": 64}}
    with serving(then=says(json.dumps({"reason": "right", "points": 10}))) as endpoint:
        project(
            tmp_path,
            endpoint.url,
            models=models(endpoint.url),
            tasks={"file": "tasks.jsonl", "scorer": judge},
            strategy={"reflective": {"model": "m"}},
        )
        said = evolve(tmp_path, "run", "run.yaml")
        asked = len(endpoint.asked)
    assert said.code == 0, said
    told = dict(re.findall(r"(\w+) \$[\d.]+\s+\(([\d,]+)\s+calls?\)", said.out))
    assert told.keys() == {"search", "propose", "confirm", "judge"}
    with Reader.read(tmp_path / "evolve.db") as archive:
        kept = {name: f"{usage.calls:,}" for name, usage in archive.spend(archive.run()).items()}
        (replies,) = archive.ask("SELECT count(*) FROM replies").rows[0]
    assert kept == told
    # What the call cache had is booked as well, though the endpoint was not asked again.
    assert asked == replies < sum(int(calls.replace(",", "")) for calls in told.values())
