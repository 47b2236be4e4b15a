"""Deployments: what a system file carries so that the system can answer questions elsewhere.

A configuration names models and does not describe the task. Exports therefore add, under the key
`DEPLOYMENT`, the run's settings of both: instructions, the form of answers, the input field, and
the addresses of models. Tools are only named: their definitions come from a run file.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError

from archive.reading import Reader
from archive.records import Run
from evolve.answers.base import FORMS, Form
from evolve.engine.recorded import settings_of
from evolve.models.base import EMBEDDERS, MODELS, Embedder, Model
from evolve.runfile.consent import uses_of
from evolve.runfile.settings import RunSettings
from evolve.tools.base import TOOLS, Tool
from evolve.tools.toolbox import ToolLimits
from search_spaces.config import SystemConfig
from search_spaces.errors import ConfigError, explain
from search_spaces.frozen import Frozen
from search_spaces.yaml_text import DEPLOYMENT, parse_system, read_mapping

_FROM_RUN_FILES: Any = {"tools", "tool_limits"}


class Deployment(Frozen):
    """What a system needs besides itself to answer questions."""

    input: str = Field(
        default="question", description="The field of a question, or a text with {field}s."
    )
    instructions: str = Field(description="The instructions on the form of an answer.")
    form: Annotated[Form, FORMS] = Field(description="How answers are read.")
    models: dict[str, Annotated[Model, MODELS]] = Field(min_length=1)
    default_model: str = Field(description="The model of agents that name none.")
    embedder: Annotated[Embedder, EMBEDDERS] = EMBEDDERS.default("hashed")
    concurrency: int = Field(default=64, ge=1, description="Concurrent questions.")
    tools: dict[str, Annotated[Tool, TOOLS]] = Field(default={})
    tool_limits: ToolLimits = ToolLimits()

    @classmethod
    def of(cls, settings: RunSettings) -> Self:
        """The deployment that a run's settings describe."""
        return cls(
            input=settings.tasks.input,
            instructions=settings.tasks.request,
            form=settings.tasks.answer_form,
            models=settings.models,
            default_model=settings.answering,
            embedder=settings.embedder,
            concurrency=settings.concurrency,
            tools=settings.tools,
            tool_limits=settings.tool_limits,
        )

    def written(self, config: SystemConfig) -> dict[str, Any]:
        """The deployment as a system file carries it.

        Args:
            config: The system; models that it does not use are left out.
        """
        used = {agent.model or self.default_model for agent in config.agents}
        written = self.model_dump(mode="json", exclude_defaults=True, exclude=_FROM_RUN_FILES)
        models = {
            name: _without_places(model)
            for name, model in written["models"].items()
            if name in used
        }
        default = {"default_model": self.default_model} if self.default_model in used else {}
        del written["default_model"]
        return {**written, "models": models, **default}


def _without_places(model: object) -> object:
    """A model without its file of variables, whose path differs between machines."""
    if not isinstance(model, Mapping):
        return model
    return {
        kind: {name: value for name, value in options.items() if name != "env_file"}
        for kind, options in model.items()
    }


def carried_by(path: Path) -> Mapping[str, Any] | None:
    """The deployment that a system file carries, as plain data; None if it carries none.

    Args:
        path: The system file.

    Raises:
        ConfigError: It cannot be read.
    """
    try:
        carried = read_mapping(path.read_bytes(), str(path)).get(DEPLOYMENT)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    if carried is not None and not isinstance(carried, Mapping):
        raise ConfigError(f"{path}: `{DEPLOYMENT}` has to be a mapping")
    return carried


def origin(archive: Reader, carried: Mapping[str, Any], path: Path) -> Run | None:
    """The newest run of an archive with whose settings a system was exported; None if none is.

    Args:
        archive: The archive.
        carried: What the system file carries.
        path: The system file.
    """
    config = parse_system(path.read_bytes(), str(path))
    for run in reversed(archive.runs()):
        if as_carried(run, settings_of(archive, run), config) == dict(carried):
            return run
    return None


def as_carried(run: Run, settings: RunSettings, config: SystemConfig) -> dict[str, Any]:
    """The deployment of a run as the file of one of its systems carries it.

    Settings that are only looked at have a substitute for a third party's models; these are taken
    from the run's record as they are.

    Args:
        run: The run.
        settings: Its settings, to look at.
        config: The system.
    """
    written = Deployment.of(settings).written(config)
    recorded = json.loads(run.settings).get("models", {})
    for name, model in written["models"].items():
        original = recorded.get(name, model)
        if kind_of(original) != kind_of(model):
            written["models"][name] = original
    carried: dict[str, Any] = json.loads(json.dumps(written))
    return carried


def kind_of(plugin: object) -> str:
    """The name of a plug-in, as settings write it: by itself, or with its options."""
    return str(next(iter(plugin), "") if isinstance(plugin, Mapping) else plugin)


def accepted(
    carried: Mapping[str, Any], path: Path, consent: Callable[[str, Sequence[str]], bool]
) -> Deployment:
    """The deployment of a system file that was not exported from an archive here.

    Args:
        carried: What the file carries.
        path: The file.
        consent: Called before addresses, variables or modules that the file names are used.

    Raises:
        ConfigError: They are not accepted, or the file describes no deployment.
    """
    uses = uses_of(json.dumps(carried))
    if uses and not consent(str(path), uses):
        raise ConfigError(
            f"{path} comes from elsewhere, and using it would do this: {'; '.join(uses)}. If you "
            "trust it, add --trust, or give a run file of your own with --run-file"
        )
    values = {key: value for key, value in carried.items() if key not in _FROM_RUN_FILES}
    values.setdefault("default_model", next(iter(values.get("models") or [""])))
    try:
        folder = path.absolute().parent
        return Deployment.model_validate(values, context={"folder": folder})
    except ValidationError as error:
        raise explain(error, f"{path}, {DEPLOYMENT}") from None
