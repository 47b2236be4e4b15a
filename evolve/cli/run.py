"""`evolve run` and `evolve resume`."""

from typing import Annotated

import typer

from evolve.cli.options import (
    DEFAULT_ARCHIVE,
    ArchivePath,
    AsJson,
    Quiet,
    RunFile,
    RunRef,
    Seed,
)


def run(
    run_file: RunFile,
    archive: ArchivePath = DEFAULT_ARCHIVE,
    seed: Seed = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Search for the best system that a run file asks for, and confirm it on sealed tasks."""
    from archive.store import Archive
    from evolve.report import live, outcome
    from evolve.run import start
    from evolve.settings import load_run_file

    settings = load_run_file(run_file, {} if seed is None else {"seed": seed})
    with Archive.write(archive) as opened:
        result = start(settings, opened, live.watch(quiet=quiet or json))
    outcome.show(result, archive, as_json=json)


def resume(
    run_ref: RunRef = None,
    archive: ArchivePath = DEFAULT_ARCHIVE,
    usd: Annotated[float | None, typer.Option("--usd", help="Another cap in USD.")] = None,
    evaluations: Annotated[
        int | None, typer.Option("--evaluations", help="Another cap in task evaluations.")
    ] = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Go on with an interrupted or paused run; what is settled is not paid again."""
    from archive.store import Archive
    from evolve.report import live, outcome
    from evolve.run import resume as go_on

    caps = {"usd": usd, "evaluations": evaluations}
    with Archive.write(archive) as opened:
        result = go_on(opened, run_ref, caps, live.watch(quiet=quiet or json))
    outcome.show(result, archive, as_json=json)
