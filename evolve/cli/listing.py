"""`evolve list`: the choices that a run file has."""

from enum import StrEnum
from typing import Annotated

import typer

from evolve.cli.commands import echo
from evolve.cli.options import AsJson


class Kind(StrEnum):
    """What can be listed."""

    presets = "presets"
    run_files = "run-files"
    systems = "systems"
    strategies = "strategies"
    allocators = "allocators"
    scorers = "scorers"
    models = "models"
    embedders = "embedders"
    executors = "executors"
    tools = "tools"
    trackers = "trackers"


def list_all(
    what: Annotated[
        Kind,
        typer.Argument(
            show_choices=False,
            help=f"One of {', '.join(Kind)}. Presets are published systems; run files ship "
            "with evolve.",
        ),
    ],
    json: AsJson = False,
) -> None:
    """List what a run file can name, with a one-line description each."""
    from evolve.report import choices
    from evolve.report.console import console, show

    found = choices.listed(what.value)
    if json or console().is_terminal:
        show(found, as_json=json)
        return
    widest = max(len(each["name"]) for each in found.data)
    for each in found.data:  # whole, for other programs to search
        echo(f"{each['name']:<{widest}}  {each['about']}")
