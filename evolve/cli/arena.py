"""`evolve arena`: searches against each other, at equal total spend."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from evolve.cli.options import AsJson, ExecutorName, Quiet, RayAddress, chosen_executor

if TYPE_CHECKING:
    from evolve.arena.contestants import Terms
    from evolve.arena.tournament import Spread
    from evolve.executors.base import Executor

Fronts: TypeAlias = Annotated[
    bool,
    typer.Option("--fronts", help="Score whole fronts of accuracy and cost too; takes longer."),
]
Plot: TypeAlias = Annotated[
    Path | None, typer.Option("--plot", help="Write regret over spend to this HTML file.")
]


def arena(
    landscapes: Annotated[
        list[str], typer.Argument(help="Run files to search on, or names of shipped ones.")
    ],
    contestants: Annotated[
        str,
        typer.Option(
            "--with",
            help="Strategies and presets, commas between them, the first one to compare with; "
            "`NAME+meta` gives a strategy the meta-agent, `NAME@ALLOCATOR` another allocator.",
        ),
    ] = "default,genetic,random",
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="How many seeds.")] = 3,
    first_seed: Annotated[int, typer.Option("--first-seed", min=0, help="The first one.")] = 0,
    share: Annotated[
        float, typer.Option("--share", min=0.001, help="Multiplies every landscape's budget.")
    ] = 1.0,
    tasks: Annotated[
        int | None, typer.Option("--tasks", min=2, help="Validation tasks; all if left out.")
    ] = None,
    sealed: Annotated[
        int | None,
        typer.Option("--sealed", min=2, help="Sealed tasks to score systems on; all if left out."),
    ] = None,
    fronts: Fronts = False,
    meta: Annotated[
        str,
        typer.Option("--meta", help="Which model is the meta-agent; else `meta`, or the dearest."),
    ] = "",
    out: Annotated[
        Path, typer.Option("--out", help="Where results are kept; going on starts from them.")
    ] = Path("arena"),
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Processes of this machine.")] = 1,
    executor: ExecutorName = None,
    ray_address: RayAddress = None,
    plot: Plot = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Let searches compete on landscapes at equal total spend; results are kept and gone on from.

    Everything that is spent counts, meta-agents too. Scores are those on sealed tasks.
    """
    from evolve.arena.contestants import Contestant, Terms
    from evolve.arena.known import known_scores
    from evolve.arena.summary import summarise
    from evolve.arena.tournament import fought, pairings
    from evolve.report.arena import draw, ended, report
    from evolve.report.console import show

    terms = Terms(share=share, tasks=tasks, meta=meta, sealed=sealed, fronts=fronts)
    entered = [Contestant.named(name.strip()) for name in contestants.split(",")]
    wanted = pairings(landscapes, entered, range(first_seed, first_seed + seeds), terms, out)
    spread = _spread(chosen_executor(executor, ray_address), jobs, landscapes, terms)
    tell = (lambda bout: None) if quiet or json else (lambda bout: typer.echo(ended(bout)))
    results = fought(wanted, spread, tell)
    summary = summarise(results.bouts, known_scores(landscapes, terms, out))
    if plot is not None:
        draw(plot, summary)
    show(report(summary, len(results.bouts)), as_json=json)
    results.check()


def _spread(
    executor: "Executor | None", jobs: int, landscapes: list[str], terms: "Terms"
) -> "Spread":
    """Over what the bouts are spread: a Ray cluster, or processes of this machine."""
    from evolve.arena.tournament import over_processes, variables
    from evolve.executors.ray import Ray

    if isinstance(executor, Ray):
        return executor.spread(variables(landscapes, terms))
    return partial(over_processes, jobs)
