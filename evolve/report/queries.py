"""Results of an SQL query of the archive, as a table, as records or as JSON."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from archive.queries import Answer
from evolve.report.console import Report, console, table
from evolve.report.figures import counted
from evolve.text import one_line

WIDEST = 200
"""Characters of a cell that are shown to people; JSON has them all."""


def show_answer(answer: Answer, limit: int) -> Report:
    """The rows of a result, up to a limit."""
    columns, rows = answer.columns, answer.rows[:limit]
    data = [dict(zip(columns, map(_plain, row), strict=True)) for row in rows]
    cells = [[one_line(_told(value), WIDEST) for value in row] for row in rows]
    names = [one_line(column, 40) for column in columns]
    ending = counted(len(rows), "row")
    if len(answer.rows) > limit:
        ending = f"There are more than {limit}; `--limit` shows them."
    return Report(data, [*_shown(names, cells), ending])


def _shown(names: Sequence[str], cells: Sequence[Sequence[str]]) -> Iterator[RenderableType]:
    """A table, or a record for each row where a table would be too wide."""
    widths = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
    if sum(widths) + 2 * len(widths) <= console().width:
        rows = table(*names)
        for row in cells:
            rows.add_row(*row)
        yield rows
        return
    for row in cells:
        record = Table.grid(padding=(0, 2, 0, 0))
        for name, value in zip(names, row, strict=True):
            record.add_row(Text(name, "dim"), value)
        yield record
        yield ""


def _told(value: object) -> str:
    plain = _plain(value)
    if isinstance(plain, float):
        return f"{plain:.6g}"
    return "" if plain is None else str(plain)


def _plain(value: object) -> object:
    """A value for JSON; of a compressed one only its size."""
    return f"<{len(value)} bytes>" if isinstance(value, bytes) else value
