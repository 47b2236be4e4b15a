"""`evolve bench`: measurements of evolve's own parts on recorded outcomes."""

from pathlib import Path
from typing import Annotated

import typer

from evolve.cli.commands import Commands, echo

app = Commands(no_args_is_help=True, help="Measure evolve's own parts on recorded outcomes.")


@app.callback()
def _group() -> None:
    """Measure evolve's own parts on recorded outcomes."""


@app.command()
def allocation(
    matrix: Annotated[
        Path, typer.Option("--matrix", help="An .npz file: Y, shape (systems, tasks[, trials]).")
    ],
    allocator: Annotated[
        str,
        typer.Option(
            "--allocator",
            help="Names separated by commas, or `all`; with options as in a run file.",
        ),
    ] = "all",
    reps: Annotated[int, typer.Option("--reps", min=1, help="Repetitions.")] = 100,
    target: Annotated[
        float, typer.Option("--target", min=0.0, help="Points below the best that still count.")
    ] = 1.0,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The seed of everything random.")] = 0,
    jobs: Annotated[int, typer.Option("--jobs", min=0, help="Processes; 0: all cores.")] = 0,
    gradual: Annotated[
        bool, typer.Option("--gradual", help="Reveal systems one by one; report regret.")
    ] = False,
    cost: Annotated[
        str, typer.Option("--cost", help="matrix, equal, lognormal, correlated, [hard-]tasks.")
    ] = "matrix",
    horizon: Annotated[
        int | None, typer.Option("--horizon", min=1, help="The largest budget; all if left out.")
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option("--without", help="A system to leave out; repeatable.")
    ] = None,
    log: Annotated[
        Path | None,
        typer.Option("--log", help="Keep repetitions in this file; those in it are not repeated."),
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", help="Write the curves to this HTML file.")
    ] = None,
) -> None:
    """Replay recorded outcomes: how soon does an allocator find a system near the best?"""
    import json as text
    import os

    from evolve.lab.bench.allocation import allocators, measure
    from evolve.lab.bench.log import Log
    from evolve.lab.bench.matrix import load, priced
    from evolve.lab.bench.summary import described, draw, show

    recorded = priced(load(matrix, tuple(without or ())), cost, seed)
    kept = None if log is None else Log(log)
    processes = jobs or os.cpu_count() or 1
    outcomes = [
        measure(recorded, one, reps, target, seed, processes, horizon, gradual, kept)
        for one in allocators(allocator)
    ]
    rows = [described(outcome, seed, gradual) for outcome in outcomes]
    if plot is not None:
        draw(plot, outcomes, gradual)
    if json:
        echo(text.dumps(rows, indent=2))
    else:
        show(outcomes, rows, gradual)
