"""Figures as people read them: scores with intervals, money, counts."""

from math import floor, log10

from archive.records import Candidate, Confirmation, Standing


def name_of(candidate: Candidate) -> str:
    """What people call a candidate: a seed by its name, others by where they come from."""
    name = candidate.config.name
    if candidate.operator == "seed":
        return name or "a seed"
    return f"a descendant of {name}" if name else f"made by {candidate.operator}"


def score(mean: float, interval: tuple[float, float]) -> str:
    """A score in percent with its 95 % interval."""
    low, high = interval
    return f"{100 * mean:.1f} % [{100 * low:.1f}–{100 * high:.1f}]"


def standing(of: Standing) -> str:
    """What is believed about a candidate."""
    return score(of.mean, of.interval)


def points(difference: float, interval: tuple[float, float] | None = None) -> str:
    """A difference of scores in percentage points, with its 95 % interval if there is one."""
    text = f"{100 * difference:+.1f} points"
    if interval is None:
        return text
    low, high = interval
    return f"{text} [{100 * low:+.1f} to {100 * high:+.1f}]"


def looks(count: int) -> str:
    """How often the sealed tasks have been looked at."""
    return "first look" if count == 1 else f"look number {count}"


def dearer_seed(confirmed: Confirmation) -> str:
    """That another seed stood higher and was too dear to be confirmed beside; mostly nothing."""
    if confirmed.dearer_seed is None:
        return ""
    return f"#{confirmed.dearer_seed} stood higher; the budget could not pay for it here"


def usd(amount: float | None) -> str:
    """US dollars to three digits, or that the price is unknown."""
    if amount is None:
        return "price unknown"
    if amount >= 1:
        return f"${amount:,.2f}"
    if amount >= 1e-4 or not amount:
        return f"${amount:.3g}"
    return f"${amount:.1e}" if amount < 1e-8 else f"${amount:.{1 - floor(log10(amount))}f}"


def times(factor: float) -> str:
    """How many times something is as much, such as 2.5 times or a third of it as 0.33 times."""
    return f"{factor:.2g} times" if factor < 100 else f"{factor:,.0f} times"
