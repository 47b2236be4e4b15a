"""Run files as settings: every key checked, every plug-in built.

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

from archive.records import CostUnit
from evolve.allocators.base import ALLOCATORS, Allocator
from evolve.budget.ledger import Budget
from evolve.executors.base import EXECUTORS, Executor
from evolve.models.base import EMBEDDERS, MODELS, Embedder, Model
from evolve.plugins import INERT, RunPath
from evolve.runfile.order import Arrival, Ticket
from evolve.runfile.overrides import nearest_key, overridden
from evolve.runfile.presets import with_preset
from evolve.secrets.variables import expand_environment, refuse_secrets, variables
from evolve.standings.objective import Objective
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


SEEDS = ("single", "chain_of_thought", "self_consistency", "critic_solver", "debate")
SMALL_MODEL_SEEDS = ("single", "short_answer")


class Seeds(Frozen):
    """What a search starts from."""

    library: tuple[str, ...] | None = Field(
        default=None,
        description="Names of library systems. Left out: `single`, `chain_of_thought`, "
        "`self_consistency`, `critic_solver` and `debate`; `single` and `short_answer` where "
        "every model is small, as the packaged one is.",
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
    controls: bool = Field(
        default=True,
        description="Whether the winner is also compared with what its cost buys without a search: "
        "the best seed on the winner's model, and votes of the best single agent.",
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
        default="", description="The model of agents that name none; empty: the first."
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
        "nothing else is worth buying; the rest separates the existing candidates.",
    )
    confirm: Confirmation = Confirmation()
    concurrency: int = Field(
        default=64,
        ge=1,
        le=4096,
        description="Evaluations at once. Where all models run in this process, the default is no "
        "more than the calls that those take in at once.",
    )
    order: Annotated[Arrival | Ticket, Field(discriminator="kind"), BeforeValidator(_order)] = (
        Field(
            default=Arrival(),
            description="`arrival`, or `ticket` for results that do not depend on timing.",
        )
    )
    trackers: tuple[Annotated[Tracker, TRACKERS], ...] = Field(
        default=(), description="Where progress is reported besides; see [Trackers](trackers.md)."
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

    @model_validator(mode="after")
    def _names_the_unit_of_costs(self) -> Self:
        """Stored with the settings, so that readers of an archive need no model to know it."""
        if self.objective.cost is None:
            unpriced = [name for name, model in self.models.items() if model.price is None]
            unit: CostUnit = "tokens" if unpriced else "usd"
            most = self.objective.cost_at_most
            if unpriced and most is not None and most < 1:
                raise ValueError(
                    f"objective.cost_at_most: {most:g} is less than a token; costs are counted in "
                    f"tokens because no `price` is given for {', '.join(unpriced)}: give every "
                    "model a price, name the unit in `objective.cost`, or give a number of tokens"
                )
            named = self.objective.model_copy(update={"cost": unit})
            object.__setattr__(self, "objective", named)
        return self

    @model_validator(mode="after")
    def _starts_from_fitting_systems(self) -> Self:
        """Long thoughts and debates cost small models much and bring nothing (docs/research)."""
        if self.seeds.library is None:
            small = all(model.is_small for model in self.models.values())
            fitting = {"library": SMALL_MODEL_SEEDS if small else SEEDS}
            object.__setattr__(self, "seeds", self.seeds.model_copy(update=fitting))
        return self

    @model_validator(mode="after")
    def _keeps_few_lanes_short(self) -> Self:
        """Evaluations that only wait for a local model are decided on before they must be."""
        lanes = [model.lanes for model in self.models.values()]
        known = dict(each for each in lanes if each is not None)
        chosen = "concurrency" in self.model_fields_set
        if len(known) and None not in lanes and not chosen and not self.executor.elsewhere:
            object.__setattr__(self, "concurrency", min(self.concurrency, sum(known.values())))
        return self

    @property
    def unpriced(self) -> tuple[str, ...]:
        """The models without a price, by name, if others have one."""
        names = tuple(name for name, model in self.models.items() if model.price is None)
        return names if len(names) < len(self.models) else ()

    @property
    def searching(self) -> frozenset[str]:
        """The models that a search calls as long as it goes on: for agents, proposals, verdicts."""
        asked = (*self.space.models, *self.strategy.asks, *self.tasks.scorer.asks)
        return frozenset((self.answering, *asked))

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
    for name, prevails in ((values.get("preset"), False), (overrides.get("preset"), True)):
        if name:
            values = with_preset(values, name, prevails=prevails)
    values = overridden(values, overrides)
    if folder is not None:  # a person wrote this, here
        known = variables([folder / ".env", Path(".env")])
        values = {name: expand_environment(value, known, where) for name, value in values.items()}
        refuse_secrets(values, known, where)
        values.setdefault("folder", str(folder))
    return _checked(values, where, folder)


def _checked(
    values: object, where: str, folder: Path | None, *, inert: bool = False
) -> RunSettings:
    context = {"folder": folder, INERT: inert}
    try:
        return RunSettings.model_validate(values, context=context)
    except ValidationError as error:
        hint = partial(nearest_key, RunSettings, values)
        raise explain(error, where, hint) from None


def find_run_file(name: str) -> Path:
    """The run file of that name: a file, or one that ships with the package, perhaps in a folder.

    Raises:
        ConfigError: There is neither; the message says how to find or make one.
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
        "`evolve init` makes one for your tasks, `evolve list run-files` lists the shipped ones"
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


def as_json(settings: RunSettings, archive: Path | None = None) -> str:
    """The settings as an archive keeps them.

    Args:
        settings: The settings.
        archive: The archive's file. Paths of the project (the common folder of the archive and the
            run file, if one lies within the other) are written relative to it, so that a project
            can be moved; others, and all of them without a file, are absolute.
    """
    context: dict[str, Path] = {}
    if archive is not None:
        beside = archive.absolute().parent
        context = {"beside": beside, "within": _project(beside, settings.folder)}
    values = settings.model_dump(mode="json", exclude_defaults=True, context=context)
    return json.dumps(values, ensure_ascii=False)


def _project(beside: Path, folder: Path | None) -> Path:
    return folder if folder is not None and beside.is_relative_to(folder) else beside


def changed(settings: RunSettings, overrides: Mapping[str, object]) -> RunSettings:
    """Settings with some keys set anew; relative paths are relative to the working directory.

    Raises:
        ConfigError: The result describes no run.
    """
    values = overridden(json.loads(as_json(settings)), overrides)
    return _checked(values, "the settings", Path.cwd())


def from_json(
    text: str, where: str, folder: Path | None = None, *, inert: bool = False
) -> RunSettings:
    """Reads what `as_json` wrote.

    It is read as the JSON that it is: not every JSON text is also YAML.

    Args:
        text: The JSON.
        where: How a person would name the place.
        folder: The folder of the archive; None: paths stay as they are.
        inert: Whether the settings are only looked at. Then no code that they name is loaded:
            plug-ins that would need it have a built-in one of their kind in their place.

    Raises:
        ConfigError: It describes no run.
    """
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        raise ConfigError(f"{where}: no valid JSON") from None
    if inert and isinstance(values, dict):
        values.pop("folder", None)  # where modules are looked for
    return _checked(values, where, folder, inert=inert)
