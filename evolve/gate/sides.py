"""The two systems of a comparison: system files, exports, or single models of the run file."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from evolve.engine.seeds import read_system
from evolve.runfile.settings import RunSettings
from evolve.serving.deployment import carried_by
from search_spaces.config import SystemConfig
from search_spaces.draft import Draft
from search_spaces.errors import ConfigError, unknown
from search_spaces.library import system

SUFFIXES = (".yaml", ".yml", ".json")


class Side(NamedTuple):
    """A system, and the words that it was named by."""

    name: str
    config: SystemConfig


def read_sides(old: str, new: str, settings: RunSettings) -> tuple[Side, Side]:
    """The systems that a command line names.

    Args:
        old: A system file, or a model of the run file, which then answers as a single agent.
        new: The same.
        settings: Names the models and tools that the systems may use.

    Raises:
        ConfigError: One cannot be read or needs something that the run file does not name, or both
            are the same system.
    """
    sides = read_side(old, settings), read_side(new, settings)
    ids = [side.config.id for side in sides]
    if ids[0] == ids[1]:
        raise ConfigError(
            f"{old} and {new} are the same system (content id {ids[0]}); there is nothing to "
            "compare: name two different systems"
        )
    return sides


def read_side(name: str, settings: RunSettings) -> Side:
    """The system of that name; see `read_sides`."""
    return Side(name, _config(name, settings))


def _config(name: str, settings: RunSettings) -> SystemConfig:
    path = Path(name)
    if path.is_file() or path.suffix in SUFFIXES:
        return _from_file(path, settings)
    if name in settings.models:
        return _on_models(Draft.of(system("single")).on(name).build(), settings, settings.answering)
    raise unknown("model (and there is no such system file)", name, settings.models)


def _from_file(path: Path, settings: RunSettings) -> SystemConfig:
    config = read_system(path)
    default = (carried_by(path) or {}).get("default_model", settings.answering)
    used = [str(default) if agent.model is None else agent.model for agent in config.agents]
    _require(path, "model", used, settings.models)
    tools = (tool for agent in config.agents for tool in agent.tools)
    _require(path, "tool", tools, settings.tools)
    return _on_models(config, settings, str(default))


def _require(path: Path, kind: str, used: Iterable[str], known: Iterable[str]) -> None:
    """Checks that the run file names what a system uses."""
    names = tuple(known)
    for name in used:
        if name not in names:
            raise ConfigError(f"{path}: {unknown(kind, name, names)}; add it to the run file")


def _on_models(config: SystemConfig, settings: RunSettings, default: str) -> SystemConfig:
    """A system whose agents name the model that answers, and none if it is the run's default.

    So a system that names the default model and one that names none have one content id.

    Args:
        config: The system.
        settings: Has the run's default model.
        default: The model of the system's agents that name none.
    """
    draft = Draft.of(config)
    for name, agent in draft.agents.items():
        model = agent.model or default
        draft.agents[name] = agent.model_copy(
            update={"model": None if model == settings.answering else model}
        )
    return draft.build()
