"""`evolve doctor`: whether a run file works here, and what to fix."""

from typing import Annotated

import typer

from evolve.cli.options import (
    DEFAULT_ARCHIVE,
    ArchivePath,
    AsJson,
    Preset,
    RunFile,
    Seed,
    Set,
    UnsafeExec,
    overriding,
)

UNSOUND = 2


def doctor(
    run_file: RunFile,
    archive: ArchivePath = DEFAULT_ARCHIVE,
    no_calls: Annotated[
        bool,
        typer.Option(
            "--no-calls", help="Make no model calls; otherwise one or two for each model."
        ),
    ] = False,
    seed: Seed = None,
    preset: Preset = None,
    given: Set = None,
    unsafe_exec: UnsafeExec = False,
    json: AsJson = False,
) -> None:
    """Check endpoints, prices, tasks and archive; exits with 2 if something must be fixed."""
    from evolve.report.console import show
    from evolve.report.doctor import report
    from evolve.runfile.settings import load_run_file
    from evolve.setup.doctor import examine

    settings = load_run_file(run_file, overriding(seed, preset, given))
    found = examine(settings, archive, calls=not no_calls)
    show(report(found), as_json=json)
    if not found.sound:
        raise typer.Exit(UNSOUND)
