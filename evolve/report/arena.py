"""The report on an arena: a table, what it says as JSON, and a picture."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from rich.console import RenderableType

from evolve.arena.bouts import Bout
from evolve.arena.summary import SHARES, Row, Summary
from evolve.errors import RunError
from evolve.report.console import Report, one_line, table


def ended(bout: Bout) -> str:
    """How a bout ended, in one line."""
    return f"{bout.landscape} seed {bout.seed}: {bout.contestant} ends at {100 * bout.final:.1f}"


def report(summary: Summary, bouts: int) -> Report:
    """Contestants, the lowest mean regret first, and their regrets on each landscape."""
    data = {
        "bouts": bouts,
        "reachable": summary.reachable,
        "contestants": [
            {
                **row._asdict(),
                "regrets": summary.regrets[row.contestant],
                "areas": summary.areas.get(row.contestant, {}),
            }
            for row in summary.rows
        ],
        "shares": SHARES.tolist(),
        "curves": {name: curve.tolist() for name, curve in summary.curves.items()},
    }
    columns = (
        "regret",
        "over the way",
        "rank",
        "to 90 %",
        "got there",
        "invalid",
        "paired",
        "matched",
    )
    overall = table("contestant", *columns, whole=("contestant", "paired"))
    for row in summary.rows:
        overall.add_row(*_cells(row))
    told: list[RenderableType] = [
        f"{bouts} bouts; scores of sealed tasks in points (hundredths), lower regret is better.",
        "Paired: final regret less that of the first contestant, with its 95 % interval. Matched: "
        "the share of its budget that the first contestant took to get as far as this one ended.",
        overall,
        _by_landscape("regret on", summary, summary.regrets),
    ]
    if summary.areas:
        told += [
            "Area under the front: the mean score of the best system that can be afforded, over "
            "cost limits up to the landscape's; higher is better.",
            _by_landscape("area on", summary, summary.areas),
        ]
    return Report(data, told)


def _by_landscape(
    title: str, summary: Summary, values: Mapping[str, Mapping[str, float]]
) -> RenderableType:
    """A figure of every contestant on every landscape."""
    headings = [name.rsplit("/")[-1].replace("_", " ") for name in summary.reachable]
    single = table(title, *(one_line(heading, 24) for heading in headings), whole=(title,))
    for row in summary.rows:
        found = [values.get(row.contestant, {}).get(name) for name in summary.reachable]
        figures = ("–" if value is None else _points(value) for value in found)
        single.add_row(one_line(row.contestant, 24), *figures)
    return single


def _cells(row: Row) -> tuple[str, ...]:
    paired = "–"
    if row.interval is not None:
        low, high = row.interval
        paired = f"{100 * row.difference:+.1f}±{_points((high - low) / 2)}"
    return (
        one_line(row.contestant, 40),
        _points(row.regret),
        _points(row.area),
        f"{row.rank:.1f}",
        _share(row.near),
        _share(row.got_near),
        _share(row.invalid),
        paired,
        "–" if row.matched is None else _share(row.matched),
    )


def _share(value: float) -> str:
    return f"{100 * value:.0f} %"


def _points(value: float) -> str:
    return f"{100 * value:.1f}"


def draw(path: Path, summary: Summary) -> None:
    """Writes the curves of regret over spend to an HTML file.

    Raises:
        RunError: plotly is not installed, or the file cannot be written.
    """
    try:
        graphs = import_module("plotly.graph_objects")
    except ImportError:
        raise RunError("--plot needs plotly: pip install 'evolve-mas[report]'") from None
    figure = graphs.Figure()
    for row in summary.rows:
        curve = summary.curves[row.contestant]
        figure.add_scatter(x=SHARES, y=100 * curve, name=row.contestant, mode="lines")
    figure.update_layout(
        title="Mean regret over spend",
        xaxis_title="share of the budget",
        yaxis_title="regret in points",
    )
    try:
        figure.write_html(path, include_plotlyjs=True)
    except OSError as error:
        raise RunError(f"{path}: cannot be written: {error.strerror}") from None
