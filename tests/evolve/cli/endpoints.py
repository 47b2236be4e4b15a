"""A hostile endpoint for commands that run in processes of their own, and run files that ask it."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.evolve.models.openai.fake_endpoint import Behaviour, FakeEndpoint

KEY = "sk-test-0123456789-abcdefghij"
HURRY = {"retries": 1, "retry_wait_s": 0.01, "timeout_s": 5, "patience_s": 0.5}


@contextmanager
def serving(*script: Behaviour, then: Behaviour | None = None) -> Iterator[FakeEndpoint]:
    """An endpoint that behaves like that, in a thread of its own."""
    endpoint = FakeEndpoint(*script, then=then)
    ready, over = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def main() -> None:
        async with endpoint:
            ready.set()
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(main(),))
    thread.start()
    assert ready.wait(20)
    try:
        yield endpoint
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(20)
        loop.close()


def project(folder: Path, url: str, **changes: Any) -> Path:
    """A folder with forty sums and a run file that asks an endpoint about them."""
    rows = [{"question": f"What is {n} + {n}?", "answer": str(2 * n)} for n in range(40)]
    (folder / "tasks.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    values = {
        "tasks": {"file": "tasks.jsonl", "scorer": "numeric"},
        "models": {"m": {"openai": {"model": "fake", "base_url": url, **HURRY}}},
        "space": {"models": ["m"], "agents": [1, 2], "tools": []},
        "seeds": {"library": ["single", "self_consistency"]},
        "allocator": {"uniform": {"tasks": 5}},
        "budget": {"evaluations": 40},
        "confirm": {"tasks": 3},
        "concurrency": 4,
        **changes,
    }
    path = folder / "run.yaml"
    path.write_text(json.dumps(values))
    return path
