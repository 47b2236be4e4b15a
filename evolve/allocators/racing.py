"""Racing: candidates get the same tasks, and those clearly worse than the leader drop out.

The paired differences of Maron & Moore's Hoeffding races ("Hoeffding races", 1994) with a normal
bound in place of Hoeffding's, and an indifference zone: a candidate that cannot be better than the
leader by more than ε gets no further task.
"""

from random import Random

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from evolve.allocators._cells import next_blocks
from evolve.allocators.base import Allocator, Choice, InFlight, Propose
from evolve.standings import Standings


class Racing(Allocator):
    """Buys tasks in blocks for all candidates in the race; once it is decided, proposes another."""

    z: float = Field(default=2.5, gt=0, description="Standard errors that make a clear difference.")
    epsilon: float = Field(default=0.01, ge=0, description="Differences that do not matter.")
    places: int = Field(
        default=1,
        ge=1,
        description="How many may win: a candidate drops out once it is clearly worse than the "
        "last of so many best. More than one measures the likely members of a team.",
    )
    newcomers: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="The probability that a decision proposes a newcomer to an open race.",
    )
    minimum: int = Field(default=10, ge=2, description="Tasks before a candidate can drop out.")
    block: int = Field(default=5, ge=1, description="Tasks bought between two comparisons.")

    def next(
        self,
        standings: Standings,
        in_flight: InFlight,
        can_propose: bool,
        slots: int,
        rng: Random,
    ) -> list[Choice]:
        """See `Allocator.next`."""
        done = (standings.counts > 0).sum(axis=1)
        racing = self._survivors(standings, done).tolist()
        choices: list[Choice] = []
        if can_propose and not in_flight.proposals and rng.random() < self.newcomers:
            choices.append(Propose("a newcomer may join the race"))
        proposing = bool(choices) or in_flight.proposals > 0
        if len(racing) > self.places or can_propose or not done.any():
            why = f"{len(racing)} still in the race"
            least, block, room = self.minimum, self.block, slots - len(choices)
            choices += next_blocks(
                standings, in_flight, racing, least, block, self.trials, room, why
            )
        decided = len(racing) <= self.places or not choices
        if can_propose and decided and len(choices) < slots and not proposing:
            choices.append(Propose("the race is decided"))
        return choices

    def _survivors(self, standings: Standings, done: NDArray[np.int64]) -> NDArray[np.int64]:
        """The candidates not yet clearly worse than the last of the present winners."""
        minimum = min(self.minimum, standings.tasks)
        entered = np.flatnonzero(done >= minimum)
        if not len(entered):
            return np.arange(len(standings))
        best = entered[np.argsort(-standings.mean[entered], kind="stable")][: self.places]
        beaten = self._beaten(standings, int(best[-1])) & (done >= minimum)
        beaten[best] = False
        return np.flatnonzero(~beaten)

    def _beaten(self, standings: Standings, rival: int) -> NDArray[np.bool_]:
        differences = standings.scores - standings.scores[rival]
        shared = ~np.isnan(differences)
        number = shared.sum(axis=1)
        filled = np.where(shared, differences, 0.0)
        mean = filled.sum(axis=1) / np.maximum(number, 1)
        square = (filled**2).sum(axis=1) / np.maximum(number, 1) - mean**2
        # One pseudo-observation of a whole point keeps a run of equal scores from looking certain.
        variance = (np.maximum(square, 0.0) * number + 1.0) / (number + 1)
        bound = mean + self.z * np.sqrt(variance / np.maximum(number, 1))
        beaten: NDArray[np.bool_] = (bound < self.epsilon) & (number > 0)
        return beaten
