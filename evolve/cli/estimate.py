"""`evolve estimate`: what a run will cost, before it starts."""

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


def estimate(
    run_file: RunFile,
    archive: ArchivePath = DEFAULT_ARCHIVE,
    seed: Seed = None,
    preset: Preset = None,
    given: Set = None,
    unsafe_exec: UnsafeExec = False,
    json: AsJson = False,
) -> None:
    """Estimate a run: calls, tokens, cost and time, with warnings."""
    from dataclasses import replace

    from archive.reading import Reader
    from evolve.forecast import estimate as estimate_run
    from evolve.forecast.listing import unlisted
    from evolve.report import console
    from evolve.report.estimate import report
    from evolve.runfile.settings import load_run_file

    settings = load_run_file(run_file, overriding(seed, preset, given))
    if archive.exists():
        with Reader.read(archive) as earlier:
            estimated = estimate_run(settings, earlier)
    else:
        estimated = estimate_run(settings)
    doubts = unlisted(settings.models)
    estimated = replace(estimated, warnings=(*estimated.warnings, *doubts))
    console.show(report(settings, estimated), as_json=json)
