"""The world of sums, and turns on them."""

import pytest

from tests.evolve.simulator.simulated_world import Sums, World


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="session")
def sums() -> Sums:
    return Sums()
