"""`evolve schema`: the JSON Schemas of system files and run files, for editors."""

from enum import StrEnum
from typing import Annotated

import typer


class What(StrEnum):
    """The kinds of file that people write."""

    system = "system"
    run = "run"


def schema(what: Annotated[What, typer.Argument(help="The kind of file.")]) -> None:
    """Print the JSON Schema of a kind of file, for completion and checks in an editor."""
    import json

    typer.echo(json.dumps(schema_of(what), indent=2))


def schema_of(what: What) -> dict[str, object]:
    """The JSON Schema of a kind of file."""
    from evolve.settings import RunSettings
    from search_spaces.config import SystemConfig

    model = SystemConfig if what is What.system else RunSettings
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"evolve {what} file",
    } | model.model_json_schema()
