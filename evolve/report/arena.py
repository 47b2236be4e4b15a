"""The report on an arena, as tables, as JSON and as a plot."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from rich.console import RenderableType

from evolve.errors import RunError
from evolve.lab.arena.matches import Match
from evolve.lab.arena.summary import SHARES, Row, Summary
from evolve.report.console import Report, table
from evolve.text import one_line


def ended(match: Match) -> str:
    """How a match ended, in one line."""
    return (
        f"{match.landscape} seed {match.seed}: {match.contestant} ends at {100 * match.final:.1f}"
    )


def report(summary: Summary, matches: int) -> Report:
    """Contestants, the lowest mean regret first, and their regrets on each landscape."""
    data = {
        "matches": matches,
        "reachable": summary.reachable,
        "calls_made": summary.calls_made,
        "calls_saved": summary.calls_saved,
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
    parts: list[RenderableType] = [
        f"{matches} matches; scores of sealed tasks in points, lower regret is better.",
        "Paired: final regret less that of the first contestant, with its 95 % interval. Matched: "
        "the share of its budget that the first contestant took to get as far as this one ended.",
        overall,
        _by_landscape("regret on", summary, summary.regrets),
    ]
    if summary.areas:
        parts += [
            "Area under the front: the mean score of the best system that can be afforded, over "
            "cost limits up to the landscape's; higher is better.",
            _by_landscape("area on", summary, summary.areas),
        ]
    if summary.calls_made or summary.calls_saved:
        parts.append(_calls(summary.calls_made, summary.calls_saved))
    return Report(data, parts)


def _calls(made: int, saved: int) -> str:
    return (
        f"{saved:,} of {made + saved:,} calls ({_share(saved / (made + saved))}) were answered by "
        "those of earlier matches and not made again; every match is charged for all of its calls."
    )


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
