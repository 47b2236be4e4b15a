"""The results of replays, as JSON, as a table and as a plot."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evolve.functions.printing import standard_output
from evolve.lab.bench.allocation import Outcome, regret_at
from evolve.standings import Floats

BARS = " ▁▂▃▄▅▆▇█"

SHARES: Floats = 2.0 ** np.arange(-6.0, 1.0)
"""The shares of the largest spend at which regret is shown."""


def described(outcome: Outcome, seed: int, gradual: bool = False) -> dict[str, Any]:
    """One allocator on one matrix.

    ``evaluations`` and ``spend`` are null if success is not reached for good; ``success`` is the
    share of good picks at ``evaluations``, or at the horizon where that is null; ``stopped_at``
    is where the allocator's own rule stopped, on average over the repetitions in which it did.
    """
    evaluations, spend = outcome.by_evaluations.reached(), outcome.by_spend.reached()
    success = outcome.by_evaluations.success
    at = int(evaluations) if evaluations is not None else len(success) - 1
    interval = outcome.by_evaluations.interval(seed)
    values: dict[str, Any] = {
        "allocator": outcome.allocator.plugin_name(),
        "options": outcome.allocator.model_dump(mode="json"),
        "matrix": outcome.matrix.name,
        "systems": len(outcome.matrix.outcomes),
        "tasks": outcome.matrix.outcomes.shape[1],
        "tasks_left_out": outcome.matrix.left_out,
        "evaluations": None if evaluations is None else int(evaluations),
        "interval": interval,
        "spend": spend,
        "success": float(success[at]),
        "stopped_at": _stopped(outcome),
    }
    if gradual:
        most = max(float(one.spend[-1]) for one in outcome.seen)
        spends = np.linspace(0.0, most, 41)[1:]
        regrets = regret_at(outcome.seen, spends)
        values["regret"] = [
            {"spend": float(money), "regret": float(regret)}
            for money, regret in zip(spends, regrets, strict=True)
        ]
    return values


def _stopped(outcome: Outcome) -> dict[str, float] | None:
    if not outcome.stops:
        return None
    evaluations, spends, good = (np.array(column) for column in zip(*outcome.stops, strict=True))
    return {
        "evaluations": float(evaluations.mean()),
        "spend": float(spends.mean()),
        "success": float(good.mean()),
        "share": len(outcome.stops) / len(outcome.seen),
    }


def show(outcomes: Sequence[Outcome], rows: Sequence[dict[str, Any]], gradual: bool) -> None:
    """Prints a table, and each curve in one line of bars; both fit 80 columns."""
    from rich.console import Console
    from rich.table import Table

    first, console = rows[0], Console(file=standard_output())
    console.print(f"{first['matrix']}: {first['systems']} systems × {first['tasks']} tasks")
    if first["tasks_left_out"]:
        console.print(f"{first['tasks_left_out']} tasks left out: some system has no score there")
    cells = _regrets(outcomes) if gradual else _figures(rows)
    table = Table(box=None, padding=(0, 2, 0, 0))
    for place, name in enumerate(cells[0]):
        table.add_column(name, justify="right" if place else "left", no_wrap=True)
    for line in cells[1:]:
        table.add_row(*line)
    console.print(table)
    console.print(_axis(outcomes, gradual))
    for outcome in outcomes:
        console.print(f"{_called(outcome):18}  {_bars(outcome, gradual)}", markup=False)


def _figures(rows: Sequence[dict[str, Any]]) -> list[list[str]]:
    """The smallest budgets, with a heading."""
    lines = [["allocator", "evaluations", "95 % interval", "spend", "success", "own stop"]]
    for row in rows:
        stop = row["stopped_at"]
        lines.append([
            row["allocator"],
            "never" if row["evaluations"] is None else str(row["evaluations"]),
            _range(row["interval"]),
            "–" if row["spend"] is None else f"{row['spend']:.0f}",
            f"{row['success']:.2f}",
            "–" if stop is None else f"{stop['evaluations']:.0f} ({stop['success']:.2f})",
        ])  # fmt: skip
    return lines


def _regrets(outcomes: Sequence[Outcome]) -> list[list[str]]:
    """The mean regret in points at the same spends for all, with a heading."""
    most = max(float(one.spend[-1]) for outcome in outcomes for one in outcome.seen)
    spends = most * SHARES
    lines = [["regret in points at", *(f"{spend:.0f}" for spend in spends)]]
    for outcome in outcomes:
        regrets = regret_at(outcome.seen, spends)
        lines.append([_called(outcome), *(f"{100 * regret:.1f}" for regret in regrets)])
    return lines


def _called(outcome: Outcome) -> str:
    return outcome.allocator.plugin_name()


def _range(interval: tuple[float, float | None] | None) -> str:
    if interval is None:
        return "–"
    low, high = interval
    return f"{low:.0f}–{'never' if high is None else f'{high:.0f}'}"


def _axis(outcomes: Sequence[Outcome], gradual: bool) -> str:
    """The quantity that the bars show, and its range."""
    if gradual:
        return "regret over spend, from 0 to the allocator's last; a full bar is 50 points"
    budgets = _budgets(outcomes[0])
    return f"success over log budget, from {budgets[0]} to {budgets[-1]} evaluations"


def _budgets(outcome: Outcome) -> NDArray[np.int64]:
    last = len(outcome.by_evaluations.success) - 1
    start = max(min(len(outcome.matrix.outcomes), last), 1)
    return np.geomspace(start, last, 40).astype(np.int64)


def _bars(outcome: Outcome, gradual: bool) -> str:
    if gradual:
        most = max(float(one.spend[-1]) for one in outcome.seen)
        values = regret_at(outcome.seen, np.linspace(0.0, most, 41)[1:]) / 0.5
    else:
        values = outcome.by_evaluations.success[_budgets(outcome)]
    return "".join(BARS[int(np.clip(value, 0, 1) * 8)] for value in values)


def draw(path: Path, outcomes: Sequence[Outcome], gradual: bool) -> None:
    """Writes the curves to an HTML file."""
    graphs = import_module("plotly.graph_objects")
    figure = graphs.Figure()
    for outcome in outcomes:
        if gradual:
            most = max(float(one.spend[-1]) for one in outcome.seen)
            across = np.linspace(0.0, most, 400)
            up = regret_at(outcome.seen, across)
        else:
            success = outcome.by_evaluations.success
            across = np.unique(np.geomspace(1, len(success) - 1, 400).astype(int))
            up = success[across]
        name = outcome.allocator.plugin_name()
        figure.add_scatter(x=across, y=up, name=name, mode="lines")
    figure.update_layout(
        title=outcomes[0].matrix.name,
        xaxis_title="spend" if gradual else "evaluations",
        yaxis_title="simple regret" if gradual else "share of picks within the target",
        xaxis_type="linear" if gradual else "log",
    )
    figure.write_html(path, include_plotlyjs=True)
