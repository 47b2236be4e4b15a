"""Saves the state of a search as bytes and loads it, exact to the last bit."""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from archive.records import Candidate, Purpose
from evolve.budget.ledger import NOTHING
from evolve.budget.spend import Spends
from evolve.engine.state import SearchState
from evolve.engine.unscored import UnscoredAnswers
from evolve.standings import snapshot as standings_snapshot

_PURPOSES: tuple[Purpose, ...] = ("search", "propose", "confirm", "judge", "lost")


def save(state: SearchState) -> bytes:
    """Saves all but candidates and confirmation, which are read from the archive."""
    spends = Spends()
    for purpose in _PURPOSES:
        spends.add(state.ledger.by_purpose.get(purpose, NOTHING))
    parts: dict[str, Any] = {
        "counters": np.array([state.results_seen, state.failed_proposals]),
        "last_at": np.array(state.last_at),
        "unscored": np.array(list(state.unscored), dtype=np.int64).reshape(-1, 3),
        "unscored_in_a_row": np.array(state.unscored.in_a_row),
        "spends": spends.rows,
        "standings": np.frombuffer(standings_snapshot.save(state.standings), dtype=np.uint8),
        **state.consumption.save(),
    }
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **parts)
    return buffer.getvalue()


def load(state: SearchState, saved: bytes, candidates: Sequence[Candidate]) -> None:
    """Restores a saved state into a fresh one.

    Args:
        state: A state without candidates and results.
        saved: The bytes from `save`.
        candidates: The candidates by number, at least those of the saved state.
    """
    with np.load(io.BytesIO(saved), allow_pickle=False) as opened:
        parts = {name: opened[name] for name in opened.files}
    state.results_seen, state.failed_proposals = parts["counters"].tolist()
    state.last_at = float(parts["last_at"])
    state.unscored = UnscoredAnswers(parts["unscored"].tolist(), int(parts["unscored_in_a_row"]))
    spends = Spends.of(parts["spends"])
    for place, purpose in enumerate(_PURPOSES):
        if any(spends[place]):
            state.ledger.know(purpose, spends[place])
    standings_snapshot.load(state.standings, parts["standings"].tobytes())
    state.consumption.load(parts)
    for candidate in candidates[: len(state.standings)]:
        state.candidates.add(candidate)
