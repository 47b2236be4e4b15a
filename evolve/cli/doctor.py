"""`evolve doctor`: whether a run file can work here, and what to mend."""

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
        bool, typer.Option("--no-calls", help="Ask no model anything; else each once, in a word.")
    ] = False,
    seed: Seed = None,
    preset: Preset = None,
    given: Set = None,
    unsafe_exec: UnsafeExec = False,
    json: AsJson = False,
) -> None:
    """Check endpoints, prices, tasks and archive; exits with 2 if something must be mended."""
    from evolve.doctor import examine
    from evolve.report.console import show
    from evolve.report.doctor import report
    from evolve.settings import load_run_file

    settings = load_run_file(run_file, overriding(seed, preset, given))
    found = examine(settings, archive, calls=not no_calls)
    show(report(found), as_json=json)
    if not found.sound:
        raise typer.Exit(UNSOUND)
