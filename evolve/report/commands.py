"""What to do next: commands to copy, and what each is for."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from evolve.report.console import clean

if TYPE_CHECKING:
    from rich.console import Console

_AROUND = 6
"""Columns before, between and behind."""


def print_commands(screen: "Console", found: Mapping[str, str]) -> None:
    """Prints commands with what each is for: behind it, or above it where that is too narrow.

    A command is never broken into lines, so that it can be copied.

    Args:
        screen: Where to print.
        found: What each is for, by the command.
    """
    from rich.text import Text

    screen.print()
    screen.print(Text("Next", "bold"))
    widest = max(map(len, found))
    beside = widest + max(map(len, found.values())) + _AROUND <= screen.width
    for command, purpose in found.items():
        if beside:
            screen.print(Text.assemble(f"  {clean(command):<{widest}}  ", (purpose, "dim")))
        else:
            screen.print(Text(f"  # {purpose}", "dim"))
            screen.print(Text(f"  {clean(command)}"), soft_wrap=True)
