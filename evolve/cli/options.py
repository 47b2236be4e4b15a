"""The options that commands share, spelled once."""

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
