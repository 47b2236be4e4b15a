"""Standings as bytes and back, each array to the last bit; compression is left to the caller."""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evolve.standings.belief import Belief
from evolve.standings.standings import Standings

_BELIEF = "belief_"


def save(standings: Standings) -> bytes:
    """Everything that standings hold."""
    belief = standings.posterior.belief
    parts: dict[str, Any] = {
        "observed": np.array(standings.observed),
        **_saved_parents(standings.parents),
        **standings.table.save(),
        **standings.costs.save(),
        **standings.posterior.save(),
        **({} if belief is None else {_BELIEF + k: v for k, v in belief.arrays().items()}),
    }
    buffer = io.BytesIO()
    np.savez(buffer, **parts)
    return buffer.getvalue()


def restore(saved: bytes, tasks: int) -> Standings:
    """The standings that `save` described, on so many tasks."""
    standings = Standings(tasks)
    load(standings, saved)
    return standings


def load(standings: Standings, saved: bytes) -> None:
    """Restores saved standings into ones without candidates."""
    with np.load(io.BytesIO(saved), allow_pickle=False) as opened:
        arrays = {name: opened[name] for name in opened.files}
    standings.observed = int(arrays["observed"])
    standings.parents = _parents(arrays["candidates"], arrays["parents"])
    standings.table.load(arrays)
    standings.costs.load(arrays)
    belief = {k.removeprefix(_BELIEF): v for k, v in arrays.items() if k.startswith(_BELIEF)}
    standings.posterior.load(arrays, Belief(**belief) if belief else None)


def _saved_parents(parents: Sequence[tuple[int, ...]]) -> dict[str, NDArray[np.int64]]:
    pairs = [(child, parent) for child, line in enumerate(parents) for parent in line]
    return {
        "candidates": np.array(len(parents)),
        "parents": np.array(pairs, dtype=np.int64).reshape(-1, 2),
    }


def _parents(size: NDArray[np.int64], pairs: NDArray[np.int64]) -> list[tuple[int, ...]]:
    parents: list[tuple[int, ...]] = [() for _ in range(int(size))]
    for child, parent in pairs.tolist():
        parents[child] = (*parents[child], parent)
    return parents
