"""Writes the parts of the documentation that the code already says.

``python -m docs.generate`` writes them; a test compares them with what is there.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from archive.store import Archive
from evolve.allocators.base import ALLOCATORS
from evolve.cli.main import command
from evolve.cli.schema import What, schema_of
from evolve.executors.base import EXECUTORS
from evolve.models.base import EMBEDDERS, MODELS
from evolve.plugins import Kind
from evolve.settings import RunSettings
from evolve.strategies.base import STRATEGIES
from evolve.tasks.base import SCORERS

DOCS = Path(__file__).parent
KINDS: Mapping[str, Kind[Any]] = {
    "Strategies": STRATEGIES,
    "Allocators": ALLOCATORS,
    "Models": MODELS,
    "Scorers": SCORERS,
    "Embedders": EMBEDDERS,
    "Executors": EXECUTORS,
}


def pages() -> dict[str, str]:
    """Every generated file, by its path within docs/."""
    return {
        "run-file.md": run_file(),
        "commands.md": commands(),
        "archive.md": archive(),
        **{
            f"schemas/{what}.json": json.dumps(schema_of(what), indent=2) + "\n" for what in What
        },
    }


def run_file() -> str:
    """The reference of the run file."""
    lines = [
        "# The run file",
        "",
        "A run file is YAML (or JSON). Unknown keys are refused. Paths are relative to the run file's",
        "folder. Made from the code by `make docs`; the JSON Schema is `evolve schema run`.",
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
        "Made from the code by `make docs`. Exit codes: 0 done; 1 a defect of evolve itself; 2 input that",
        "cannot be used; 3 an endpoint does not serve and the run is paused; 130 interrupted.",
    ]
    for path, each in _leaves(command(), ("evolve",)):
        lines += ["", f"## `{' '.join(path)}`", "", _summary(each.help), ""]
        for parameter in each.params:
            about = getattr(parameter, "help", "") or ""
            default = parameter.default
            shown = f" Default: `{default}`." if isinstance(default, str | int | Path) else ""
            shown = "" if isinstance(default, bool) else shown
            names = ", ".join(f"`{name}`" for name in parameter.opts)
            kind = "argument" if isinstance(parameter, click.Argument) else "option"
            lines.append(f"- {names} ({kind}): {about}{shown}")
    return "\n".join(lines) + "\n"


def archive() -> str:
    """The tables and views of an archive."""
    lines = [
        "# The archive",
        "",
        "An archive is one SQLite file, by default `./evolve.db`, readable by `sqlite3` and whatever else",
        "reads SQLite while a run writes to it. `evolve.db.lock` beside it keeps a second writer out.",
        "Made from the code by `make docs`.",
    ]
    with Archive.in_memory() as opened:
        for name, sql in opened.layout().items():
            lines += ["", f"## `{name}`", "", "```sql", sql, "```"]
    return "\n".join(lines) + "\n"


def _fields(model: type[BaseModel], prefix: str = "", *, nested: bool = True) -> list[str]:
    lines = []
    for name, field in model.model_fields.items():
        inner = field.annotation
        inside = isinstance(inner, type) and issubclass(inner, BaseModel) and nested
        if inside and not any(isinstance(each, Kind) for each in field.metadata):
            lines.append(f"- `{prefix}{name}`: {_summary(inner.__doc__)}")
            lines += _fields(inner, f"{prefix}{name}.")
        else:
            lines.append(f"- `{prefix}{name}`{_default(field)}: {field.description or _kind(field)}")
    return lines


def _kind(field: FieldInfo) -> str:
    kind = next((each for each in field.metadata if isinstance(each, Kind)), None)
    return f"{', '.join(f'`{name}`' for name in kind.names())}." if kind else ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return " (required)"
    default = field.get_default(call_default_factory=True)
    if isinstance(default, BaseModel) or default in ("", None, (), {}):
        return ""
    return f" (default `{json.dumps(default, default=str)}`)"


def _summary(text: str | None) -> str:
    return " ".join((text or "").split("\n\n")[0].split())


def _leaves(
    each: click.Command, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    if isinstance(each, click.Group):
        for name in each.commands:
            yield from _leaves(each.commands[name], (*path, name))
    else:
        yield path, each


if __name__ == "__main__":
    for path, text in pages().items():
        (DOCS / path).parent.mkdir(exist_ok=True)
        (DOCS / path).write_text(text, encoding="utf-8")
