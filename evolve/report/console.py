"""Consoles and tables. Text from archives, models and files is printed without markup."""

import io
import json
import math
from collections.abc import Container, Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any, NamedTuple, cast

from evolve.functions.printing import standard_output
from evolve.report.streams import Detached, Lenient

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table


_WIDTH = 100
"""Columns of a report in a file."""


class Report(NamedTuple):
    """The result of a command, for programs and for people."""

    data: Any
    """The JSON data, or a function that computes it where only `--json` should pay for that."""
    parts: Sequence["RenderableType"]
    """The parts that are printed for people."""


def console(file: Lenient | Detached | None = None) -> "Console":
    """A console that takes text literally, without markup or emoji codes.

    Args:
        file: Where to print; none: standard output, whose errors are then ignored.
    """
    from rich.console import Console

    file = file or Lenient(standard_output())
    if not file.encoding.lower().startswith("utf"):
        getattr(standard_output(), "reconfigure", lambda **_: None)(errors="replace")
    return Console(file=cast("IO[str]", file), markup=False, emoji=False, highlight=False)


def table(*headings: str, whole: Container[str] = ()) -> "Table":
    """A table without rules, so that it looks the same on a terminal and in a file.

    Args:
        headings: The headings of its columns.
        whole: The columns whose texts are kept on one line.
    """
    from rich.table import Table

    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in headings:
        made.add_column(heading, overflow="fold", no_wrap=heading in whole)
    return made


def show(report: Report, *, as_json: bool) -> None:
    """Prints a report, as JSON or for people."""
    if as_json:
        data = report.data() if callable(report.data) else report.data
        print_json(as_text(data))
        return
    screen = console()
    for part in report.parts:
        screen.print(part)


def in_file(report: Report, *, as_json: bool) -> str:
    """A report as the text of a file, as JSON or for people."""
    from rich.console import Console

    if as_json:
        data = report.data() if callable(report.data) else report.data
        return f"{as_text(data)}\n"
    screen = Console(file=io.StringIO(), width=_WIDTH, markup=False, emoji=False, highlight=False)
    with screen.capture() as printed:
        for part in report.parts:
            screen.print(part)
    return printed.get()


def print_json(text: str) -> None:
    """Prints a JSON value on standard output."""
    print(text, file=standard_output())


def as_text(data: object) -> str:
    """Data as JSON; infinite and undefined numbers, which JSON lacks, become null."""
    return json.dumps(finite(data), indent=2)


def finite(data: Any) -> Any:  # noqa: ANN401 - anything that JSON holds
    """The data, with null for numbers that JSON cannot hold."""
    if isinstance(data, float):
        return data if math.isfinite(data) else None
    if isinstance(data, Mapping):
        return {finite(name): finite(value) for name, value in data.items()}
    if isinstance(data, list | tuple):
        return [finite(value) for value in data]
    return data
