"""The report on an estimate of a run."""

from dataclasses import asdict

from rich.text import Text

from evolve.forecast import Estimate
from evolve.forecast.ranges import Amount
from evolve.forecast.rehearsals import CERTAIN
from evolve.report import figures
from evolve.report.console import Report, table
from evolve.runfile.settings import RunSettings
from evolve.text import clean

_NAMES = {
    "evaluations": "task evaluations",
    "calls": "model calls",
    "tokens": "tokens",
    "prompt_tokens": "of which prompts",
    "completion_tokens": "of which replies",
    "usd": "cost",
    "seconds": "duration",
}

_BOUGHT_WITH = {"usd": "money", "seconds": "time"}


def report(settings: RunSettings, estimated: Estimate) -> Report:
    """A table of the estimate, its basis, and warnings."""
    shown = table("", "expected", "range")
    for name, title in _NAMES.items():
        amount = estimated.amounts.get(name)
        if amount is not None:
            shown.add_row(title, _written(name, amount.expected), _range(name, amount))
    lines = [
        Text("About eight of ten such runs should lie within each range."),
        Text(f"The budget allows {_caps(settings)}; {_end(estimated.binding)}."),
        Text(f"From {estimated.tried} systems tried on a few tasks{_stand_ins(estimated)}."),
    ]
    warned = [Text(f"! {clean(warning)}", "yellow") for warning in estimated.warnings]
    return Report(asdict(estimated), [shown, *lines, *warned])


def in_words(estimated: Estimate) -> str:
    """The estimate in one sentence: evaluations, calls, and the cost or else the tokens."""
    names = ("evaluations", "calls", "usd" if "usd" in estimated.amounts else "tokens", "seconds")
    parts = []
    for name in names:
        if (amount := estimated.amounts.get(name)) is not None:
            unit = "" if name in ("usd", "seconds") else f" {_NAMES[name]}"
            parts.append(f"{_written(name, amount.expected)}{unit} ({_range(name, amount)})")
    return f"About {', '.join(parts)}"


def _caps(settings: RunSettings) -> str:
    caps = settings.budget.model_dump(exclude_none=True)
    return ", ".join(_cap(name, cap) for name, cap in caps.items())


def _cap(name: str, cap: float) -> str:
    if name == "usd":
        return figures.usd(cap)
    return _duration(cap) if name == "seconds" else f"{cap:,} {name}"


def _end(binding: str) -> str:
    if binding == CERTAIN:
        return "the search should end before, when nothing is worth buying any more"
    return f"the search should use up its {_BOUGHT_WITH.get(binding, binding)}"


def _stand_ins(estimated: Estimate) -> str:
    """Which models stood in for which, and whether they were calibrated."""
    if not estimated.stand_ins:
        return ", as the run's own models, which are simulated, do them; nothing was paid for"
    text = f", with simulated models in the place of {', '.join(estimated.stand_ins)}"
    if estimated.known:
        text += (
            f", which write as much as {', '.join(estimated.known)} did in {estimated.learned}"
            " evaluations of earlier runs"
        )
    return f"{text}; nothing was paid for"


def _range(name: str, amount: Amount) -> str:
    return f"{_written(name, amount.low)} to {_written(name, amount.high)}"


def _written(name: str, value: float) -> str:
    if name == "usd":
        return figures.usd(value)
    if name == "seconds":
        return _duration(value)
    return f"{_rounded(value):,}"


def _rounded(value: float) -> int:
    """A number to two digits; more would be false precision."""
    unit = int("1" + "0" * max(0, len(str(round(value))) - 2))
    return round(value / unit) * unit


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
