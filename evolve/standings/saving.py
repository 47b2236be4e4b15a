"""Standings as bytes: plain arrays in one file, which whoever keeps it compresses."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from evolve.standings.belief import Belief
from evolve.standings.table import Floats


def pack(
    arrays: Mapping[str, np.ndarray],
    parents: Sequence[tuple[int, ...]],
    belief: Belief | None,
) -> bytes:
    """Writes arrays, a lineage and a belief, each array to the last bit."""
    pairs = [(child, parent) for child, line in enumerate(parents) for parent in line]
    held = {} if belief is None else {f"belief_{k}": v for k, v in belief._asdict().items()}
    buffer = io.BytesIO()
    everything: dict[str, Any] = {
        "parents": np.array(pairs, dtype=np.int64).reshape(-1, 2),
        "candidates": np.array(len(parents)),
        **arrays,
        **held,
    }
    np.savez(buffer, **everything)
    return buffer.getvalue()


def unpack(state: bytes) -> tuple[dict[str, Floats], list[tuple[int, ...]], Belief | None]:
    """What `pack` wrote."""
    with np.load(io.BytesIO(state), allow_pickle=False) as saved:
        arrays = {name: saved[name] for name in saved.files}
    lines: list[tuple[int, ...]] = [() for _ in range(int(arrays.pop("candidates")))]
    for child, parent in arrays.pop("parents").tolist():
        lines[child] = (*lines[child], parent)
    prefix = "belief_"
    held = {
        name[len(prefix) :]: arrays.pop(name) for name in list(arrays) if name.startswith(prefix)
    }
    return arrays, lines, Belief(**held) if held else None
