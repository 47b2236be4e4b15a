"""Suggested next commands, with the purpose of each."""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from evolve.text import clean

if TYPE_CHECKING:
    from rich.console import Console

_AROUND = 6
"""Columns of space before, between and after the two texts."""


def program() -> str:
    """The command that starts this program: its name if that is on the PATH."""
    if shutil.which("evolve"):
        return "evolve"
    started = Path(sys.argv[0])
    if started.name == "evolve" and os.access(started, os.X_OK):
        path = started.absolute()
        beside = path.is_relative_to(Path.cwd())
        return quote(str(path.relative_to(Path.cwd()) if beside else path))
    return f"{quote(sys.executable)} -m evolve"


def naming(archive: Path) -> str:
    """The option that names an archive, unless it is the default one."""
    return "" if archive == Path("evolve.db") else f" --archive {quote(str(archive))}"


def print_commands(screen: "Console", found: Mapping[str, str]) -> None:
    """Prints commands with their purpose: after the command, or above it on narrow screens.

    Commands are never wrapped, so that they can be copied.

    Args:
        screen: Where to print.
        found: The purpose of each command.
    """
    from rich.text import Text

    screen.print()
    screen.print(Text("Next", "bold"))
    called = program()
    found = {each.replace("evolve", called, 1): why for each, why in found.items()}
    widest = max(map(len, found))
    beside = widest + max(map(len, found.values())) + _AROUND <= screen.width
    for command, purpose in found.items():
        if beside:
            screen.print(Text.assemble(f"  {clean(command):<{widest}}  ", (purpose, "dim")))
        else:
            screen.print(Text(f"  # {purpose}", "dim"))
            screen.print(Text(f"  {clean(command)}"), soft_wrap=True)
