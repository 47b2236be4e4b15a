"""Whether a search found something better than what it began with, in one plain sentence."""

import math
from typing import Literal, NamedTuple

from archive.records import Confirmation
from evolve.report import figures

Kind = Literal["better", "unsure", "worse", "seed", "unconfirmed"]

_MOST_TASKS = 100_000
"""More tasks than that are no advice."""


class Verdict(NamedTuple):
    """What the sealed tasks say of the winner."""

    kind: Kind
    told: str
    advice: str = ""

    @property
    def style(self) -> str:
        """How it looks on a terminal."""
        return "bold green" if self.kind == "better" else "bold yellow"


def verdict(confirmed: Confirmation | None) -> Verdict:
    """What is to be thought of a winner.

    Args:
        confirmed: How it did on sealed tasks beside the best seed; None: nobody looked.
    """
    if confirmed is None:
        told = "Not confirmed: the budget left nothing for sealed tasks."
        return Verdict("unconfirmed", told, "Score it with `evolve eval --split test`.")
    if confirmed.winner == confirmed.seed:
        told = f"Nothing better was found than #{confirmed.seed}, which the search began with."
        return Verdict("seed", told, "A larger budget, other models or a wider space may help.")
    gain = figures.points(confirmed.difference, confirmed.difference_interval)
    low, high = confirmed.difference_interval
    affordable = "" if confirmed.dearer_seed is None else " that the budget could pay for,"
    beside = f"#{confirmed.winner} beside the best seed{affordable} #{confirmed.seed}"
    if low > 0:
        told = f"Better: {beside} gains {gain} on sealed tasks{_dearer(confirmed)}."
        return Verdict("better", told)
    if high < 0:
        told = f"Worse: {beside} loses on sealed tasks: {gain}."
        return Verdict(
            "worse", told, f"Take the seed: `evolve export --candidate {confirmed.seed}`."
        )
    told = f"Not proven better: {beside} makes {gain} on sealed tasks{_dearer(confirmed)}."
    return Verdict("unsure", told, _more_tasks(confirmed))


def _dearer(confirmed: Confirmation) -> str:
    """How the cost compares with the seed's, where both are known."""
    if not confirmed.usd or not confirmed.seed_usd:
        return ""
    times = confirmed.usd / confirmed.seed_usd
    if 0.95 <= times <= 1.05:
        return ", at the same cost"
    return f", at {figures.times(times)} the cost"


def _more_tasks(confirmed: Confirmation) -> str:
    """How many sealed tasks would show a difference of this size, as its interval shrinks."""
    low, high = confirmed.difference_interval
    if confirmed.difference <= 0:
        return f"The seed does as well: `evolve export --candidate {confirmed.seed}`."
    needed = confirmed.tasks * ((high - low) / 2 / confirmed.difference) ** 2
    if needed > _MOST_TASKS:
        return ""
    unit = 10 ** max(0, math.floor(math.log10(needed)) - 1)
    return f"About {math.ceil(needed / unit) * unit:,} sealed tasks would show such a difference."
