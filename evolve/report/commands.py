"""What to do next: commands to copy, and what each is for."""

from collections.abc import Iterator, Mapping

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from evolve.report.console import clean


def commands(found: Mapping[str, str]) -> Iterator[RenderableType]:
    """A heading and the commands, each with what it is for.

    Args:
        found: What each is for, by the command.
    """
    yield Text("Next", "bold")
    rows = Table.grid(padding=(0, 2))
    rows.add_column(no_wrap=True, overflow="ignore")
    rows.add_column(style="dim", overflow="fold")
    for command, purpose in found.items():
        rows.add_row(clean(command), purpose)
    yield Padding(rows, (0, 0, 0, 2), expand=False)
