"""Writes the parts of the documentation that follow from the code.

``python -m docs.generate`` writes them; a test compares them with what is there.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from archive.store import Archive
from docs.run_file import run_file
from evolve.cli.main import command
from evolve.cli.schema import What, schema_of

DOCS = Path(__file__).parent
CONVENTIONS = """## Conventions

Results go to standard output; progress, warnings and errors go to standard error. An error is one
line that begins with `evolve:` and states what to do.

| exit code | meaning |
| --- | --- |
| 0 | success |
| 1 | a defect of evolve; a failed check (`archive check`, `sim calibrate`, `gate`); a closed pipe |
| 2 | unusable input: a file, an option, a budget; or a problem that `doctor` found |
| 3 | an endpoint fails, or answers cannot be scored; the run is paused and can be resumed |
| 4 | `gate` could not decide |
| 130 | stopped by Ctrl-C, SIGTERM or SIGHUP; settled results are kept |

`--json` prints a single JSON value to standard output. For `serve`, `watch` and `sim serve` it is
one line with the address, printed as soon as the server answers.

On a terminal, a search has a live display. Elsewhere it writes one plain line every ten seconds, or
nothing with `--quiet`. `NO_COLOR` disables colours. `COLUMNS` sets the width where there is no
terminal; 60 columns are enough for all output.

`evolve --install-completion` installs completion for bash, zsh, fish or PowerShell;
`evolve --show-completion` prints the script."""


def pages() -> dict[str, str]:
    """Every generated file, by its path within docs/."""
    return {
        "run-file.md": run_file(),
        "commands.md": commands(),
        "archive.md": archive(),
        **{f"schemas/{what}.json": json.dumps(schema_of(what), indent=2) + "\n" for what in What},
    }


def commands() -> str:
    """The reference of the command line."""
    lines = [
        "# Commands",
        "",
        "Every command and option. Generated from the code by `make docs`.",
        "",
        *CONVENTIONS.splitlines(),
    ]
    for path, each in _leaves(command(), ("evolve",)):
        lines += ["", f"## `{' '.join(path)}`", "", _summary(each.help), ""]
        lines += [_parameter(parameter) for parameter in each.params]
    return "\n".join(lines) + "\n"


def _parameter(parameter: Any) -> str:  # noqa: ANN401 - typer's own classes
    default = parameter.default
    plain = isinstance(default, str | int | float | Path) and not isinstance(default, bool)
    shown = f" Default: `{default}`." if plain else ""
    names = ", ".join(f"`{name}`" for name in parameter.opts)
    if isinstance(parameter, TyperArgument):
        names = f"`{(parameter.name or '').upper()}`"
    assert isinstance(parameter, TyperArgument | TyperOption)
    return f"- {names}: {parameter.help or ''}{shown}"


def archive() -> str:
    """The tables and views of an archive."""
    lines = [
        "# The archive",
        "",
        "An archive is one SQLite file, `./evolve.db` by default. Any SQLite client can read it",
        "while a run writes to it; the lock file `evolve.db-lock` excludes a second writer.",
        "Generated from the code by `make docs`.",
    ]
    with Archive.in_memory() as opened:
        for name, sql in opened.layout().items():
            lines += ["", f"## `{name}`", "", "```sql", sql, "```"]
    return "\n".join(lines) + "\n"


def _summary(text: str | None) -> str:
    return " ".join((text or "").split("\n\n")[0].split())


def _leaves(
    each: TyperGroup | TyperCommand, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], TyperCommand]]:
    if isinstance(each, TyperGroup):
        for name, inner in each.commands.items():
            assert isinstance(inner, TyperGroup | TyperCommand)
            yield from _leaves(inner, (*path, name))
    else:
        yield path, each


if __name__ == "__main__":
    for path, text in pages().items():
        (DOCS / path).parent.mkdir(exist_ok=True)
        (DOCS / path).write_text(text, encoding="utf-8")
