"""A run file and what it says: every key checked, every plug-in built.

`RunSettings` is the reference of the run file; its JSON Schema is published for editors.
"""

import json
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator

from evolve.allocators.base import ALLOCATORS, Allocator
from evolve.environment import expand_environment, refuse_secrets, variables
from evolve.executors.base import EXECUTORS, Executor
from evolve.ledger import Budget
from evolve.models.base import EMBEDDERS, MODELS, Embedder, Model
from evolve.objective import Objective
from evolve.order import Arrival, Ticket
from evolve.overrides import nearest_key, overridden
from evolve.plugins import RunPath
from evolve.presets import with_preset
from evolve.strategies.base import STRATEGIES, Strategy
from evolve.tasks.files import TaskSettings
from evolve.tools.base import TOOLS, Tool
from evolve.tools.toolbox import ToolLimits
from evolve.trackers.base import TRACKERS, Tracker
from search_spaces.config import ToolName
from search_spaces.errors import ConfigError, explain
from search_spaces.frozen import Frozen
from search_spaces.space import SearchSpace
from search_spaces.yaml_text import read_mapping


class ArchiveSeeds(Frozen):
    """The best of an older run as seeds."""

    path: RunPath = Field(description="The archive file.")
    run: str | None = Field(default=None, description="A run of that archive; none: the newest.")
    top: int = Field(default=8, ge=1, description="How many of its best to take.")


class Seeds(Frozen):
    """What a search starts from."""

    library: tuple[str, ...] = Field(
        default=("single", "chain_of_thought", "self_consistency", "critic_solver", "debate"),
        description="Names of library systems.",
    )
    files: tuple[RunPath, ...] = Field(default=(), description="System files.")
    each_model: bool = Field(
        default=False,
        description="Whether every one of these starts once on each model of the space, "
        "all its agents on that one.",
    )
    archive: ArchiveSeeds | None = None


class Confirmation(Frozen):
    """How the winner is confirmed beside the best seed."""

    tasks: int | None = Field(
        default=None, ge=2, description="Sealed test tasks to use; none: all of them."
    )


def _order(value: object) -> object:
    if isinstance(value, str):
        return {"kind": value}
    if isinstance(value, Mapping) and len(value) == 1 and "kind" not in value:
        ((kind, options),) = value.items()
        if not isinstance(options or {}, Mapping):
            raise ValueError(f"expected {{{kind}: {{option: value}}}}, got {value!r:.80}")
        return {"kind": kind, **(options or {})}
    return value


def _look_for_modules_in(folder: Path | None) -> Path | None:
    """Adds a folder where Python looks last, so that nothing of evolve's own is hidden by it."""
    if folder is not None and str(folder) not in sys.path:
        sys.path.append(str(folder))
    return folder


class RunSettings(Frozen):
    """A run file."""

    name: str = Field(
        default="run",
        pattern=r"^[a-z0-9][a-z0-9_.-]{0,59}$",
        description="What run ids begin with.",
    )
    description: str = Field(default="", description="For people.")
    preset: str = Field(
        default="",
        description="A published system whose seeds, space, strategy and allocator are taken over "
        "where this file does not say them; see [presets](presets/README.md).",
    )
    folder: Annotated[RunPath | None, AfterValidator(_look_for_modules_in)] = Field(
        default=None,
        description="Where modules named here are looked for, last; none: the run file's folder.",
    )
    tasks: TaskSettings
    models: dict[str, Annotated[Model, MODELS]] = Field(
        min_length=1, description="The models of the run, by names of your choice."
    )
    default_model: str = Field(
        default="", description="Who answers where a system names no model; empty: the first."
    )
    tools: dict[ToolName, Annotated[Tool, TOOLS]] = Field(
        default={}, description="Tools that agents may be given, by names of your choice."
    )
    tool_limits: ToolLimits = ToolLimits()
    embedder: Annotated[Embedder, EMBEDDERS] = EMBEDDERS.default("hashed")
    space: SearchSpace = SearchSpace()
    seeds: Seeds = Seeds()
    strategy: Annotated[Strategy, STRATEGIES] = STRATEGIES.default("default")
    allocator: Annotated[Allocator, ALLOCATORS] = ALLOCATORS.default("value")
    executor: Annotated[Executor, EXECUTORS] = EXECUTORS.default("local")
    objective: Objective = Objective()
    budget: Budget
    proposes_until: float = Field(
        default=0.8,
        gt=0,
        le=1,
        description="The share of the budget after which something new is only proposed when "
        "nothing else is worth buying: the rest tells apart what there is.",
    )
    confirm: Confirmation = Confirmation()
    concurrency: int = Field(default=64, ge=1, le=4096, description="Evaluations at once.")
    order: Annotated[Arrival | Ticket, Field(discriminator="kind"), BeforeValidator(_order)] = (
        Field(
            default=Arrival(),
            description="`arrival`, or `ticket` for results that do not depend on timing.",
        )
    )
    trackers: tuple[Annotated[Tracker, TRACKERS], ...] = Field(
        default=(), description="Who else is told how the run goes; see [Trackers](trackers.md)."
    )
    traces: Literal["all", "failures", "none"] = Field(
        default="all", description="Whose texts are kept: `all`, `failures` or `none`."
    )
    seed: int = Field(default=0, ge=0, lt=2**63, description="Of everything random in the run.")

    @model_validator(mode="after")
    def _names_known_models(self) -> Self:
        named = [("space.models", name) for name in self.space.models]
        if self.default_model:
            named.append(("default_model", self.default_model))
        named += [("strategy", name) for name in self.strategy.asks]
        named += [("tasks.scorer", name) for name in self.tasks.scorer.asks]
        for key, name in named:
            if name not in self.models:
                known = ", ".join(self.models)
                whose = f"{key} of preset {self.preset}" if self.preset else key
                whose = whose if key == "strategy" else key
                raise ValueError(
                    f"{whose}: {name!r} is no model of this run: {known}; add it under `models`"
                )
        for name in self.space.tools:
            if name not in self.tools:
                known = ", ".join(self.tools) or "none"
                raise ValueError(f"space.tools: {name!r} is no tool of this run: {known}")
        # A system that names the default model and one that names none are the same system.
        others = tuple(name for name in self.space.models if name != self.answering)
        object.__setattr__(self, "space", self.space.model_copy(update={"models": others}))
        return self

    @property
    def answering(self) -> str:
        """The model of agents that name none."""
        return self.default_model or next(iter(self.models))


def read_settings(
    text: str | bytes, where: str, folder: Path | None, overrides: Mapping[str, object] = {}
) -> RunSettings:
    """Reads a run file's text.

    Args:
        text: YAML or JSON.
        where: How a person would name the file.
        folder: What relative paths in it are relative to; None leaves them as they are.
        overrides: Values to set instead, by key path, such as ``budget.usd``.

    Raises:
        ConfigError: It does not describe a run; the message names the key path and what to do.
    """
    return build_settings(read_mapping(text, where, trusted=True), where, folder, overrides)


def build_settings(
    values: Mapping[str, Any],
    where: str,
    folder: Path | None,
    overrides: Mapping[str, object] = {},
) -> RunSettings:
    """The settings that a run file's values describe; see `read_settings`."""
    for said, prevails in ((values.get("preset"), False), (overrides.get("preset"), True)):
        if said:
            values = with_preset(values, said, prevails=prevails)
    values = overridden(values, overrides)
    if folder is not None:  # a person wrote this, here
        known = variables([folder / ".env", Path(".env")])
        values = {name: expand_environment(value, known, where) for name, value in values.items()}
        refuse_secrets(values, known, where)
        values.setdefault("folder", str(folder))
    return _checked(values, where, folder)


def _checked(values: object, where: str, folder: Path | None) -> RunSettings:
    try:
        return RunSettings.model_validate(values, context={"folder": folder})
    except ValidationError as error:
        hint = partial(nearest_key, RunSettings, values)
        raise explain(error, where, hint) from None


def find_run_file(name: str) -> Path:
    """The run file of that name: a file, or one that ships with the package, perhaps in a folder.

    Raises:
        ConfigError: There is neither; the message names the shipped ones.
    """
    if _is_file(Path(name)):
        return Path(name)
    known = shipped_run_files()
    meant = [each for each in known if name in (each, each.rpartition("/")[2])]
    if len(meant) == 1 or name in meant:
        return _shipped() / f"{name if name in meant else meant[0]}.yaml"
    lasts = [each.rpartition("/")[2] for each in known]
    near = get_close_matches(Path(name).stem, [*known, *lasts], n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise ConfigError(
        f"{name}: there is no such run file here, and none of that name is shipped; {hint}"
        f"shipped: {', '.join(known)}"
    )


def shipped_run_files() -> list[str]:
    """The names of the run files that ship with the package."""
    return sorted(
        path.relative_to(_shipped()).with_suffix("").as_posix()
        for path in _shipped().rglob("*.yaml")
        if not path.stem.endswith("_landscape") and path.parent.name not in ("cluster", "presets")
    )


def _shipped() -> Path:
    return Path(str(resources.files("configs")))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # such as a name that is too long for the file system
        return False


def load_run_file(name: str, overrides: Mapping[str, object] = {}) -> RunSettings:
    """Reads the run file of that name; see `find_run_file` and `read_settings`."""
    path = find_run_file(name)
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    return read_settings(text, str(path), path.parent.resolve(), overrides)


def as_json(settings: RunSettings) -> str:
    """The settings as they are kept in an archive; paths are absolute."""
    values = settings.model_dump(mode="json", exclude_defaults=True)
    return json.dumps(values, ensure_ascii=False)


def from_json(text: str, where: str) -> RunSettings:
    """Takes back what `as_json` wrote.

    It is read as the JSON that it is: not every JSON text is also YAML.

    Raises:
        ConfigError: It describes no run.
    """
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        raise ConfigError(f"{where}: no valid JSON") from None
    return _checked(values, where, None)
