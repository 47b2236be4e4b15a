"""One Ray cluster for all tests that need one: it takes a quarter of a minute to start."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from benchmarks import ray_clusters


@pytest.fixture(scope="session")
def bare_cluster() -> Iterator[Any]:
    """A cluster whose head has no processors."""
    with ray_clusters.cluster(cpus=0) as made:
        yield made


@pytest.fixture(scope="module")
def cluster(bare_cluster: Any) -> Iterator[Any]:
    """The same with a node of two processors, for as long as a module of tests lasts."""
    ray_clusters.add_node(bare_cluster, cpus=2)
    yield bare_cluster
    for node in ray_clusters.nodes(bare_cluster):
        bare_cluster.remove_node(node)


@contextmanager
def _connected() -> Iterator[None]:
    import ray

    yield
    ray.shutdown()


@pytest.fixture
def address(cluster: Any) -> Iterator[str]:
    """The address of the cluster; connections of this process are closed afterwards."""
    with _connected():
        yield cluster.address
