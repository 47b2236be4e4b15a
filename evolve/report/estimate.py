"""An estimate of a run, in words and figures."""

from dataclasses import asdict

from rich.text import Text

from evolve.estimating import Amount, Estimate
from evolve.report import figures
from evolve.report.console import Report, clean, table
from evolve.settings import RunSettings

_NAMES = {
    "evaluations": "task evaluations",
    "calls": "model calls",
    "prompt_tokens": "prompt tokens",
    "completion_tokens": "completion tokens",
    "usd": "cost",
    "seconds": "duration",
}


def report(settings: RunSettings, estimated: Estimate) -> Report:
    """A table of what to expect, what it rests on, and what is likely to disappoint."""
    shown = table("", "expected", "range")
    for name, title in _NAMES.items():
        amount = estimated.amounts.get(name)
        if amount is None:
            shown.add_row(title, "unknown", "a price is not known")
        else:
            shown.add_row(title, _written(name, amount.expected), _range(name, amount))
    caps = settings.budget.model_dump(exclude_none=True)
    allowed = ", ".join(f"{name} {cap:g}" for name, cap in caps.items())
    lines = [
        Text(f"The budget allows {allowed}; {estimated.binding} should end the search."),
        Text(
            f"From {estimated.tried} systems tried on a few tasks"
            + (
                f", with simulated models in the place of {', '.join(estimated.stand_ins)}"
                if estimated.stand_ins
                else ""
            )
            + "; nothing was paid for."
        ),
    ]
    warned = [Text(f"! {clean(warning)}", "yellow") for warning in estimated.warnings]
    return Report(asdict(estimated), [shown, *lines, *warned])


def _range(name: str, amount: Amount) -> str:
    return f"{_written(name, amount.low)} to {_written(name, amount.high)}"


def _written(name: str, value: float) -> str:
    if name == "usd":
        return figures.usd(value)
    if name == "seconds":
        return _duration(value)
    return f"{_rounded(value):,}"


def _rounded(value: float) -> int:
    """To two digits; more would pretend."""
    unit = int("1" + "0" * max(0, len(str(round(value))) - 2))
    return round(value / unit) * unit


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
