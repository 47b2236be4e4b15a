"""The driver's side of a run on Ray: the actors that run agents, and those that score."""

import asyncio
import sys
from collections.abc import Callable, Hashable, Mapping
from typing import Any, NamedTuple

import ray

from evolve.errors import OutageError
from evolve.executors.ray.actor_pool import ActorPool, Finished
from evolve.executors.ray.actors import Actor, RolloutActor, ScoringActor
from evolve.executors.ray.cluster import Cluster
from evolve.executors.ray.encryption import VARIABLE, Encrypted, encrypt
from evolve.executors.ray.faults import one_line
from evolve.executors.ray.messages import Evaluate, Judge
from evolve.executors.ray.shares import Shares
from evolve.executors.ray.worker_environment import WorkerEnvironment
from evolve.models.cache import CachedModel
from evolve.version import __version__

_LOOK_S = 1.0
"""Seconds between two looks at the cluster: nodes that came or went, and loads."""

_PATIENCE_S = 180.0
"""How long work waits while no actor can be started at all."""

_DRIVER = "driver"
"""This process among those that share the limits of models: proposals are made here."""


class Sizes(NamedTuple):
    """How many actors of each kind there are to be, and the processors of one of each."""

    workers: int
    scorers: int
    worker_cpus: float
    scorer_cpus: float

    @classmethod
    def of(
        cls,
        cpus: float,
        workers: int | None,
        scorers: int | None,
        worker_cpus: float,
        scorer_cpus: float,
    ) -> "Sizes":
        """What suits a cluster.

        Args:
            cpus: All of its processors.
            workers: Asked for; None: one a processor.
            scorers: Asked for; None: as many as the processors left can have, at least one.
            worker_cpus: What one worker is to have.
            scorer_cpus: What scoring keeps busy; 0: one scorer is enough.
        """
        run = max(1, int(cpus)) if workers is None else workers
        if scorers is None:
            left = cpus - run * worker_cpus
            scorers = max(1, int(left / scorer_cpus)) if scorer_cpus else 1
        return cls(run, scorers, worker_cpus, scorer_cpus)


class Driver:
    """Two crews, and what they share. It lives in one event loop; close it there."""

    def __init__(
        self,
        cluster: Cluster,
        sizes: Callable[[float], Sizes],
        rollouts: WorkerEnvironment,
        scoring: WorkerEnvironment,
        models: Mapping[str, CachedModel],
    ) -> None:
        """Starts nothing yet.

        Args:
            cluster: Where actors are started.
            sizes: How many for so many processors.
            rollouts: What agents are run with.
            scoring: What answers are scored with.
            models: The models that are paid for, by name.
        """
        self._cluster = cluster
        self._sizes = sizes
        self._models = models
        self._shares = Shares()
        first = sizes(cluster.cpus)
        busy = bool(first.scorer_cpus)
        self._workers = ActorPool(
            _starter(RolloutActor, rollouts, first.worker_cpus),
            models,
            self._shares if rollouts.relayed else None,
            None,
        )
        self._scorers = ActorPool(
            _starter(ScoringActor, scoring, first.scorer_cpus),
            models,
            self._shares if scoring.relayed else None,
            2 if busy else None,  # one at work, and one that it can begin at once
        )
        self._watching: asyncio.Task[None] | None = None

    async def do(self, work: Evaluate | Judge, at: float | None) -> Finished:
        """Has work done; see `ActorPool.do`."""
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch())
        pool = self._workers if isinstance(work, Evaluate) else self._scorers
        return await pool.do(work, at)

    async def close(self) -> None:
        """Ends every actor."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        await self._workers.close()
        await self._scorers.close()

    async def _watch(self) -> None:
        try:
            await self._look_after()
        except Exception as error:  # noqa: BLE001 - raised where the work is awaited
            self._workers.fail(one_line(error))
            self._scorers.fail(one_line(error))

    async def _look_after(self) -> None:
        """Looks at the cluster from time to time."""
        loop = asyncio.get_running_loop()
        await self._shares.join(_DRIVER, self._share)
        working_at = loop.time()
        while True:
            cpus = await asyncio.to_thread(lambda: self._cluster.cpus)
            sizes = self._sizes(cpus)
            self._workers.keep(sizes.workers)
            self._scorers.keep(sizes.scorers)
            await self._shares.rebalance(self._load())
            if self._workers.able and self._scorers.able:
                working_at = loop.time()
            elif loop.time() - working_at > _PATIENCE_S:
                self._give_up(cpus, sizes)
                return
            await asyncio.sleep(_LOOK_S)

    def _load(self) -> dict[Hashable, int]:
        mine = sum(model.under_way for model in self._models.values())
        return {_DRIVER: mine, **self._workers.load, **self._scorers.load}

    async def _share(self, part: float, of: int) -> None:
        for model in self._models.values():
            model.bare.share(part, of)

    def _give_up(self, cpus: float, sizes: Sizes) -> None:
        kind, needed = "run agents", sizes.worker_cpus
        if self._workers.able:
            kind, needed = "score", sizes.scorer_cpus
        outage = OutageError(
            f"no actor that could {kind} was started within {_PATIENCE_S:g} s on the Ray cluster "
            f"at {self._cluster.address}: each needs {needed:g} CPUs, and of {cpus:g} "
            f"{self._cluster.free_cpus:g} are free; add nodes, or lower `workers` or `cpus`"
        )
        self._workers.fail(outage)
        self._scorers.fail(outage)


def _starter(
    kind: type[Actor], environment: WorkerEnvironment, cpus: float
) -> Callable[[], tuple[Any, Any]]:
    """What starts an actor of a kind."""
    variables, written, path = environment.environment, environment.written(), list(sys.path)
    sealed = encrypt(variables) if variables else Encrypted("", b"")
    options: dict[str, Any] = {"num_cpus": cpus, "scheduling_strategy": "SPREAD"}
    if variables:
        options["runtime_env"] = {"env_vars": {VARIABLE: sealed.text}}
    # Concurrent calls of one actor: answers, jobs and shares, besides messages.
    remote = ray.remote(kind).options(max_restarts=0, max_concurrency=100, **options)

    def start() -> tuple[Any, Any]:
        handle = remote.remote()
        return handle, handle.open.remote(__version__, path, written, sealed.pad)

    return start
