"""The options that commands share, spelled once."""

import os
from pathlib import Path
from typing import Annotated

import typer

ArchivePath = Annotated[
    Path, typer.Option("--archive", help="The archive file.", show_default=True)
]
DEFAULT_ARCHIVE = Path("evolve.db")
RunRef = Annotated[str | None, typer.Argument(help="A run; the newest if left out.")]
RunOption = Annotated[str | None, typer.Option("--run", help="A run; the newest if left out.")]
Seed = Annotated[int | None, typer.Option("--seed", help="Instead of the run file's seed.")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Any key of the run file; repeatable."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print results only.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
RunFile = Annotated[
    str, typer.Argument(help="A run file, or the name of one that ships with evolve.")
]
Preset = Annotated[
    str | None,
    typer.Option("--preset", help="Search as a published system does, whatever the run file says."),
]

Trackers = Annotated[
    list[str] | None,
    typer.Option(
        "--tracker",
        metavar="NAME",
        help="Tell mlflow, wandb or opentelemetry how the run goes; repeatable.",
    ),
]


def overriding(
    seed: int | None = None,
    preset: str | None = None,
    given: list[str] | None = None,
    trackers: list[str] | None = None,
) -> dict[str, object]:
    """What options say instead of the run file, by key path."""
    from evolve.overrides import read_overrides

    named = {"seed": seed, "preset": preset, "trackers": trackers or None}
    said = {key: value for key, value in named.items() if value is not None}
    return {**read_overrides(given or ()), **said}


def _accept_the_risk(accepted: bool) -> bool:
    if accepted:
        os.environ["EVOLVE_UNSAFE_EXEC"] = "1"
    return accepted


UnsafeExec = Annotated[
    bool,
    typer.Option(
        "--unsafe-exec",
        callback=_accept_the_risk,
        help="Run code that models wrote on this machine as it is, where the sandbox is missing.",
    ),
]
