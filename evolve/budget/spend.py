"""Spend by candidate, as a table that grows with the candidates."""

from typing import Self

import numpy as np

from evolve.budget.ledger import NOTHING, Spend
from evolve.standings.table import Floats


class Spends:
    """A row for each candidate, a column for each capped quantity; unknown USD are NaN."""

    def __init__(self) -> None:
        """Starts without candidates."""
        self._size = 0
        self._rows = np.zeros((16, len(Spend._fields)))

    @classmethod
    def of(cls, rows: Floats) -> Self:
        """The table with these rows."""
        spends = cls()
        spends._size = len(rows)
        spends._rows = np.vstack([rows, np.zeros((16, len(Spend._fields)))])
        return spends

    @property
    def rows(self) -> Floats:
        """Shape (candidates, quantities)."""
        return self._rows[: self._size]

    def __getitem__(self, candidate: int) -> Spend:
        """The spend of one candidate."""
        usd, evaluations, calls, tokens = self._rows[candidate].tolist()
        return Spend(None if usd != usd else usd, int(evaluations), int(calls), int(tokens))

    def add(self, spend: Spend = NOTHING) -> None:
        """Adds a candidate with its spend so far."""
        if self._size == len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        self._rows[self._size] = spend
        self._size += 1

    def book(self, candidate: int, spend: Spend) -> None:
        """Adds to the spend of a candidate."""
        self._rows[candidate] += np.array(spend, dtype=np.float64)
