"""Independent work, such as whole matches of the arena, as tasks of a Ray cluster."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import ray
from ray.exceptions import RayError, RayTaskError

from evolve.executors.ray.cluster import Cluster
from evolve.executors.ray.encryption import VARIABLE, Encrypted, decrypt, encrypt
from evolve.executors.ray.faults import one_line
from search_spaces.errors import EvolveError

A = TypeVar("A")
B = TypeVar("B")

_ATTEMPTS = 3
"""Restarts of a piece of work whose process or node has died."""


def spread(
    cluster: Cluster, variables: Mapping[str, str], work: Callable[[A], B], items: Sequence[A]
) -> Iterator[B]:
    """The results of work for each item, in the order of completion.

    Each takes one processor and is done from its beginning to its end in one process.

    Args:
        cluster: Where.
        variables: The environment variables that it needs, keys among them.
        work: A function of a module that all nodes have.
        items: What it is done for.

    Raises:
        EvolveError: It cannot be done for one of them.
    """
    sealed = encrypt(variables)
    task = ray.remote(_do).options(
        num_cpus=1,
        max_retries=_ATTEMPTS,
        runtime_env={"env_vars": {VARIABLE: sealed.text}},
        scheduling_strategy="SPREAD",
    )
    here = list(sys.path), str(Path.cwd())
    running = [task.remote(work, item, sealed.pad, *here) for item in items]
    try:
        while running:
            (done, *_), running = ray.wait(running)
            yield ray.get(done)
    except RayTaskError as error:
        cause = error.cause
        raise (cause if isinstance(cause, EvolveError) else one_line(error)) from None
    except RayError as error:
        raise one_line(error) from None
    finally:
        for each in running:
            with suppress(RayError):
                ray.cancel(each, force=True)
        cluster.disconnect()


def _do(work: Callable[[A], B], item: A, pad: bytes, path: Sequence[str], folder: str) -> B:
    if VARIABLE in os.environ:
        os.environ.update(decrypt(Encrypted(os.environ.pop(VARIABLE), pad)))
    sys.path += [place for place in path if place not in sys.path]
    with suppress(OSError):  # another machine may have no such folder
        os.chdir(folder)
    return work(item)
