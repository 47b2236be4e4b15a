"""Fixtures: commands run beside an archive."""

from tests.evolve.cli.conftest import archive, command, finished

__all__ = ["archive", "command", "finished"]
