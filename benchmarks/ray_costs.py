"""Overhead and throughput of Ray: `python -m benchmarks.ray_costs [overhead throughput scoring]`.

``overhead``    whole runs of single agents against a server that answers after 50 ms, on this
                machine's own event loop and on Ray, in turn; seconds from the first result to the
                last, so that starting processes is not part of it
``throughput``  settled rollouts a second with rollouts that take no time, written in groups
``scoring``     a scorer that keeps a processor busy for 50 ms, with one scoring actor and with two

Ratios are of one process and one cluster. The start of the cluster is reported separately.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from archive.reading import Reader
from archive.records import Candidate, Decision, Rollout, TaskRecord
from archive.store import Archive
from benchmarks.calls import settings
from evolve.engine.run import start
from evolve.engine.workers import Answered, answer
from evolve.executors.base import EXECUTORS, Executor
from evolve.models.base import Models
from evolve.models.embedders.hashed import Hashed
from evolve.models.scripted import Scripted
from evolve.tasks.base import Scorer, Task, TaskInput
from evolve.tasks.scorers.exact import Exact
from evolve.tasks.scorers.python import Python
from search_spaces.config import Agent, SystemConfig

LATENCY_S = 0.05
IN_FLIGHT = 64
BUSY_S = 0.05
ONE = SystemConfig(agents=(Agent(name="a"),))
TASK = Task(number=0, input=TaskInput(id="1", text="6 times 7?"), answer="42")


def busy(task: Task, answer: str) -> float:
    """A scorer that keeps a processor busy."""
    until = time.thread_time() + BUSY_S
    while time.thread_time() < until:
        pass
    return 1.0


def serve() -> None:
    """Answers every chat completion after `LATENCY_S`, on a port that it prints."""
    from aiohttp import web

    message = {"role": "assistant", "content": "Answer: 4"}
    body = {
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 20, "completion_tokens": 5},
    }

    async def complete(request: web.Request) -> web.Response:
        await request.read()
        await asyncio.sleep(LATENCY_S)
        return web.json_response(body)

    async def main() -> None:
        application = web.Application()
        application.router.add_post("/v1/chat/completions", complete)
        runner = web.AppRunner(application)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        print(site._server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Event().wait()

    asyncio.run(main())


@contextmanager
def serving() -> Iterator[str]:
    """The base URL of such a server in a process of its own."""
    words = [sys.executable, "-m", "benchmarks.ray_costs", "serve"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}/v1"
        server.kill()


def executor(**options: int) -> Executor:
    return EXECUTORS.built({"ray": {"address": "auto", **options}}, "a benchmark")


class Took(NamedTuple):
    """The time of a run: seconds from its first result to its last, and up to the first one."""

    wall: float
    first: float
    cpu_ms: float
    """CPU time of this process for each evaluation."""


def took(base: str, evaluations: int, chosen: Executor) -> Took:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run = settings(folder, base, "mock", evaluations, IN_FLIGHT)
        before = time.process_time()
        with Archive.write(folder / "run.db") as archive:
            start(run.model_copy(update={"executor": chosen}), archive)
        with Reader.read(folder / "run.db") as archive:
            at = [each.at for each in archive.results(archive.run())]
    cpu_ms = 1e3 * (time.process_time() - before) / evaluations
    return Took(max(at) - min(at), min(at), cpu_ms)


def overhead(evaluations: int = 2_000, repetitions: int = 3) -> dict[str, Any]:
    local = EXECUTORS.built("local", "a benchmark")
    runs: dict[str, list[Took]] = {"local": [], "ray": []}
    with serving() as base:
        for _ in range(repetitions):
            for name, chosen in (("local", local), ("ray", executor(workers=2, scorers=1))):
                runs[name].append(took(base, evaluations, chosen))
    middle = {
        name: Took(*(statistics.median(values) for values in zip(*each, strict=True)))
        for name, each in runs.items()
    }
    return {
        "evaluations": evaluations,
        "local_s": round(middle["local"].wall, 2),
        "ray_s": round(middle["ray"].wall, 2),
        "ratio": round(middle["ray"].wall / middle["local"].wall, 2),
        "ray_starts_s": round(middle["ray"].first, 1),
        "local_cpu_ms": round(middle["local"].cpu_ms, 2),
        "driver_cpu_ms": round(middle["ray"].cpu_ms, 2),
    }


def bound(chosen: Executor, scorer: Scorer) -> Executor:
    models = Models({"m": Scripted(script={"": "Answer: 42"})}, "m")
    return chosen.bind(models, Hashed(), scorer)


def throughput(rollouts: int = 20_000, in_flight: int = 512) -> dict[str, Any]:
    """Instant rollouts, scored and written as the engine writes them."""
    with tempfile.TemporaryDirectory() as name, Archive.write(Path(name) / "run.db") as archive:
        tasks = [TaskRecord(number=0, id="1", split="validation")]
        run = archive.create_run("run", 0, "{}", tasks)
        archive.add_candidate(run, Candidate(number=0, config=ONE, operator="seed"))

        async def main() -> tuple[float, float]:
            working = bound(executor(workers=1, scorers=1), Exact())
            arrived: asyncio.Queue[Answered] = asyncio.Queue()

            async def one() -> None:
                done = await answer(working, ONE, TASK)
                assert isinstance(done, Answered)
                arrived.put_nowait(done)

            await one()  # the actors have started
            asking = {asyncio.create_task(one()) for _ in range(in_flight)}
            began, before, taken = time.perf_counter(), time.process_time(), 0
            while taken < rollouts:
                group = [await arrived.get()]
                while not arrived.empty():
                    group.append(arrived.get_nowait())
                _write(archive, run, group, taken)
                taken += len(group)
                asking = {task for task in asking if not task.done()}
                asking |= {asyncio.create_task(one()) for _ in group}
            took, busy = time.perf_counter() - began, time.process_time() - before
            await asyncio.gather(*asking)
            await working.close()
            return taken / took, 1e3 * busy / taken

        rate, busy_ms = asyncio.run(main())
        return {
            "in_flight": in_flight,
            "rollouts_per_s": round(rate),
            "driver_cpu_ms_per_rollout": round(busy_ms, 3),
        }


def _write(archive: Archive, run: Any, group: list[Answered], taken: int) -> None:  # noqa: ANN401
    numbers = range(taken, taken + len(group))
    with archive.group():
        archive.add_decisions(
            run,
            [
                Decision(
                    number=n, purpose="search", candidate=0, task=0, trial=n, after=taken, at=0
                )
                for n in numbers
            ],
        )
        archive.add_rollouts(
            run,
            [
                Rollout(
                    decision=n,
                    position=n,
                    candidate=0,
                    task=0,
                    trial=n,
                    score=done.score,
                    trace=done.trace,
                    at=0.0,
                )
                for n, done in zip(numbers, group, strict=True)
            ],
            "all",
        )


def scoring(answers: int = 100) -> dict[str, Any]:
    """Answers scored by one actor, and by two."""

    async def took(scorers: int) -> float:
        working = bound(
            executor(workers=1, scorers=scorers), Python(function="benchmarks.ray_costs:busy")
        )
        await asyncio.gather(*(working.score(TASK, "42") for _ in range(4 * scorers)))
        began = time.perf_counter()
        await asyncio.gather(*(working.score(TASK, "42") for _ in range(answers)))
        wall = time.perf_counter() - began
        await working.close()
        return wall

    one, two = asyncio.run(took(1)), asyncio.run(took(2))
    return {"one_s": round(one, 2), "two_s": round(two, 2), "ratio": round(one / two, 2)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    known = {"overhead": overhead, "throughput": throughput, "scoring": scoring}
    parser.add_argument("what", nargs="*", default=list(known), choices=[*known, "serve"])
    arguments = parser.parse_args()
    if arguments.what == ["serve"]:
        serve()
        return
    import ray

    from benchmarks import ray_clusters

    with ray_clusters.cluster(cpus=4) as made:
        ray.init(made.address, log_to_driver=False, logging_level="error")
        for what in arguments.what:
            print(json.dumps({what: known[what]()}), flush=True)
        ray.shutdown()


if __name__ == "__main__":
    main()
