"""The live display of a running search: what is spent, what is best, what is bought and why."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from archive.records import Candidate, Standing
from evolve.allocators.base import Evaluate
from evolve.engine import Engine
from evolve.report import figures
from evolve.report.basis import Basis
from evolve.report.console import clean, console, one_line
from search_spaces.describe import describe

if TYPE_CHECKING:
    from evolve.session import Watch

REFRESH_SECONDS = 0.25
LOG_SECONDS = 5.0
PATCH_WIDTH = 120


def watch(*, quiet: bool) -> "Watch":
    """Who looks on: nobody, a live display, or plain log lines where there is no terminal."""

    @contextmanager
    def nobody(engine: Engine) -> Iterator[None]:
        yield

    if quiet:
        return nobody
    return _display if console().is_terminal else _log


@contextmanager
def _display(engine: Engine) -> Iterator[None]:
    with Live(console=console(), auto_refresh=False, transient=True) as live:
        last = 0.0

        def refresh() -> None:
            nonlocal last
            if time.monotonic() - last >= REFRESH_SECONDS:
                live.update(panel(engine), refresh=True)
                last = time.monotonic()

        engine.on_change = refresh
        refresh()
        yield


@contextmanager
def _log(engine: Engine) -> Iterator[None]:
    last = time.monotonic()

    def log() -> None:
        nonlocal last
        if time.monotonic() - last >= LOG_SECONDS:
            sys.stderr.write("; ".join(f"{k}: {v}" for k, v in _facts(engine).items()) + "\n")
            last = time.monotonic()

    engine.on_change = log
    yield


def panel(engine: Engine) -> Group:
    """What the display shows now."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True, min_width=6)
    table.add_column(overflow="ellipsis", no_wrap=True)
    table.add_row("budget", ProgressBar(total=1.0, completed=engine.state.ledger.share, width=48))
    for name, value in _facts(engine).items():
        table.add_row(name, Text(value))
    head = Text(f"evolve · {engine.parts.run.id}", style="bold")
    if engine.parts.models.simulated:
        head.append("  simulated models, virtual time", style="yellow")
    return Group(head, table)


def _facts(engine: Engine) -> dict[str, str]:
    state, ledger = engine.state, engine.state.ledger
    spent = ledger.settled
    cap = engine.settings.budget.usd
    of_cap = "" if cap is None else f" of {figures.usd(cap)}"
    facts = {
        "spent": f"{figures.usd(spent.usd)}{of_cap}, {ledger.share:.0%} of the budget",
        "bought": f"{spent.evaluations:,} evaluations of {len(state.candidates)} candidates, "
        f"{len(engine.open)} under way",
    }
    if unscored := state.unscored.total():
        facts["unscored"] = f"{unscored:,} answers could not be scored"
    standings = state.standings.all()
    best = engine.settings.objective.best(standings)
    seeds = [s for s in standings if s.evaluations and _is_seed(state.candidates[s.candidate])]
    if best is not None and seeds:
        seed = max(seeds, key=lambda s: s.mean)
        facts["best"] = _who(engine, best)
        facts["seed"] = _who(engine, seed)
        facts["gain"] = f"{figures.points(best.mean - seed.mean)} over the best seed so far"
    if engine.latest is not None:
        latest = engine.latest
        what = f"#{latest.candidate}" if isinstance(latest, Evaluate) else "a new candidate"
        facts["buying"] = f"{what}: {latest.why}"
    newest = state.candidates[-1]
    if newest.parents:
        facts["newest"] = f"#{newest.number} {newest.operator}: {_patch(engine, newest)}"
    return facts


def _is_seed(candidate: Candidate) -> bool:
    return candidate.operator == "seed"


def _who(engine: Engine, standing: Standing) -> str:
    candidate = engine.state.candidates[standing.candidate]
    name = clean(figures.name_of(candidate))
    basis = Basis("validation", engine.settings.tasks.scorer.judged)
    return f"#{candidate.number} {figures.standing(standing)} on {basis}, {name}"


def _patch(engine: Engine, candidate: Candidate) -> str:
    parent = candidate.parents[0]
    before = engine.state.candidates[parent.candidate].config
    return one_line("; ".join(describe(parent.edits, before)), PATCH_WIDTH)
