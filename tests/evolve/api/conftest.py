"""The archives that commands are tested on."""

from tests.evolve.cli.conftest import archive, finished

__all__ = ["archive", "finished"]
