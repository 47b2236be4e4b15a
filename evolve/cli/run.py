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
    Trust,
    UnsafeExec,
    chosen_executor,
    executing,
    overriding,
)

if TYPE_CHECKING:
    from evolve.engine.run import Result


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
            help="Make no paid call: simulated models stand in for real ones, in dry-run.db.",
        ),
    ] = False,
    unsafe_exec: UnsafeExec = False,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Search for the best system that a run file asks for, and confirm it on sealed tasks."""
    from archive.store import Archive
    from evolve.engine.run import start
    from evolve.report import live
    from evolve.runfile.settings import load_run_file

    said = overriding(seed, preset, given, tracker) | executing(executor, ray_address)
    settings = load_run_file(run_file, said)
    if dry_run:
        from evolve.forecast.dry_run import dry_run as with_simulated_models

        archive = Path("dry-run.db") if archive == DEFAULT_ARCHIVE else archive
        settings = with_simulated_models(settings, archive)
    with Archive.write(archive) as opened:
        result = start(settings, opened, live.watch(quiet=quiet or json))
    rehearsed = _again(run_file, seed, preset, given) if dry_run else ""
    _show(result, archive, as_json=json, rehearsed=rehearsed)


def resume(
    run_ref: RunRef = None,
    archive: ArchivePath = DEFAULT_ARCHIVE,
    run_file: Annotated[
        str | None,
        typer.Option(
            "--run-file",
            metavar="FILE",
            help="Use this run file from now on; its tasks are the same.",
        ),
    ] = None,
    given: Set = None,
    usd: Annotated[float | None, typer.Option("--usd", help="The new cap in USD.")] = None,
    evaluations: Annotated[int | None, typer.Option(help="The new cap in evaluations.")] = None,
    calls: Annotated[int | None, typer.Option(help="The new cap in model calls.")] = None,
    tokens: Annotated[int | None, typer.Option(help="The new cap in tokens.")] = None,
    seconds: Annotated[float | None, typer.Option(help="The new cap in seconds.")] = None,
    candidates: Annotated[int | None, typer.Option(help="The new cap in candidates.")] = None,
    executor: ExecutorName = None,
    ray_address: RayAddress = None,
    trust: Trust = False,
    unsafe_exec: UnsafeExec = False,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Continue an interrupted or paused run; settled results are not paid for again."""
    from archive.reading import Reader
    from archive.store import Archive
    from evolve.cli.consent import consent
    from evolve.engine.recorded import usable_settings
    from evolve.engine.run import resume as go_on
    from evolve.report import live
    from evolve.runfile.settings import changed, load_run_file

    with Reader.read(archive) as opened:  # before writing, which would create an archive
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
        watch = live.watch(quiet=quiet or json)
        asking, overrides = consent(trust=trust), overriding(given=given)
        settings = None
        if run_file is not None:
            settings = load_run_file(run_file, overrides)
        elif overrides:
            settings = changed(usable_settings(opened, opened.run(run_ref), asking), overrides)
        result = go_on(opened, run_ref, caps, watch, elsewhere, asking, settings)
    _show(result, archive, as_json=json)


def _again(run_file: str, seed: int | None, preset: str | None, given: list[str] | None) -> str:
    """A run file and options as typed on a command line."""
    from shlex import quote

    words = [quote(run_file)]
    words += [] if seed is None else [f"--seed {seed}"]
    words += [] if preset is None else [f"--preset {quote(preset)}"]
    words += [f"--set {quote(each)}" for each in given or ()]
    return " ".join(words)


def _show(result: "Result", archive: Path, *, as_json: bool, rehearsed: str = "") -> None:
    from evolve.errors import StoppedError
    from evolve.report import outcome

    outcome.show(result, archive, as_json=as_json, rehearsed=rehearsed)
    if result.stopped:
        raise StoppedError(
            "stopped; all settled results are kept and `evolve resume` continues from them"
        )
