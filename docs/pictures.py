"""Draws the pictures of the documentation from a real run: ``python -m docs.pictures``."""

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from archive.store import Archive
from evolve.engine import Engine
from evolve.report import live, outcome
from evolve.report.progress import Progress
from evolve.run import start
from evolve.settings import load_run_file

PICTURES = Path(__file__).parent / "pictures"
WIDTH = 88
SHOWN_AT = 0.5
"""The share of the budget at which the live display is drawn."""


def draw() -> None:
    """Runs the quickstart and keeps what a person sees of it."""
    screen = Console(record=True, width=WIDTH, file=io.StringIO(), markup=False, highlight=False)

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
        with Archive.write(Path(folder) / "evolve.db") as archive:
            result = start(load_run_file("quickstart"), archive, watch)
        outcome.show(result, Path("evolve.db"), screen=screen)
    PICTURES.mkdir(exist_ok=True)
    screen.save_svg(str(PICTURES / "run.svg"), title="evolve run quickstart")


if __name__ == "__main__":
    draw()
