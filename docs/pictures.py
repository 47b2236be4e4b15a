"""Draws the pictures of the documentation from a real run: ``python -m docs.pictures``.

It needs Chromium, which `make debian` installs, and the developers' extras.
"""

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from archive.reading import Reader
from archive.store import Archive
from docs.screenshots import photograph
from evolve.engine.loop import Engine
from evolve.engine.run import start
from evolve.report import live, outcome
from evolve.report.candidates import find, show_lineage
from evolve.report.progress import Progress
from evolve.runfile.settings import load_run_file

PICTURES = Path(__file__).parent / "pictures"
WIDTH = 88
SHOWN_AT = 0.5
"""The share of the budget at which the live display is drawn."""


def draw() -> None:
    """Runs the simulated quickstart and keeps what a person sees of it."""
    screen = _screen()

    @contextmanager
    def watch(engine: Engine) -> Iterator[None]:
        drawn = False

        def draw_once() -> None:
            nonlocal drawn
            if not drawn and engine.state.ledger.share >= SHOWN_AT:
                screen.print(live.panel(Progress(engine), screen.width))
                screen.print()
                drawn = True

        engine.on_change = draw_once
        yield

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "evolve.db"
        with Archive.write(path) as archive:
            result = start(load_run_file("quickstart_simulated"), archive, watch)
        outcome.show(result, Path("evolve.db"), screen=screen)
        screen.save_svg(str(PICTURES / "run.svg"), title="evolve run quickstart_simulated")
        _draw_lineage(path)
        photograph(path, PICTURES)


def _draw_lineage(path: Path) -> None:
    """The history of the winner as patches, as a terminal shows it."""
    screen = _screen()
    with Reader.read(path) as archive:
        run = archive.run()
        winner = find(archive, run, None)
        for part in show_lineage(archive, run, winner, everyone=False).parts:
            screen.print(part)
    screen.save_svg(str(PICTURES / "lineage.svg"), title="evolve archive lineage")


def _screen() -> Console:
    return Console(record=True, width=WIDTH, file=io.StringIO(), markup=False, highlight=False)


if __name__ == "__main__":
    draw()
