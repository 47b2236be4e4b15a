"""`evolve run` and `evolve resume`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evolve.cli.options import (
    DEFAULT_ARCHIVE,
    ArchivePath,
    AsJson,
    ExecutorName,
    Preset,
    Quiet,
    RayAddress,
    RunFile,
    RunRef,
    Seed,
    Set,
    Trackers,
    UnsafeExec,
    chosen_executor,
    executing,
    overriding,
)

if TYPE_CHECKING:
    from evolve.run import Result


def run(
    run_file: RunFile,
    archive: ArchivePath = DEFAULT_ARCHIVE,
    seed: Seed = None,
    preset: Preset = None,
    given: Set = None,
    tracker: Trackers = None,
    executor: ExecutorName = None,
    ray_address: RayAddress = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Pay nobody: simulated models stand in for real ones, in dry-run.db.",
        ),
    ] = False,
    unsafe_exec: UnsafeExec = False,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Search for the best system that a run file asks for, and confirm it on sealed tasks."""
    from archive.store import Archive
    from evolve.report import live
    from evolve.run import start
    from evolve.settings import load_run_file

    said = overriding(seed, preset, given, tracker) | executing(executor, ray_address)
    settings = load_run_file(run_file, said)
    if dry_run:
        from evolve.rehearsal import dry_run as rehearsed

        archive = Path("dry-run.db") if archive == DEFAULT_ARCHIVE else archive
        settings = rehearsed(settings, archive)
    with Archive.write(archive) as opened:
        result = start(settings, opened, live.watch(quiet=quiet or json))
    _show(result, archive, as_json=json)


def resume(
    run_ref: RunRef = None,
    archive: ArchivePath = DEFAULT_ARCHIVE,
    usd: Annotated[
        float | None, typer.Option("--usd", help="Another cap in USD from now on.")
    ] = None,
    evaluations: Annotated[
        int | None,
        typer.Option("--evaluations", help="Another cap in task evaluations from now on."),
    ] = None,
    executor: ExecutorName = None,
    ray_address: RayAddress = None,
    calls: Annotated[
        int | None, typer.Option("--calls", help="Another cap in model calls from now on.")
    ] = None,
    tokens: Annotated[
        int | None, typer.Option("--tokens", help="Another cap in tokens from now on.")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option("--seconds", help="Another cap in seconds from now on.")
    ] = None,
    candidates: Annotated[
        int | None, typer.Option("--candidates", help="Another cap in candidates from now on.")
    ] = None,
    unsafe_exec: UnsafeExec = False,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Go on with an interrupted or paused run; what is settled is not paid again."""
    from archive.reading import Reader
    from archive.store import Archive
    from evolve.report import live
    from evolve.run import resume as go_on

    with Reader.read(archive) as opened:  # before writing, which would make an archive
        opened.run(run_ref)
    elsewhere = chosen_executor(executor, ray_address)
    caps = {
        "usd": usd,
        "evaluations": evaluations,
        "calls": calls,
        "tokens": tokens,
        "seconds": seconds,
        "candidates": candidates,
    }
    with Archive.write(archive) as opened:
        result = go_on(opened, run_ref, caps, live.watch(quiet=quiet or json), elsewhere)
    _show(result, archive, as_json=json)


def _show(result: "Result", archive: Path, *, as_json: bool) -> None:
    from evolve.errors import StoppedError
    from evolve.report import outcome

    outcome.show(result, archive, as_json=as_json)
    if result.stopped:
        raise StoppedError("stopped; what was settled is kept and `evolve resume` goes on from it")
