"""Shared resources of models are opened once and closed with their last user."""

import pytest

from evolve.models.shared import Shared


class Thing:
    def __init__(self) -> None:
        self.closed = 0

    def close(self) -> None:
        self.closed += 1


def test_it_is_opened_once_and_closed_by_its_last_user() -> None:
    shared = Shared()
    one, two, other = (shared.lease(key, Thing) for key in ("a", "a", "b"))
    assert one.held is two.held
    assert one.held is not other.held
    one.release()
    one.release()
    assert two.held.closed == 0
    two.release()
    assert (two.held.closed, other.held.closed) == (1, 0)
    assert shared.lease("a", Thing).held is not one.held


def test_what_does_not_open_is_not_kept() -> None:
    def fails() -> Thing:
        raise ValueError("no")

    shared = Shared()
    with pytest.raises(ValueError, match="no"):
        shared.lease("a", fails)
    assert shared.lease("a", Thing).held.closed == 0
