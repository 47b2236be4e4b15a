"""Lists what a run file can name, with a one-line description each."""

from collections.abc import Callable, Mapping
from itertools import takewhile
from types import MappingProxyType
from typing import Any

from evolve.allocators.base import ALLOCATORS
from evolve.executors.base import EXECUTORS
from evolve.models.base import EMBEDDERS, MODELS
from evolve.plugins import Kind
from evolve.report.console import Report, table
from evolve.runfile import presets
from evolve.runfile.settings import find_run_file, shipped_run_files
from evolve.strategies.base import STRATEGIES
from evolve.tasks.base import SCORERS
from evolve.text import one_line
from evolve.tools.base import TOOLS
from evolve.trackers.base import TRACKERS
from search_spaces.library import systems
from search_spaces.yaml_text import read_mapping

KINDS: Mapping[str, Kind[Any]] = MappingProxyType(
    {
        "strategies": STRATEGIES,
        "allocators": ALLOCATORS,
        "scorers": SCORERS,
        "models": MODELS,
        "embedders": EMBEDDERS,
        "executors": EXECUTORS,
        "tools": TOOLS,
        "trackers": TRACKERS,
    }
)


def listed(what: str) -> Report:
    """Names with their descriptions, cut to the width of the terminal.

    Args:
        what: ``presets``, ``run-files``, ``systems``, or one of `KINDS`.
    """
    others: Mapping[str, Callable[[], dict[str, str]]] = {
        "presets": _presets,
        "run-files": _run_files,
        "systems": _systems,
    }
    found = _plugins(KINDS[what]) if what in KINDS else others[what]()
    rows = table("name", "description")
    rows.columns[1].no_wrap, rows.columns[1].overflow = True, "ellipsis"
    for name, about in found.items():
        rows.add_row(name, one_line(about, 300))
    return Report([{"name": name, "about": about} for name, about in found.items()], [rows])


def _plugins(kind: Kind[Any]) -> dict[str, str]:
    return {name: _first_line(kind.find(name).__doc__) for name in kind.names()}


def _presets() -> dict[str, str]:
    found = {name: presets.read_preset(name) for name in presets.names()}
    return {name: f"{each['description']} ({each['label']})" for name, each in found.items()}


def _run_files() -> dict[str, str]:
    found = {}
    for name in shipped_run_files():
        path = find_run_file(name)
        text = path.read_text(encoding="utf-8")
        said = read_mapping(text, str(path), trusted=True).get("description")
        found[name] = said or _opening(text)
    return found


def _systems() -> dict[str, str]:
    return {name: config.description for name, config in systems().items()}


def _opening(text: str) -> str:
    """The first sentence of a file's opening comment."""
    comment = takewhile(lambda line: line.startswith("#"), text.splitlines())
    return " ".join(line.removeprefix("#").strip() for line in comment).partition(". ")[0]


def _first_line(text: str | None) -> str:
    return " ".join((text or "").split("\n\n")[0].split())
