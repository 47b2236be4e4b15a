"""The executor that works on Ray: agents and scoring in processes of one machine or of many.

``driver``     this process's side: starts actors, deals jobs out, looks after the cluster
``actor_pool``  the actors of one kind, and their jobs when actors die
``purchases``  the model calls of one actor: cache, leave to buy, losses
``shares``     every process's part of a model's rate limits
``actors``     what runs in Ray's processes; ``relaying`` their line to the driver
``messages``   what is sent; ``worker_environment`` what an actor works with; ``encryption`` of keys
``distribution``  independent pieces of work, such as matches of the arena
``cluster``    connecting; ``faults`` what can go wrong, in one line each

The driver alone decides, and alone writes the archive. An evaluation travels with its reservation:
what the ledger has set apart for it is the lease that its actor may spend, and no actor has any
other. It is a slice as small as can be, because a larger one would make what fits depend on timing.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, TypeVar

from pydantic import Field, PrivateAttr

from archive.records import Score, Trace
from evolve.clock import VirtualTimeLoop, really
from evolve.errors import RunError
from evolve.executors.base import Executor
from evolve.executors.ray.messages import Evaluate, Judge
from evolve.models.base import Embedder, Models
from evolve.models.cache import CachedModel
from evolve.plugins import RunPath
from evolve.tasks.base import Scorer, Task, TaskInput
from evolve.tools.toolbox import Toolbox
from search_spaces.config import SystemConfig

if TYPE_CHECKING:
    from evolve.executors.ray.cluster import Cluster
    from evolve.executors.ray.driver import Driver

A = TypeVar("A")
B = TypeVar("B")
R = TypeVar("R", Trace, Score)


class Ray(Executor):
    """Runs agents in some actors of a Ray cluster and scores in others; needs the extra `ray`."""

    address: str = Field(
        default="local",
        description="`local` for a cluster of its own on this machine, `auto` for the one that "
        "this machine is part of, or its head's `HOST:PORT`.",
    )
    workers: int | None = Field(
        default=None, ge=1, description="Actors that run agents; none: one for each processor."
    )
    cpus: float = Field(
        default=0.5, ge=0, description="Processors that each of them is given: it mostly waits."
    )
    scorers: int | None = Field(
        default=None,
        ge=1,
        description="Actors that score; none: one, or one for each processor left if scoring "
        "keeps one busy.",
    )
    modules: tuple[RunPath, ...] = Field(
        default=(), description="Folders and files of your modules that are sent to every node."
    )

    _cluster: "Cluster | None" = PrivateAttr(default=None)
    _driver: "Driver | None" = PrivateAttr(default=None)
    _scorer: Scorer | None = PrivateAttr(default=None)

    def require(self) -> None:
        """Connects to the cluster.

        Raises:
            RunError: Ray is not installed, or there is no cluster that can be used.
        """
        self._connected()

    @property
    def elsewhere(self) -> bool:
        """Its actors are processes of their own."""
        return True

    def bind(
        self, models: Models, embedder: Embedder, scorer: Scorer, toolbox: Toolbox | None = None
    ) -> "Ray":
        """Returns an executor that can work."""
        cluster = self._connected()
        from evolve.executors.ray.driver import Driver, Sizes
        from evolve.executors.ray.worker_environment import for_rollouts, for_scoring

        named = {name: models[name] for name in models.names}
        bound = self.model_copy()
        bound._scorer = scorer
        bound._driver = Driver(
            cluster,
            partial(
                Sizes.of,
                workers=self.workers,
                scorers=self.scorers,
                worker_cpus=self.cpus,
                scorer_cpus=scorer.cpus,
            ),
            for_rollouts(models, embedder, toolbox or Toolbox({})),
            for_scoring(models, scorer),
            {name: model for name, model in named.items() if isinstance(model, CachedModel)},
        )
        return bound

    def spread(
        self, variables: Mapping[str, str]
    ) -> Callable[[Callable[[A], B], Sequence[A]], Iterator[B]]:
        """A function that distributes independent work over the cluster; see `distribution`.

        Args:
            variables: The environment variables that it needs, keys among them.
        """
        cluster = self._connected()
        from evolve.executors.ray.distribution import spread

        return partial(spread, cluster, variables)

    async def run(self, config: SystemConfig, task_input: TaskInput, trial: int) -> Trace:
        """Runs one configuration on one task input."""
        return await self._do(Evaluate(config, task_input, trial), Trace)

    def submission(self, trace: Trace) -> str:
        """What of a trace the run's scorer looks at."""
        assert self._scorer is not None, "an executor works once it is bound"
        return self._scorer.submission(trace)

    async def score(self, task: Task, answer: str) -> Score:
        """Scores an answer with the run's scorer."""
        return await self._do(Judge(task, answer), Score)

    async def close(self) -> None:
        """Ends the actors, and the cluster where it is its own."""
        if self._driver is not None:
            await really(self._driver.close())
        if self._cluster is not None:
            self._cluster.disconnect()

    async def _do(self, work: Evaluate | Judge, kind: type[R]) -> R:
        """Has work done; in virtual time it ends when it would have ended here."""
        assert self._driver is not None, "an executor works once it is bound"
        loop = asyncio.get_running_loop()
        virtual = isinstance(loop, VirtualTimeLoop)
        result, ended = await really(self._driver.do(work, loop.time() if virtual else None))
        if virtual:
            await asyncio.sleep(max(0.0, ended - loop.time()))
        assert isinstance(result, kind)
        return result

    def _connected(self) -> "Cluster":
        if find_spec("ray") is None:
            raise RunError(
                "the executor `ray` needs Ray: pip install 'evolve-mas[ray]', or use "
                "--executor local"
            )
        from evolve.executors.ray.cluster import connect

        if self._cluster is None or not self._cluster.connected:
            self._cluster = connect(self.address, self.modules)
        cpus = self._cluster.cpus
        if cpus < self.cpus or not cpus:
            raise RunError(
                f"the Ray cluster at {self.address} has {cpus:g} CPUs and a worker needs "
                f"{self.cpus:g}; start a node that has some, as with `ray start --num-cpus 4` or "
                "`min_workers: 1`"
            )
        return self._cluster
