"""Published systems as files of parts, which a run file takes over by naming one.

A preset defines how to search: seeds, strategy, allocator and limits of the space. A run file adds
what is searched for: tasks, models and a budget.
"""

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from search_spaces.errors import ConfigError, unknown
from search_spaces.yaml_text import read_mapping

TAKEN_OVER = ("seeds", "space", "strategy", "allocator", "order")
"""The keys of a run file that a preset may set."""

SHOWN = ("name", "label", "description", "source")
"""The keys of a preset that are only shown."""

LABELS = ("faithful", "in the spirit of")


def folder() -> Path:
    """Where the shipped presets are."""
    return Path(str(resources.files("configs"))) / "presets"


def names() -> list[str]:
    """The names of the shipped presets, sorted."""
    return sorted(path.stem for path in folder().glob("*.yaml"))


def read_preset(name: str) -> dict[str, Any]:
    """The contents of a preset.

    Args:
        name: A shipped preset's name, or a file.

    Raises:
        ConfigError: There is none, or it has a key that presets may not have.
    """
    path = folder() / f"{name}.yaml" if name in names() else Path(name)
    if not path.is_file():
        raise unknown("preset", name, names())
    values = read_mapping(path.read_bytes(), str(path), trusted=True)
    for key in values:
        if key not in (*TAKEN_OVER, *SHOWN):
            allowed = ", ".join((*SHOWN, *TAKEN_OVER))
            raise ConfigError(f"{path}: {key}: no key of a preset; allowed: {allowed}")
    if values.get("label") not in LABELS:
        raise ConfigError(f"{path}: label: expected {' or '.join(map(repr, LABELS))}")
    return values


def with_preset(values: Mapping[str, Any], name: object, *, prevails: bool) -> dict[str, Any]:
    """A run file's values together with a preset's.

    Args:
        values: The run file's.
        name: The preset.
        prevails: Whether the preset overrides the same key of the run file; keys
            of ``space`` that the preset leaves open are always the run file's.

    Raises:
        ConfigError: There is no such preset.
    """
    if not isinstance(name, str):
        raise ConfigError(f"preset: expected a name, got {name!r:.80}; known: {', '.join(names())}")
    preset = {key: each for key, each in read_preset(name).items() if key in TAKEN_OVER}
    merged = {**values, **preset} if prevails else {**preset, **values}
    spaces = [each for each in (values.get("space"), preset.get("space")) if isinstance(each, dict)]
    if len(spaces) == 2:
        mine, theirs = spaces
        merged["space"] = {**mine, **theirs} if prevails else {**theirs, **mine}
    return {**merged, "preset": name}
