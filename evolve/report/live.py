"""The live display of a running search, or plain lines where there is no terminal."""

import asyncio
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from rich.console import Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from archive.records import Standing
from evolve.engine.loop import Engine
from evolve.functions.printing import standard_output
from evolve.report.basis import Basis
from evolve.report.console import console
from evolve.report.progress import Progress, gained
from evolve.report.streams import Detached, write_line
from evolve.text import clean

if TYPE_CHECKING:
    from evolve.engine.session import Watch

REFRESH_SECONDS = 0.25
LOG_SECONDS = 10.0
QUIET_SECONDS = 60.0
"""After how long a log line is repeated although nothing has changed."""

ADMISSIONS_SHOWN = 3
LABELS = 11
"""The width of the first column, with the space after it."""


def watch(*, quiet: bool) -> "Watch":
    """The display of a run: none, a live one, or plain log lines where there is no terminal."""

    @contextmanager
    def silent(engine: Engine) -> Iterator[None]:
        yield

    if quiet:
        return silent
    return _display if console().is_terminal else _log


@contextmanager
def _display(engine: Engine) -> Iterator[None]:
    progress = Progress(engine)
    with closing(Detached(standard_output())) as stream:
        screen = console(stream)
        screen.print(Text(progress.heading, "dim"))
        for note in engine.notes:
            screen.print(Text(f"! {clean(note)}", "yellow"))
        with Live(console=screen, auto_refresh=False, transient=True) as live:

            def show() -> None:
                live.update(panel(progress, screen.width), refresh=True)

            show()
            with _now_and_then(engine, show, REFRESH_SECONDS):
                yield


@contextmanager
def _log(engine: Engine) -> Iterator[None]:
    progress = Progress(engine)
    with closing(Detached(sys.stderr)) as stream:

        def write(text: str) -> None:
            stream.write(text + "\n")
            stream.flush()

        written, at = "", -QUIET_SECONDS

        def show() -> None:
            nonlocal written, at
            state, now = line(progress), time.monotonic()
            if not written:
                write(progress.heading)
            if state != written or now - at >= QUIET_SECONDS:
                written, at = state, now
                write(f"{progress.elapsed}: {state}")

        engine.on_warning = write
        for note in engine.notes:
            write(f"! {clean(note)}")
        with _now_and_then(engine, show, LOG_SECONDS):
            yield


@contextmanager
def _now_and_then(engine: Engine, show: Callable[[], None], seconds: float) -> Iterator[None]:
    """Updates a display when results arrive, and in real time also while none do.

    A display that fails is switched off; the search continues.
    """
    last, broken = time.monotonic(), False

    def perhaps() -> None:
        nonlocal last, broken
        if broken or time.monotonic() - last < seconds:
            return
        try:
            show()
        except Exception as error:  # noqa: BLE001 - a display must not end a search
            broken = True
            write_line(f"evolve: the display is off: {type(error).__name__}: {error}")
        last = time.monotonic()

    engine.on_change = perhaps
    if engine.parts.models.simulated:  # a timer would move virtual time
        yield
        return
    timer: asyncio.TimerHandle | None = None

    def again() -> None:
        nonlocal timer
        perhaps()
        timer = asyncio.get_running_loop().call_later(seconds, again)

    again()
    try:
        yield
    finally:
        if timer is not None:
            timer.cancel()


def panel(progress: Progress, width: int = 80) -> Group:
    """The display at present, in at most `width` columns."""
    engine = progress.engine
    head = Text(f"evolve · {engine.parts.run.id}", style="bold", no_wrap=True, overflow="ellipsis")
    if engine.parts.models.simulated:
        head.append("  simulated models", style="yellow")
    standings = engine.state.standings.all()
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True, width=LABELS - 2, min_width=LABELS - 2)
    table.add_column(overflow="ellipsis", no_wrap=True, width=width - LABELS)
    table.add_row("budget", _bar(progress, width - LABELS))
    for name, value in _facts(progress, standings, width - LABELS):
        table.add_row(name, Text(value))
    return Group(head, table, *_admissions(progress, standings, width))


def line(progress: Progress) -> str:
    """A log line without the time: progress, and the best candidate."""
    standings = progress.engine.state.standings.all()
    parts = [
        progress.spent,
        progress.doing,
        progress.bought,
        f"under way {progress.under_way}",
        *([f"held up: {progress.engine.held_up}"] if progress.engine.held_up else []),
    ]
    best, seed = progress.best(standings), progress.best_seed(standings)
    if best is not None:
        parts.append(f"best {progress.title(best)} on {_basis(progress.engine)}")
    if best is not None and seed is not None and seed != best:
        parts.append(f"{gained(seed, best)} points over seed #{seed.candidate}")
    return "; ".join(parts)


def _bar(progress: Progress, width: int) -> Table:
    spent = progress.spent
    row = Table.grid(padding=(0, 2, 0, 0))
    bar = ProgressBar(total=1.0, completed=progress.share, width=max(8, width - len(spent) - 4))
    row.add_row(bar, Text(spent, no_wrap=True))
    return row


def _facts(progress: Progress, standings: list[Standing], width: int) -> Iterator[tuple[str, str]]:
    engine = progress.engine
    left = f", about {progress.left} left" if progress.left else ""
    yield "time", f"{progress.elapsed}{left}; {progress.doing}"
    yield "bought", progress.bought
    yield "under way", progress.under_way
    if engine.held_up:
        yield "held up", engine.held_up
    if engine.warnings.issued:
        yield "warning", engine.warnings.issued[-1]
    if engine.state.ledger.settled.calls:
        yield "spent on", progress.by_purpose
    best, seed = progress.best(standings), progress.best_seed(standings)
    if best is not None:
        yield "best", progress.title(best)
    if seed is not None:
        yield "seed", "the best system itself" if seed == best else progress.title(seed)
    if best is not None and seed is not None and seed != best:
        yield "gain", f"{gained(seed, best)} points over that seed, on {_basis(engine)}, 95 %"
    if front := progress.front(standings, width):
        yield "front", front
    if progress.buying:
        yield "buying", progress.buying


def _admissions(progress: Progress, standings: list[Standing], width: int) -> Iterator[Table]:
    """The last candidates made, a line each; long lists of edits are cut."""
    found = list(progress.admissions(standings, ADMISSIONS_SHOWN))
    if not found:
        return
    rows = Table.grid(padding=(0, 2, 0, 0))
    rows.add_column(style="dim", no_wrap=True, width=LABELS - 2)
    gains = max(len(gain) for *_, gain, _ in found)
    parents = max(len(parent) for *_, parent in found)
    room = width - LABELS - gains - parents - 4
    edits = min(room, max(len(patch) for _, patch, *_ in found))
    rows.add_column(no_wrap=True, overflow="ellipsis", width=edits)
    rows.add_column(no_wrap=True, width=gains)
    rows.add_column(no_wrap=True, width=parents, style="dim")
    for number, patch, gain, parent in found:
        rows.add_row(f"new {number}", Text(patch), gain, parent)
    yield rows


def _basis(engine: Engine) -> Basis:
    return Basis("validation", engine.settings.tasks.scorer.judged)
