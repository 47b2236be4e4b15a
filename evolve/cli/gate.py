"""`evolve gate`: compares a new system with an old one, for people and for pipelines."""

from enum import StrEnum
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
    SecondsCap,
    Seed,
    Set,
    TokensCap,
    UnsafeExec,
    UsdCap,
    executing,
    overriding,
)
from evolve.cli.systems import SplitName

if TYPE_CHECKING:
    from evolve.gate.comparison import Comparison

WORSE, UNDECIDED = 1, 4
"""Exit codes."""


class AboutName(StrEnum):
    """What a verdict is about."""

    new_tasks = "new-tasks"
    these_tasks = "these-tasks"


class StopName(StrEnum):
    """The verdict that suffices."""

    better = "better"
    not_worse = "not-worse"


SYSTEM = "A system file, or a model of the run file as a single agent."


Margin = Annotated[
    float, typer.Option("--margin", min=0, max=99, help="Points that the new system may lose.")
]
About = Annotated[
    AboutName,
    typer.Option(
        help="What the verdict holds for: further tasks like these, or the answers to these tasks "
        "alone."
    ),
]
StopAt = Annotated[
    StopName,
    typer.Option(help="Go on until the new system is better, or stop once it is not worse."),
]
Junit = Annotated[
    Path | None, typer.Option("--junit", help="Write the result to this JUnit XML file.")
]
MarkdownFile = Annotated[
    Path | None, typer.Option("--summary", help="Append the result to this Markdown file.")
]


def gate(
    old: Annotated[str, typer.Argument(help=f"The old system. {SYSTEM}")],
    new: Annotated[str, typer.Argument(help="The new system, named in the same way.")],
    run_file: Annotated[
        str, typer.Option("--run-file", metavar="FILE", help="Whose tasks and models to use.")
    ],
    margin: Margin = 2.0,
    split: Annotated[
        SplitName, typer.Option(help="Which tasks; a look at test is counted.")
    ] = SplitName.validation,
    about: About = AboutName.new_tasks,
    stop_at: StopAt = StopName.better,
    usd: UsdCap = None,
    evaluations: Annotated[
        int | None, typer.Option(help="A cap in evaluations, two for each task.")
    ] = None,
    calls: CallsCap = None,
    tokens: TokensCap = None,
    seconds: SecondsCap = None,
    junit: Junit = None,
    summary: MarkdownFile = None,
    archive: ArchivePath = DEFAULT_ARCHIVE,
    seed: Seed = None,
    given: Set = None,
    executor: ExecutorName = None,
    ray_address: RayAddress = None,
    unsafe_exec: UnsafeExec = False,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Test whether a new system is better than an old one, or at least not worse.

    Both answer the same tasks in random order until the verdict is clear or a cap is reached. Exits
    with 0 if the new system is better or not worse, 1 if it is worse, 4 if that stays undecided.
    """
    from archive.store import Archive
    from evolve.engine.caps import with_caps
    from evolve.gate.comparison import compare
    from evolve.gate.sides import read_sides
    from evolve.gate.verdict import Terms
    from evolve.report import gate as report
    from evolve.report import live
    from evolve.report.gate_files import require_writable, write
    from evolve.runfile.settings import load_run_file

    settings = load_run_file(
        run_file, overriding(seed, given=given) | executing(executor, ray_address)
    )
    caps = {"usd": usd, "evaluations": evaluations, "calls": calls}
    budget = with_caps(settings.budget, caps | {"tokens": tokens, "seconds": seconds})
    settings = settings.model_copy(update={"budget": budget})
    sides = read_sides(old, new, settings)
    require_writable(junit, summary)
    terms = Terms(margin=margin / 100, about=about.value, stop_at=stop_at.value)
    with Archive.write(archive) as opened:
        watch = live.watch(quiet=quiet or json)
        comparison = compare(settings, opened, sides, split.value, terms, watch)
    write(comparison, junit, summary)
    report.show(comparison, as_json=json)
    if code := _code(comparison):
        raise typer.Exit(code)


def _code(comparison: "Comparison") -> int:
    from evolve.gate.verdict import Verdict

    codes = {Verdict.WORSE: WORSE, Verdict.UNDECIDED: UNDECIDED}
    return codes.get(comparison.verdict, 0)
