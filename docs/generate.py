"""Writes the parts of the documentation that the code already says.

``python -m docs.generate`` writes them; a test compares them with what is there.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from archive.store import Archive
from evolve.allocators.base import ALLOCATORS
from evolve.cli.main import command
from evolve.cli.schema import What, schema_of
from evolve.executors.base import EXECUTORS
from evolve.models.base import EMBEDDERS, MODELS
from evolve.plugins import Kind, Plugin
from evolve.sandbox.base import SANDBOXES
from evolve.settings import RunSettings
from evolve.strategies.base import STRATEGIES
from evolve.strategies.parts.kinds import KINDS as PARTS
from evolve.tasks.base import SCORERS
from evolve.tools.base import TOOLS
from evolve.trackers.base import TRACKERS

DOCS = Path(__file__).parent
KINDS: Mapping[str, Kind[Any]] = {
    "Strategies": STRATEGIES,
    **{f"Parts of strategies: {key}": kind for key, kind in PARTS.items()},
    "Allocators": ALLOCATORS,
    "Models": MODELS,
    "Scorers": SCORERS,
    "Tools": TOOLS,
    "Sandboxes": SANDBOXES,
    "Embedders": EMBEDDERS,
    "Executors": EXECUTORS,
    "Trackers": TRACKERS,
}


CONVENTIONS = """## What all commands have in common

Results go to standard output; progress, warnings and errors to standard error. What goes wrong is
one line that begins with `evolve:` and says what to do.

| exit code | meaning |
| --- | --- |
| 0 | done |
| 1 | a defect of evolve; `archive check`, `sim calibrate` find something wrong; nobody read on |
| 2 | input that cannot be used: a file, an option, a budget; or `doctor` finds something to mend |
| 3 | an endpoint does not serve, or answers cannot be scored; the run is paused, nothing is lost |
| 130 | stopped by Ctrl-C, SIGTERM or SIGHUP; what was settled is kept |

`--json` prints one JSON value and nothing else to standard output. For `serve`, `watch` and
`sim serve` that is one line with the address, as soon as they answer.

On a terminal a search shows a display that goes away when it ends; elsewhere it writes a plain line
every ten seconds, and with `--quiet` nothing. `NO_COLOR` turns colours off, `COLUMNS`
says how wide to write where there is no terminal; 60 columns suffice for everything.

`evolve --install-completion` sets up completion for bash, zsh, fish or PowerShell, `evolve
--show-completion` prints what that would add."""


def pages() -> dict[str, str]:
    """Every generated file, by its path within docs/."""
    return {
        "run-file.md": run_file(),
        "commands.md": commands(),
        "archive.md": archive(),
        **{f"schemas/{what}.json": json.dumps(schema_of(what), indent=2) + "\n" for what in What},
    }


def run_file() -> str:
    """The reference of the run file."""
    lines = [
        "# The run file",
        "",
        "A run file is YAML (or JSON). Unknown keys are refused. Paths are relative to the run",
        "file's folder. Made from the code by `make docs`; the JSON Schema is `evolve schema run`.",
        "",
        *_fields(RunSettings),
    ]
    for title, kind in KINDS.items():
        lines += ["", f"## {title}", "", "Written as a name, or as `{name: {option: value}}`."]
        for name in kind.names():
            plugin = kind.find(name)
            lines += ["", f"### `{name}`", "", _summary(plugin.__doc__), ""]
            lines += _fields(plugin, nested=False) or ["No options."]
    return "\n".join(lines) + "\n"


def commands() -> str:
    """The reference of the command line."""
    lines = [
        "# Commands",
        "",
        "Made from the code by `make docs`. Every command and option is below.",
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
        "An archive is one SQLite file, by default `./evolve.db`, readable by `sqlite3` and",
        "whatever else reads SQLite while a run writes to it; `evolve.db-lock` beside it keeps a",
        "second writer out. Made from the code by `make docs`.",
    ]
    with Archive.in_memory() as opened:
        for name, sql in opened.layout().items():
            lines += ["", f"## `{name}`", "", "```sql", sql, "```"]
    return "\n".join(lines) + "\n"


def _fields(model: type[BaseModel], prefix: str = "", *, nested: bool = True) -> list[str]:
    lines = []
    for name, field in model.model_fields.items():
        inner = _section(field) if nested else None
        if inner is not None:
            lines.append(f"- `{prefix}{name}`: {_summary(inner.__doc__)}")
            lines += _fields(inner, f"{prefix}{name}.")
        else:
            about = field.description or _kind(field)
            lines.append(f"- `{prefix}{name}`{_default(field)}: {about}")
    return lines


def _section(field: FieldInfo) -> type[BaseModel] | None:
    """The model of a field that is a section of its own."""
    if any(isinstance(each, Kind) for each in field.metadata) or field.discriminator:
        return None
    kinds = [each for each in (field.annotation, *get_args(field.annotation)) if _is_model(each)]
    return kinds[0] if len(kinds) == 1 and "_as_pair" not in dir(kinds[0]) else None


def _is_model(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _kind(field: FieldInfo) -> str:
    kind = next((each for each in field.metadata if isinstance(each, Kind)), None)
    return f"{', '.join(f'`{name}`' for name in kind.names())}." if kind else ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return " (required)"
    default = field.get_default(call_default_factory=True)
    if isinstance(default, Plugin):
        default = default.written()
    elif isinstance(default, BaseModel):
        default = default.model_dump(mode="json")
    if default in ("", None, (), {}):
        return ""
    return f" (default `{json.dumps(default, default=str)}`)"


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
