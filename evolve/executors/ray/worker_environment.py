"""What an actor works with, as data: it builds its own models, tools and scorer from that."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from evolve.models.base import EMBEDDERS, MODELS, Embedder, Model, Models
from evolve.models.cache import CachedModel
from evolve.tasks.base import SCORERS, Scorer
from evolve.tools.base import TOOLS, Tool
from evolve.tools.toolbox import Toolbox, ToolLimits
from search_spaces.config import ToolName
from search_spaces.frozen import Frozen


class WorkerEnvironment(Frozen):
    """The plug-ins of one kind of actor, as a run file writes them."""

    models: dict[str, Annotated[Model, MODELS]]
    default_model: str
    relayed: tuple[str, ...] = ()
    """The models whose calls the driver is asked about: those that are paid for."""
    memory: dict[str, str] = Field(default={})
    """What is known of their endpoints."""
    embedder: Annotated[Embedder, EMBEDDERS] | None = None
    tools: dict[ToolName, Annotated[Tool, TOOLS]] = Field(default={})
    tool_limits: ToolLimits = ToolLimits()
    scorer: Annotated[Scorer, SCORERS] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """All variables that its plug-ins need, here and now."""
        plugins = [*self.models.values(), *self.tools.values(), self.embedder, self.scorer]
        found: dict[str, str] = {}
        for plugin in filter(None, plugins):
            found.update(plugin.environment)
        return found

    def written(self) -> str:
        """As text, for `WorkerEnvironment.model_validate_json` in another process."""
        return self.model_dump_json(exclude_defaults=True)


def for_rollouts(models: Models, embedder: Embedder, toolbox: Toolbox) -> WorkerEnvironment:
    """What agents are run with; the scorer is not part of it."""
    named = {name: models[name] for name in models.names}
    return WorkerEnvironment(
        models={name: model.bare for name, model in named.items()},
        default_model=models.default,
        relayed=_relayed(named),
        memory=_memory(named),
        embedder=embedder,
        tools={name: toolbox[name] for name in toolbox.names},
        tool_limits=toolbox.limits,
    )


def for_scoring(models: Models, scorer: Scorer) -> WorkerEnvironment:
    """What answers are scored with; no model is part of it that the scorer does not ask."""
    named = {name: models[name] for name in scorer.asks}
    return WorkerEnvironment(
        models={name: model.bare for name, model in named.items()},
        default_model=next(iter(named), ""),
        relayed=_relayed(named),
        memory=_memory(named),
        scorer=scorer,
    )


def _relayed(models: Mapping[str, Model]) -> tuple[str, ...]:
    return tuple(name for name, model in models.items() if isinstance(model, CachedModel))


def _memory(models: Mapping[str, Model]) -> dict[str, str]:
    known = {
        model.bare.memory_key: model.cache.recall(model.bare.memory_key)
        for model in models.values()
        if isinstance(model, CachedModel) and model.bare.memory_key
    }
    return {key: text for key, text in known.items() if text is not None}
