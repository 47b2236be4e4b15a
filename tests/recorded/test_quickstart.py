"""The quickstart as the real model answered it."""

from pathlib import Path

import pytest

from tests.recorded.quickstart import REPLIES, search


def test_the_recorded_search_finds_its_winner_again(tmp_path: Path) -> None:
    result = search(tmp_path / "evolve.db", replies=str(REPLIES))
    found = result.confirmation
    assert found is not None
    assert found.tasks == 60
    assert (found.mean, found.seed_mean) == pytest.approx((0.567, 0.083), abs=0.001)
    assert found.difference_interval[0] > 0.3
    assert result.cached_share > 0.4
