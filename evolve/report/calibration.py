"""Reports on the simulator: measurements beside published figures, and the best single agents."""

from collections.abc import Sequence
from typing import Any

from rich.text import Text

from archive.records import CostUnit
from evolve.report import figures
from evolve.report.console import Report, table


def report(figures: Sequence[Any]) -> Report:
    """A table of measurements, as the simulator gives them, and how many are out of tolerance."""
    shown = table("", "figure", "published", "simulated", "tolerance", "")
    for figure in figures:
        mark = Text("ok", "green") if figure.within else Text("off", "bold red")
        shown.add_row(
            figure.group,
            figure.what,
            figure.published,
            written(figure.measured, figure.unit),
            f"{written(figure.low, figure.unit).split()[0]} to {written(figure.high, figure.unit)}",
            mark,
        )
    off = sum(not figure.within for figure in figures)
    summary = f"{len(figures) - off} of {len(figures)} figures are within their tolerance."
    data = [vars(figure) | {"within": figure.within} for figure in figures]
    return Report(data, [shown, Text(summary, "bold red" if off else "green")])


def optimum(found: Sequence[Any], unit: CostUnit) -> Report:
    """A table of single agents, the best first, and the best one as a system file has it."""
    shown = table("expected", "measured", "cost", "model", "role", "instructions")
    for each in found:
        shown.add_row(
            f"{each.alone.expected:.3f}",
            f"{each.score:.3f}",
            figures.cost(each.cost, unit),
            each.alone.model or "",
            each.alone.role or "",
            " ".join(each.alone.features),
        )
    systems = [each.system.model_dump(mode="json", exclude_defaults=True) for each in found]
    data = [
        each.alone._asdict()
        | {"measured": each.score, "cost": each.cost, "unit": unit, "system": system}
        for each, system in zip(found, systems, strict=True)
    ]
    return Report(data, [shown, Text("Simulated models, and one agent asked once.")])


def written(value: float, unit: str = "") -> str:
    """A number, rounded as far as it stays comparable."""
    number = f"{value:.1f}" if unit else f"{value:.3f}"
    return f"{number} {unit}".rstrip()
