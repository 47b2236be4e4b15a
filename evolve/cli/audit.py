"""`evolve audit`: what data, scorer and budget can show, before a search is paid for."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evolve.cli.options import (
    DEFAULT_ARCHIVE,
    ArchivePath,
    AsJson,
    CallsCap,
    ExecutorName,
    Quiet,
    RayAddress,
    RunFile,
    SecondsCap,
    Seed,
    Set,
    TokensCap,
    UnsafeExec,
    UsdCap,
    executing,
    overriding,
)

if TYPE_CHECKING:
    from evolve.forecast import Estimate
    from evolve.gate.sides import Side
    from evolve.runfile.settings import RunSettings

SystemName = Annotated[
    str | None,
    typer.Option(
        "--system",
        help="A system file, or a model of the run file as a single agent; the first seed if left "
        "out.",
    ),
]
FindingsFile = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="A file for the findings: .json, or else text."),
]


def audit(
    run_file: RunFile,
    system: SystemName = None,
    tasks: Annotated[
        int, typer.Option(min=1, help="Validation tasks to evaluate it on, at most.")
    ] = 50,
    repeats: Annotated[int, typer.Option(min=2, max=100, help="Evaluations of each task.")] = 2,
    usd: UsdCap = None,
    evaluations: Annotated[int | None, typer.Option(help="A cap in evaluations.")] = None,
    calls: CallsCap = None,
    tokens: TokensCap = None,
    seconds: SecondsCap = None,
    output: FindingsFile = None,
    archive: ArchivePath = DEFAULT_ARCHIVE,
    seed: Seed = None,
    given: Set = None,
    executor: ExecutorName = None,
    ray_address: RayAddress = None,
    unsafe_exec: UnsafeExec = False,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Check data and scorer before a search: noise, labels, duplicates, the least gain shown.

    Evaluates one system several times on validation tasks; of sealed ones it reads the texts alone.
    """
    from archive.store import Archive
    from evolve.audit import audit as examine
    from evolve.data.output_files import replace_file
    from evolve.engine.caps import with_caps
    from evolve.report import live
    from evolve.report.audit import report
    from evolve.report.console import in_file, show
    from evolve.report.gate_files import require_writable
    from evolve.report.replies import causes_in
    from evolve.runfile.settings import load_run_file

    settings = load_run_file(
        run_file, overriding(seed, given=given) | executing(executor, ray_address)
    )
    caps = {"usd": usd, "evaluations": evaluations, "calls": calls}
    budget = with_caps(settings.budget, caps | {"tokens": tokens, "seconds": seconds})
    capped = settings.model_copy(update={"budget": budget})
    side = _side(system, settings)
    require_writable(output)
    with Archive.write(archive) as opened:
        watch = live.watch(quiet=quiet or json)
        found = examine(capped, opened, side, tasks, repeats, watch)
    causes = [cause.text for cause in causes_in(archive, found.run)]
    made = report(found, _estimate(settings, archive), causes)
    if output is not None:
        replace_file(output, in_file(made, as_json=output.suffix == ".json"))
    show(made, as_json=json)


def _side(system: str | None, settings: "RunSettings") -> "Side":
    """The system to audit."""
    from evolve.engine.seeds import seed_configurations
    from evolve.gate.sides import Side, read_side

    if system is not None:
        return read_side(system, settings)
    first = seed_configurations(settings)[0]
    return Side(first.name or "the first seed", first)


def _estimate(settings: "RunSettings", archive: Path) -> "Estimate | str":
    """What the search would take, or why that is not known: it must not cost the findings."""
    from archive.reading import Reader
    from evolve.forecast import estimate
    from search_spaces.errors import EvolveError

    try:
        with Reader.read(archive) as earlier:
            return estimate(settings, earlier)
    except EvolveError as error:
        return str(error)
