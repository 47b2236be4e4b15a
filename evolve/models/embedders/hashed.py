"""An embedder that needs no model and no network: hashed character n-grams.

Every n-gram of a text adds or takes away one in a dimension that its hash chooses (feature hashing:
Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", 2009, section 2). Texts
that share wording are near; meaning beyond the wording is not seen.
"""

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from evolve.models.base import Embedder


class Hashed(Embedder):
    """Counts hashed character n-grams; the same in every process and on every machine."""

    dimensions: int = Field(default=512, ge=8, le=65_536, description="Length of a vector.")
    shortest: int = Field(default=3, ge=1, le=10, description="Characters of the shortest n-gram.")
    longest: int = Field(default=5, ge=1, le=10, description="Characters of the longest n-gram.")

    @model_validator(mode="after")
    def _has_lengths(self) -> Self:
        if self.shortest > self.longest:
            raise ValueError("`shortest` is above `longest`")
        return self

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Returns one unit row per text, shape (n, dimensions); case and spacing are ignored."""
        return unit_rows(texts, self.dimensions, self.shortest, self.longest)


def unit_rows(
    texts: Sequence[str], dimensions: int, shortest: int, longest: int
) -> NDArray[np.float64]:
    """One unit row per text, shape (n, dimensions)."""
    counts = [ngram_counts(text, dimensions, shortest, longest) for text in texts]
    rows = np.array(counts).reshape(-1, dimensions)
    # A text without any n-gram still needs a direction.
    rows[~rows.any(axis=1), 0] = 1.0
    unit: NDArray[np.float64] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


def ngram_counts(text: str, dimensions: int, shortest: int, longest: int) -> NDArray[np.float64]:
    """The signed counts of a text's n-grams, shape (dimensions,)."""
    words = " ".join(text.casefold().split())
    codes = np.frombuffer(f" {words} ".encode("utf-32-le", "replace"), dtype="<u4")
    lengths = range(shortest, longest + 1)
    hashes = [ngram_hashes(codes, length) for length in lengths if length <= len(codes)]
    mixed = np.concatenate(hashes) if hashes else np.zeros(0, dtype=np.uint64)
    places = (mixed >> np.uint64(1)) % np.uint64(dimensions)
    signs = np.where(mixed & np.uint64(1), 1.0, -1.0)
    counts: NDArray[np.float64] = np.zeros(dimensions)
    np.add.at(counts, places.astype(np.intp), signs)
    return counts


def ngram_hashes(codes: NDArray[np.uint32], length: int) -> NDArray[np.uint64]:
    """A 64-bit hash of every n-gram of one length, shape (n − length + 1,)."""
    grams = np.lib.stride_tricks.sliding_window_view(codes, length).astype(np.uint64)
    factor = np.uint64(0x9E3779B97F4A7C15)  # Knuth's multiplicative constant for 64 bits
    hashes = np.full(len(grams), length, dtype=np.uint64)
    for column in grams.T:
        hashes = (hashes ^ column) * factor
        hashes ^= hashes >> np.uint64(32)
    return hashes
