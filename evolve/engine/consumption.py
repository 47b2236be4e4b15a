"""The spend and the seconds that each candidate used so far."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from archive.records import CostUnit, Purpose, Usage
from evolve.budget.ledger import Spend
from evolve.budget.overruns import Overruns
from evolve.budget.spend import Spends
from evolve.standings import Floats


class Consumption:
    """Spend and seconds by candidate, and how far models exceed their limits.

    Attributes:
        used: The spend on the evaluations of each candidate in the search.
        making: The spend on proposing each candidate.
        seconds: The summed durations of the evaluations of each candidate.
        slowest: The longest purchase of each purpose, in seconds.
        overruns: How far each model exceeded its limits.
    """

    def __init__(self, unit: CostUnit) -> None:
        """Starts without candidates.

        Args:
            unit: What the costs of evaluations are counted in.
        """
        self._unit = unit
        self.used = Spends()
        self.making = Spends()
        self.seconds: list[float] = []
        self.slowest: dict[Purpose, float] = {}
        self.overruns = Overruns()

    def add(self, making: Spend) -> None:
        """Adds a candidate; `making` is the spend on its proposal."""
        self.used.add()
        self.seconds.append(0.0)
        self.making.add(making)

    def evaluated(self, candidate: int, spend: Spend, seconds: float) -> None:
        """Adds an evaluation of a candidate."""
        self.used.book(candidate, spend)
        self.seconds[candidate] += seconds

    def observe(self, models: Iterable[str], usage: Usage) -> None:
        """Adds the usage of calls that these models made together."""
        self.overruns.observe(models, usage)

    def lasted(self, purpose: Purpose, seconds: float) -> None:
        """Adds the duration of a purchase."""
        self.slowest[purpose] = max(self.slowest.get(purpose, 0.0), seconds)

    @property
    def spent(self) -> Floats:
        """The spend on each candidate, (candidates,): in the unit of costs, or in calls.

        In calls if the unit is seconds, which measured durations would make irreproducible, or if
        it is USD and a price is unknown.
        """
        spends = self.making.rows + self.used.rows
        unit = "calls" if self._unit == "seconds" else self._unit
        amounts = spends[:, Spend._fields.index(unit)]
        return spends[:, Spend._fields.index("calls")] if np.isnan(amounts).any() else amounts

    def save(self) -> dict[str, NDArray[np.generic]]:
        """Everything, by name."""
        overruns = self.overruns.seen
        return {
            "used": self.used.rows,
            "making": self.making.rows,
            "seconds": np.array(self.seconds),
            "slowest_of": np.array(list(self.slowest), dtype=np.str_),
            "slowest": np.array(list(self.slowest.values()), dtype=np.float64),
            "overruns_of": np.array(list(overruns), dtype=np.str_),
            "overruns": np.array(list(overruns.values()), dtype=np.float64),
        }

    def load(self, saved: Mapping[str, NDArray[np.generic]]) -> None:
        """Restores what `save` returned."""
        self.used = Spends.of(saved["used"].astype(np.float64))
        self.making = Spends.of(saved["making"].astype(np.float64))
        self.seconds = saved["seconds"].tolist()
        slowest = zip(saved["slowest_of"].tolist(), saved["slowest"].tolist(), strict=True)
        self.slowest = dict(slowest)
        overruns = zip(saved["overruns_of"].tolist(), saved["overruns"].tolist(), strict=True)
        self.overruns = Overruns(dict(overruns))
