"""LUCB: the leader and its strongest challenger get the next tasks.

Kalyanakrishnan, Tewari, Auer & Stone, "PAC subset selection in stochastic multi-armed bandits",
2012: sample the two whose bounds decide whether the leader is the best; stop when they no longer
overlap by more than ε. Bounds are those of candidates' own scores, unpaired.
"""

from random import Random

import numpy as np
from pydantic import Field

from evolve.allocators._cells import open_cells
from evolve.allocators._widening import Widening
from evolve.allocators.base import Choice, Evaluate, InFlight, Propose
from evolve.standings import Floats, Standings


class Lucb(Widening):
    """Buys a batch of tasks for the leader and as many for its strongest challenger."""

    z: float = Field(default=1.5, gt=0, description="Standard errors of a bound.")
    epsilon: float = Field(
        default=0.01, ge=0, description="Overlap of bounds that does not matter."
    )
    minimum: int = Field(default=4, ge=1, description="Tasks for every candidate at first.")
    batch: int = Field(
        default=2, ge=1, description="Tasks for each of the two before bounds are compared again."
    )

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
        if can_propose and not in_flight.proposals and self.widens(standings, in_flight):
            return [Propose("few candidates for so many evaluations")]
        minimum = min(self.minimum, standings.tasks)
        fresh = np.flatnonzero(done < minimum).tolist()
        choices: list[Choice] = []
        for candidate in fresh:
            for task in open_cells(standings, in_flight, candidate, minimum, self.trials):
                choices.append(Evaluate(candidate, task, "a first look"))
        if not fresh and len(standings):
            choices = self._duel(standings, in_flight, can_propose)
        if can_propose and not choices and not in_flight.pairs and not in_flight.proposals:
            choices.append(Propose("the leader is decided"))
        return choices[:slots]

    def _duel(self, standings: Standings, in_flight: InFlight, endless: bool) -> list[Choice]:
        """The next tasks of the leader and its challenger; none if their bounds are apart."""
        mean, reach = self._bounds(standings)
        leader = int(np.argmax(mean))
        upper = mean + reach
        upper[leader] = -np.inf
        challenger = int(np.argmax(upper))
        apart = upper[challenger] - (mean[leader] - reach[leader])
        under_way = any(candidate in (leader, challenger) for candidate, _ in in_flight.pairs)
        if under_way or apart < self.epsilon:
            return []
        choices: list[Choice] = []
        order = np.argsort(-upper, kind="stable").tolist()
        for candidate in [leader, *order]:
            if len(choices) >= 2 * self.batch:
                break
            cells = open_cells(standings, in_flight, candidate, trials=self.trials)
            why = (
                "the leader" if candidate == leader else f"may be better ({100 * apart:.1f} points)"
            )
            choices += [Evaluate(candidate, task, why) for task in cells[: self.batch]]
        return list(dict.fromkeys(choices))

    def _bounds(self, standings: Standings) -> tuple[Floats, Floats]:
        """Every candidate's own mean and the half-width of its bounds."""
        seen = standings.counts > 0
        number = np.maximum(seen.sum(axis=1), 1)
        scores = np.where(seen, standings.scores, 0.0)
        mean = scores.sum(axis=1) / number
        square = np.maximum((scores**2).sum(axis=1) / number - mean**2, 0.0)
        # One pseudo-observation of a coin keeps a run of equal scores from looking certain.
        variance = (square * number + 0.25) / (number + 1)
        reach = np.where(seen.all(axis=1), 0.0, self.z * np.sqrt(variance / number))
        return mean, reach
