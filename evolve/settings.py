"""A run file and what it says: every key checked, every plug-in built.

`RunSettings` is the reference of the run file; its JSON Schema is published for editors.
"""

import json
import sys
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from evolve.allocators.base import ALLOCATORS, Allocator
from evolve.executors.base import EXECUTORS, Executor
from evolve.ledger import Budget
from evolve.models.base import EMBEDDERS, MODELS, Embedder, Model
from evolve.objective import Objective
from evolve.order import Arrival, Ticket
from evolve.plugins import RunPath
from evolve.strategies.base import STRATEGIES, Strategy
from evolve.tasks.files import TaskSettings
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
        return {"kind": kind, **(options or {})}
    return value


class RunSettings(Frozen):
    """A run file."""

    name: str = Field(
        default="run",
        pattern=r"^[a-z0-9][a-z0-9_.-]{0,59}$",
        description="What run ids begin with.",
    )
    description: str = Field(default="", description="For people.")
    folder: Path | None = Field(
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
    embedder: Annotated[Embedder, EMBEDDERS] = EMBEDDERS.default("hashed")
    space: SearchSpace = SearchSpace()
    seeds: Seeds = Seeds()
    strategy: Annotated[Strategy, STRATEGIES] = STRATEGIES.default("genetic")
    allocator: Annotated[Allocator, ALLOCATORS] = ALLOCATORS.default("racing")
    executor: Annotated[Executor, EXECUTORS] = EXECUTORS.default("local")
    objective: Objective = Objective()
    budget: Budget
    confirm: Confirmation = Confirmation()
    concurrency: int = Field(default=64, ge=1, le=4096, description="Evaluations at once.")
    order: Annotated[Arrival | Ticket, Field(discriminator="kind"), BeforeValidator(_order)] = (
        Field(
            default=Arrival(),
            description="`arrival`, or `ticket` for results that do not depend on timing.",
        )
    )
    traces: Literal["all", "failures", "none"] = Field(
        default="all", description="Whose texts are kept: `all`, `failures` or `none`."
    )
    seed: int = Field(default=0, ge=0, lt=2**63, description="Of everything random in the run.")

    @model_validator(mode="after")
    def _names_known_models(self) -> Self:
        for name in (*self.space.models, *filter(None, [self.default_model])):
            if name not in self.models:
                raise ValueError(f"{name!r} is no model of this run: {', '.join(self.models)}")
        return self


def read_settings(
    text: str | bytes, where: str, folder: Path | None, overrides: Mapping[str, object] = {}
) -> RunSettings:
    """Reads a run file's text.

    Args:
        text: YAML or JSON.
        where: How a person would name the file.
        folder: What relative paths in it are relative to; None leaves them as they are.
        overrides: Top-level keys to set instead.

    Raises:
        ConfigError: It does not describe a run; the message names the key path and what to do.
    """
    values = {**read_mapping(text, where, trusted=True), **overrides}
    if folder is not None:
        values.setdefault("folder", str(folder))
    _look_for_modules_in(values.get("folder"))
    try:
        return RunSettings.model_validate(values, context={"folder": folder})
    except ValidationError as error:
        raise explain(error, where) from None


def _look_for_modules_in(folder: object) -> None:
    """Adds a folder where Python looks last, so that nothing of evolve's own is hidden by it."""
    if isinstance(folder, str) and folder not in sys.path:
        sys.path.append(folder)


def find_run_file(name: str) -> Path:
    """The run file of that name: a file, or one that ships with the package.

    Raises:
        ConfigError: There is neither; the message names the shipped ones.
    """
    if Path(name).is_file():
        return Path(name)
    shipped = Path(str(resources.files("configs")))
    known = sorted(
        path.stem for path in shipped.glob("*.yaml") if not path.stem.endswith("_landscape")
    )
    if name in known:
        return shipped / f"{name}.yaml"
    raise ConfigError(
        f"{name}: there is no such run file here, and none of that name is shipped; "
        f"shipped: {', '.join(known)}"
    )


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
    return json.dumps(settings.model_dump(mode="json", exclude_defaults=True))
