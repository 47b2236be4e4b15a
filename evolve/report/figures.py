"""Formats figures for people: scores with intervals, money, counts."""

from collections.abc import Iterable, Mapping
from math import floor, log10
from typing import Protocol

from archive.controls import CONTROL
from archive.records import Candidate, Confirmation, CostUnit, Purpose, Standing


def counted(number: int, thing: str) -> str:
    """A number of things, such as "1 task" or "2,000 tasks"."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def name_of(candidate: Candidate) -> str:
    """The display name of a candidate: a seed by its name, others by their origin."""
    name = candidate.config.name
    if candidate.operator == "seed":
        return name or "a seed"
    if candidate.operator == CONTROL:
        return f"a control made of {name}" if name else "a control"
    return f"a descendant of {name}" if name else f"made by {candidate.operator}"


def score(mean: float, interval: tuple[float, float]) -> str:
    """A score in percent with its 95 % interval."""
    low, high = interval
    return f"{100 * mean:.1f} % [{100 * low:.1f}–{100 * high:.1f}]"


def standing(of: Standing) -> str:
    """The posterior mean of a candidate with its interval."""
    return score(of.mean, of.interval)


def points(difference: float, interval: tuple[float, float] | None = None) -> str:
    """A difference of scores in percentage points, with its 95 % interval if there is one."""
    text = f"{100 * difference:+.1f} points"
    if interval is None:
        return text
    low, high = interval
    return f"{text} [{100 * low:+.1f} to {100 * high:+.1f}]"


def looks(count: int) -> str:
    """How many times the sealed tasks have been used."""
    return "first look" if count == 1 else f"look number {count}"


def unaffordable_seed(confirmed: Confirmation) -> str:
    """A remark if a better seed was too costly to be confirmed; usually empty."""
    if confirmed.unaffordable_seed is None:
        return ""
    return f"#{confirmed.unaffordable_seed} stood higher; the budget could not pay for it here"


class Spent(Protocol):
    """What was spent, as `Usage` and `Spend` count it."""

    @property
    def usd(self) -> float | None:
        """None: a price is unknown."""

    @property
    def calls(self) -> int:
        """Model calls."""

    @property
    def tokens(self) -> int:
        """Prompt and completion tokens together."""


def total(spends: Iterable[Spent]) -> str:
    """A total spend: in USD if all of it is known, else in tokens and calls."""
    every = list(spends)
    known = [each.usd for each in every if each.usd is not None]
    if len(known) == len(every):
        return usd(sum(known))
    tokens, calls = sum(each.tokens for each in every), sum(each.calls for each in every)
    return f"{tokens:,} tokens in {calls:,} calls"


def by_purpose(spends: Mapping[Purpose, Spent]) -> dict[Purpose, str]:
    """The spend on each purpose with calls: in USD if all of it is known, else in tokens."""
    known = {purpose: spend.usd for purpose, spend in spends.items() if spend.usd is not None}
    if len(known) == len(spends):
        return {purpose: usd(known[purpose]) for purpose in spends if spends[purpose].calls}
    return {name: f"{spend.tokens:,} tokens" for name, spend in spends.items() if spend.calls}


def cost(amount: float | None, unit: CostUnit) -> str:
    """The cost of a task to three digits, with its unit."""
    if amount is None:
        return "cost unknown"
    if unit == "usd":
        return usd(amount)
    number = f"{amount:,.0f}" if amount >= 100 else f"{amount:.3g}"
    if unit == "seconds":
        return f"{number} s"
    return f"{number} {unit.removesuffix('s') if number == '1' else unit}"


def usage(of: Spent) -> str:
    """Calls and tokens, and USD if the price is known."""
    money = "" if of.usd is None else f", {usd(of.usd)}"
    return f"{of.calls:,} calls, {of.tokens:,} tokens{money}"


def usd(amount: float) -> str:
    """US dollars to three digits."""
    if amount >= 1:
        return f"${amount:,.2f}"
    if amount >= 1e-4 or not amount:
        return f"${amount:.3g}"
    return f"${amount:.1e}" if amount < 1e-8 else f"${amount:.{1 - floor(log10(amount))}f}"


def times(factor: float) -> str:
    """A ratio as text, such as "2.5 times" or "0.33 times"."""
    return f"{factor:.2g} times" if factor < 100 else f"{factor:,.0f} times"
