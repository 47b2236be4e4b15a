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
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print results only.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
RunFile = Annotated[
    str, typer.Argument(help="A run file, or the name of one that ships with evolve.")
]
Preset = Annotated[
    str | None,
    typer.Option("--preset", help="Search as a published system does, whatever the run file says."),
]


def overriding(seed: int | None, preset: str | None) -> dict[str, object]:
    """The keys of a run file that options set instead."""
    given = {"seed": seed, "preset": preset}
    return {key: value for key, value in given.items() if value is not None}


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
