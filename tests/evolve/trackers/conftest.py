"""Commands beside an archive, and runs that wait for their trackers."""

import pytest

from evolve.engine import tracking
from tests.evolve.cli.conftest import archive, command, finished

__all__ = ["archive", "command", "finished"]


@pytest.fixture(autouse=True)
def whole_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run waits for its trackers, however busy the machine is."""
    monkeypatch.setattr(tracking, "GRACE_S", 60.0)
