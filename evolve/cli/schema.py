"""`evolve schema`: the JSON Schemas of system files and run files, for editors."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import typer

from evolve.cli.commands import echo


class What(StrEnum):
    """The kinds of file that people write."""

    system = "system"
    run = "run"


def schema(what: Annotated[What, typer.Argument(help="The kind of file.")]) -> None:
    """Print the JSON Schema of a kind of file, for completion and checks in an editor."""
    import json

    echo(json.dumps(schema_of(what), indent=2))


def schema_of(what: What) -> dict[str, object]:
    """The JSON Schema of a kind of file; plug-ins of a run file are listed with their options."""
    from evolve.allocators.base import ALLOCATORS
    from evolve.answers.base import FORMS
    from evolve.executors.base import EXECUTORS
    from evolve.models.base import EMBEDDERS, MODELS
    from evolve.runfile.settings import RunSettings
    from evolve.sandbox.base import SANDBOXES
    from evolve.strategies.base import STRATEGIES
    from evolve.strategies.parts.kinds import KINDS as PARTS
    from evolve.tasks.base import SCORERS
    from evolve.tools.base import TOOLS
    from evolve.trackers.base import TRACKERS
    from search_spaces.config import SystemConfig

    model = SystemConfig if what is What.system else RunSettings
    kinds = (
        STRATEGIES,
        *PARTS.values(),
        ALLOCATORS,
        MODELS,
        EMBEDDERS,
        EXECUTORS,
        FORMS,
        SCORERS,
        TOOLS,
        SANDBOXES,
        TRACKERS,
    )
    options = {kind.package: kind.options_schema() for kind in kinds}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"evolve {what} file",
        **_with_options(model.model_json_schema(), options),
    }


def _with_options(schema: Any, options: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(schema, list):
        return [_with_options(each, options) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if (package := schema.get("$comment", "")) in options:
        named, with_options = schema["anyOf"]
        return {**schema, "anyOf": [named, {**with_options, "properties": options[package]}]}
    return {key: _with_options(value, options) for key, value in schema.items()}
