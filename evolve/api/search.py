"""Searches started by a program: the same as `evolve run`, plain and async."""

from collections.abc import Mapping
from pathlib import Path

from archive.store import Archive
from evolve.api.background import Background
from evolve.api.finding import Finding, find, finished
from evolve.api.inputs import RunFile, ScoringFunction, Tasks, overrides_of, settings_of
from evolve.engine.session import Watch
from evolve.runfile.settings import RunSettings


def search(
    run_file: RunFile,
    *,
    tasks: Tasks | None = None,
    scorer: ScoringFunction | None = None,
    archive: str | Path = "evolve.db",
    overrides: Mapping[str, object] = {},
    seed: int | None = None,
    preset: str | None = None,
    dry_run: bool = False,
    quiet: bool = True,
) -> Finding:
    """Searches for the best system that a run file asks for, and confirms it on sealed tasks.

    An interrupt (Ctrl-C, or a notebook's stop button) ends the search in good order; what was
    settled is kept, and `Archives.resume` continues from there.

    Args:
        run_file: A path, the name of a run file that ships with evolve, or what a run file would
            say as a mapping. In a mapping, functions and classes of your own may stand for their
            names, and a function for a scorer or a tool.
        tasks: A task file, or the tasks themselves as mappings, instead of the run file's. The
            latter are kept as a file beside the archive.
        scorer: A function of a task and an answer, plain or async, instead of the run file's
            scorer; it returns a number from 0 to 1, or {score: …, feedback: …}.
        archive: The archive to write to.
        overrides: Any key of the run file by its path, such as ``{"budget.usd": 2}``.
        seed: Instead of the run file's.
        preset: Search as a published system does.
        dry_run: Whether simulated models stand in for the real ones, free of charge.
        quiet: Whether to show no progress.

    Raises:
        EvolveError: The run cannot start as requested, or an endpoint does not answer.
        KeyboardInterrupt: It was interrupted.
    """
    path = Path(archive)
    said = overrides_of(overrides, path, tasks, scorer, seed, preset)
    return _begin(settings_of(run_file, said), path, dry_run=dry_run, quiet=quiet).result()


async def search_async(
    run_file: RunFile,
    *,
    tasks: Tasks | None = None,
    scorer: ScoringFunction | None = None,
    archive: str | Path = "evolve.db",
    overrides: Mapping[str, object] = {},
    seed: int | None = None,
    preset: str | None = None,
    dry_run: bool = False,
    quiet: bool = True,
) -> Finding:
    """Searches as `search` does, without blocking the event loop; cancelling stops it.

    Raises:
        EvolveError: As for `search`.
        CancelledError: It was cancelled; what was settled is kept.
    """
    path = Path(archive)
    said = overrides_of(overrides, path, tasks, scorer, seed, preset)
    return await _begin(settings_of(run_file, said), path, dry_run=dry_run, quiet=quiet).outcome()


def _begin(
    settings: RunSettings, archive: Path, *, dry_run: bool, quiet: bool
) -> Background[Finding]:
    from evolve.report import live

    if dry_run:
        from evolve.forecast.dry_run import dry_run as rehearsed

        settings = rehearsed(settings, archive)

    def work(watch: Watch) -> Finding:
        from evolve.engine.run import start

        with Archive.write(archive) as opened:
            result = start(settings, opened, watch)
            return finished(result, find(opened, result.run, archive))

    return Background(work, live.watch(quiet=quiet))
