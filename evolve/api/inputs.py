"""Converts a program's objects into the form of a run file.

A run is kept in its archive as text, so that it can be resumed, exported and served. Functions and
classes are therefore kept by name, and tasks as a file beside the archive.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

from evolve.data.output_files import replace_file
from evolve.errors import TaskError
from evolve.runfile.settings import RunSettings, as_json, build_settings, load_run_file
from evolve.tasks.base import Task
from search_spaces.errors import ConfigError

RunFile: TypeAlias = str | Path | Mapping[str, Any] | RunSettings
"""A run file: its path, the name of a shipped one, its content, or the settings."""

Tasks: TypeAlias = str | Path | Iterable[Mapping[str, Any]]
"""A task file, or its rows."""

ScoringFunction: TypeAlias = Callable[[Task, str], Any]
"""From a task and an answer to a number from 0 to 1, or to {score: …, feedback: …}."""


def settings_of(run_file: RunFile, overrides: Mapping[str, object]) -> RunSettings:
    """The settings of a program's search.

    Args:
        run_file: The run file.
        overrides: Values to set instead, by key path.

    Raises:
        ConfigError: The values are no valid run file.
    """
    overrides = {path: named(value) for path, value in overrides.items()}
    if isinstance(run_file, RunSettings):
        run_file = json.loads(as_json(run_file))
    if isinstance(run_file, Mapping):
        values = named(_with_plugins(run_file))
        assert isinstance(values, dict)
        return build_settings(values, "the settings", Path.cwd(), overrides)
    return load_run_file(str(run_file), overrides)


def overrides_of(
    overrides: Mapping[str, object],
    archive: Path,
    tasks: Tasks | None,
    scorer: ScoringFunction | None,
    seed: int | None,
    preset: str | None,
) -> dict[str, object]:
    """The settings of a program besides its run file, by key path; see `evolve.search`."""
    said = dict(overrides)
    if isinstance(tasks, str | Path):
        said |= {"tasks.file": str(Path(tasks).absolute()), "tasks.dataset": None}
    elif tasks is not None:
        said |= {"tasks.file": str(keep_tasks(tasks, archive)), "tasks.dataset": None}
    if scorer is not None:
        said["tasks.scorer"] = {"python": {"function": scorer}}
    named_so = {"seed": seed, "preset": preset}
    return said | {key: value for key, value in named_so.items() if value is not None}


def keep_tasks(rows: Iterable[Mapping[str, Any]], archive: Path) -> Path:
    """Writes rows of tasks to a file beside the archive, named by a hash of its content.

    Raises:
        TaskError: A row is no mapping, or cannot be written as JSON.
    """
    lines = "".join(_line(place, row) for place, row in enumerate(rows))
    digest = sha256(lines.encode()).hexdigest()[:12]
    file = archive.absolute().with_name(f"{archive.stem}-tasks-{digest}.jsonl")
    replace_file(file, lines)
    return file


def _line(place: int, row: object) -> str:
    if not isinstance(row, Mapping):
        raise TaskError(f"tasks[{place}]: expected a mapping such as {{'question': …}}")
    try:
        return json.dumps(dict(row), ensure_ascii=False) + "\n"
    except (TypeError, ValueError) as error:
        raise TaskError(f"tasks[{place}]: cannot be written as JSON: {error}") from None


def named(value: object) -> object:
    """A value in which every function and class is written as ``module:name``.

    Raises:
        ConfigError: One of them cannot be found by its name.
    """
    if isinstance(value, Mapping):
        return {_key(name): named(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [named(inner) for inner in value]
    if isinstance(value, Path):
        return str(value)
    return _name(value) if callable(value) else value


def _key(name: object) -> object:
    return _name(name) if callable(name) else name


def _name(thing: object) -> str:
    module, name = getattr(thing, "__module__", None), getattr(thing, "__qualname__", "")
    try:
        found = getattr(import_module(str(module)), name, None)
    except ImportError:
        found = None
    if found is not thing:
        raise ConfigError(
            f"{name or repr(thing)}: a run refers to functions and classes by name; define it at "
            "the top level of a module, a script or a notebook"
        )
    return f"{module}:{name}"


def _with_plugins(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values in which a function stands as a scorer or a tool of its own."""
    changed = dict(values)
    tasks, tools = changed.get("tasks"), changed.get("tools")
    if isinstance(tasks, Mapping) and _is_function(tasks.get("scorer")):
        changed["tasks"] = {**tasks, "scorer": {"python": {"function": tasks["scorer"]}}}
    if isinstance(tools, Mapping):
        changed["tools"] = {
            name: {"function": {"function": tool}} if _is_function(tool) else tool
            for name, tool in tools.items()
        }
    return changed


def _is_function(value: object) -> bool:
    return callable(value) and not isinstance(value, type)
