"""What commands print with. Text from archives, models and files is data: shown, never obeyed."""

import json
import re
import sys
import unicodedata
from collections.abc import Container, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table

_ESCAPE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # control sequences: colours, the cursor, …
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f]).*?(?:\x1b\\|\x07|\x9c|\Z)"  # titles, links, …
    r"|\x1b[ -/]*[0-~]?",
    re.DOTALL,
)
_INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Unicode categories that only steer a display: controls, directions, half characters."""


class Report(NamedTuple):
    """What a command found out, for programs and for people."""

    data: Any
    """What programs get, or a function that returns it, where only programs should wait for it."""
    parts: Sequence["RenderableType"]
    """What people look at."""


def clean(text: str) -> str:
    """The text without anything that could steer a terminal; only its line ends remain."""
    text = _ESCAPE.sub("", text.replace("\r\n", "\n").replace("\t", "    "))
    return "".join(
        letter
        for letter in text
        if letter == "\n" or unicodedata.category(letter) not in _INVISIBLE
    )


def one_line(text: str, width: int = 80) -> str:
    """Clean text on one line, cut to a width."""
    line = " ".join(clean(text).split())
    return line if len(line) <= width else line[: width - 1] + "…"


def console() -> "Console":
    """Where to print: what is printed on it is taken literally, without markup or emoji codes."""
    from rich.console import Console

    if not (sys.stdout.encoding or "").lower().startswith("utf"):
        getattr(sys.stdout, "reconfigure", lambda **_: None)(errors="replace")
    return Console(markup=False, emoji=False, highlight=False)


def table(*headings: str, whole: Container[str] = ()) -> "Table":
    """A table without lines, so that it reads alike on a terminal and in a file.

    Args:
        headings: Of its columns.
        whole: Those of the columns whose texts are kept on one line.
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
        print(json.dumps(data, indent=2))
        return
    screen = console()
    for part in report.parts:
        screen.print(part)
