"""Whether a search found something better than what it began with, in one plain sentence.

Better means better than the best seed and than every control that was tested.
"""

import math
from typing import Literal, NamedTuple

from archive.records import Confirmation
from evolve.report import figures
from evolve.report.controls import beaten, objection, remarks, tested_controls

Kind = Literal["better", "matched", "unsure", "worse", "seed", "unconfirmed"]
"""``matched``: better than the best seed, and not shown to be better than a control."""

_MOST_TASKS = 100_000
"""The largest number of tasks that is advised."""


class Verdict(NamedTuple):
    """The verdict of the sealed tasks on a winner."""

    kind: Kind
    sentence: str
    advice: str = ""
    remarks: tuple[str, ...] = ()
    """What the gain consists of, and which controls were not tested."""
    take: int | None = None
    """The candidate to use instead of the winner; none: the winner itself."""

    @property
    def text(self) -> str:
        """The verdict with its remarks."""
        return " ".join([self.sentence, *self.remarks])

    @property
    def style(self) -> str:
        """The style on a terminal."""
        return "bold green" if self.kind == "better" else "bold yellow"


def verdict(confirmed: Confirmation | None) -> Verdict:
    """Whether a winner is better than the best seed and than controls.

    Args:
        confirmed: The comparison on sealed tasks; None: there was none.
    """
    if confirmed is None:
        sentence = "Not confirmed: the budget left nothing for sealed tasks."
        return Verdict("unconfirmed", sentence, "A larger budget leaves room to confirm it.")
    if confirmed.winner == confirmed.seed:
        sentence = f"Nothing better was found than #{confirmed.seed}, which the search began with."
        return Verdict("seed", sentence, "A larger budget, other models or a wider space may help.")
    return _beside_seed(confirmed)._replace(remarks=tuple(remarks(confirmed)))


def _beside_seed(confirmed: Confirmation) -> Verdict:
    gain = figures.points(confirmed.difference, confirmed.difference_interval)
    low, high = confirmed.difference_interval
    affordable = "" if confirmed.unaffordable_seed is None else " that the budget could pay for,"
    seed = f"the best seed{affordable} #{confirmed.seed}"
    beside = f"#{confirmed.winner} beside {seed}"
    if high < 0:
        return Verdict(
            "worse",
            f"Worse: {beside} loses on sealed tasks: {gain}.",
            f"Take the seed #{confirmed.seed}.",
            take=confirmed.seed,
        )
    if low <= 0:
        sentence = f"Not proven better: {beside} gains {gain} on sealed tasks"
        sentence = f"{sentence}{_cost_ratio(confirmed)}."
        if confirmed.difference <= 0:
            advice = f"The seed #{confirmed.seed} does as well."
            return Verdict("unsure", sentence, advice, take=confirmed.seed)
        gains = confirmed.difference, confirmed.difference_interval
        return Verdict("unsure", sentence, _needed(confirmed.tasks, *gains))
    if but := objection(confirmed):
        sentence = f"Better than {seed} ({gain}), but {but}."
        return _matched(confirmed, sentence)
    sentence = f"Better: {beside} gains {gain} on sealed tasks{_cost_ratio(confirmed)}."
    return Verdict("better", sentence)


def _matched(confirmed: Confirmation, sentence: str) -> Verdict:
    """The verdict where a control is not beaten."""
    left = [each for each in tested_controls(confirmed) if not beaten(each[1])]
    control, tested = min(left, key=lambda each: each[1].difference)
    if tested.difference <= 0:
        advice = f"The control #{control.candidate} does as well."
        return Verdict("matched", sentence, advice, take=control.candidate)
    advice = _needed(tested.tasks, tested.difference, tested.difference_interval)
    return Verdict("matched", sentence, advice)


def _cost_ratio(confirmed: Confirmation) -> str:
    """The cost relative to the seed's, where both are known."""
    if not confirmed.cost or not confirmed.seed_cost:
        return ""
    times = confirmed.cost / confirmed.seed_cost
    if 0.95 <= times <= 1.05:
        return ", at the same cost"
    return f", at {figures.times(times)} the cost"


def _needed(tasks: int, difference: float, interval: tuple[float, float]) -> str:
    """The number of sealed tasks that would show a difference of this size."""
    low, high = interval
    needed = tasks * ((high - low) / 2 / difference) ** 2
    if needed > _MOST_TASKS:
        return ""
    unit = 10 ** max(0, math.floor(math.log10(needed)) - 1)
    return f"About {math.ceil(needed / unit) * unit:,} sealed tasks would show such a difference."
