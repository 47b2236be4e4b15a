"""`evolve arena`: searches against each other, at equal total spend."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from evolve.cli.commands import echo
from evolve.cli.options import AsJson, ExecutorName, Quiet, RayAddress, chosen_executor

if TYPE_CHECKING:
    from evolve.executors.base import Executor
    from evolve.lab.arena.contestants import Terms
    from evolve.lab.arena.tournament import Spread

Fronts: TypeAlias = Annotated[
    bool,
    typer.Option("--fronts", help="Score whole fronts of accuracy and cost too; takes longer."),
]
MetaModel: TypeAlias = Annotated[
    str,
    typer.Option("--meta", help="The meta-agent's model; else `meta`, or the most expensive."),
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
            help="Strategies and presets, separated by commas; the first is the baseline; "
            "`NAME+meta` gives a strategy the meta-agent, `NAME@ALLOCATOR` another allocator.",
        ),
    ] = "default,genetic,random",
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="The number of seeds.")] = 3,
    first_seed: Annotated[int, typer.Option("--first-seed", min=0, help="The first seed.")] = 0,
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
    meta: MetaModel = "",
    out: Annotated[
        Path,
        typer.Option("--out", help="The folder of results; finished matches are not repeated."),
    ] = Path("arena"),
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Processes of this machine.")] = 1,
    executor: ExecutorName = None,
    ray_address: RayAddress = None,
    plot: Plot = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Compare searches on landscapes at equal total spend; finished matches are not repeated.

    All spend counts, that of meta-agents too. Scores are those on sealed tasks.
    """
    from evolve.lab.arena.contestants import Contestant, Terms
    from evolve.lab.arena.known import known_scores
    from evolve.lab.arena.summary import summarise
    from evolve.lab.arena.tournament import pairings, play_all
    from evolve.report.arena import draw, ended, report
    from evolve.report.console import show

    terms = Terms(share=share, tasks=tasks, meta=meta, sealed=sealed, fronts=fronts)
    entered = [Contestant.named(name.strip()) for name in contestants.split(",")]
    wanted = pairings(landscapes, entered, range(first_seed, first_seed + seeds), terms, out)
    spread = _spread(chosen_executor(executor, ray_address), jobs, landscapes, terms)
    notify = (lambda match: None) if quiet or json else (lambda match: echo(ended(match)))
    results = play_all(wanted, spread, notify)
    summary = summarise(results.matches, known_scores(landscapes, terms, out))
    if plot is not None:
        draw(plot, summary)
    show(report(summary, len(results.matches)), as_json=json)
    results.check()


def _spread(
    executor: "Executor | None", jobs: int, landscapes: list[str], terms: "Terms"
) -> "Spread":
    """Where the matches run: a Ray cluster, or processes of this machine."""
    from evolve.executors.ray import Ray
    from evolve.lab.arena.tournament import over_processes, variables

    if isinstance(executor, Ray):
        return executor.spread(variables(landscapes, terms))
    return partial(over_processes, jobs)
