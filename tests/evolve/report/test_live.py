"""The live display at several widths, and plain lines where there is no terminal."""

import io
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from rich.console import Console

from archive.store import Archive
from evolve.engine.loop import Engine
from evolve.engine.run import start
from evolve.engine.session import Watch
from evolve.models.base import Models, Traffic
from evolve.models.scripted import Scripted
from evolve.report import live
from evolve.report.progress import Progress, duration
from tests.evolve.runs import settings

WIDTHS = (60, 80, 200)


def painter(shown: dict[int, list[str]]) -> Watch:
    """Paints what the display would show, at several widths."""

    @contextmanager
    def painting(engine: Engine) -> Iterator[None]:
        progress = Progress(engine)

        def paint() -> None:
            for width in WIDTHS:
                file = io.StringIO()
                Console(file=file, width=width, no_color=True).print(live.panel(progress, width))
                shown.setdefault(width, []).append(file.getvalue())

        engine.on_change = paint
        yield

    return painting


@pytest.mark.full
def test_the_display_fits_and_shows_purchases_and_results() -> None:
    shown: dict[int, list[str]] = {}
    with Archive.in_memory() as archive:
        start(settings(), archive, painter(shown))
    for width, pictures in shown.items():
        lines = [line for text in pictures for line in text.splitlines()]
        assert max(map(len, lines)) <= width
        assert max(len(text.splitlines()) for text in pictures) <= 16
        last = pictures[-1]
        for label in (
            "budget",
            "time",
            "bought",
            "under way",
            "spent on",
            "best",
            "front",
            "new #",
        ):
            assert f"\n{label}" in last, (width, last)
    wide = shown[200]
    assert any("confirming on sealed tasks, " in text for text in wide)
    assert "search $" in wide[-1]
    assert ", confirm $" in wide[-1]
    assert any("points over that seed, on validation, 95 %" in text for text in wide)
    assert any(" ± " in line and "from #" in line for line in wide[-1].splitlines())


def test_waiting_for_rate_limits_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Models, "traffic", Traffic(under_way=12, waiting=3))
    shown: dict[int, list[str]] = {}
    with Archive.in_memory() as archive:
        start(settings(budget={"evaluations": 60}), archive, painter(shown))
    assert "12 calls, 3 waiting for rate limits" in shown[60][0]


def test_traffic_is_that_of_all_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Scripted, "traffic", Traffic(2, 1))
    models = Models({name: Scripted(script={}) for name in ("a", "b")}, "a")
    assert models.traffic == Traffic(4, 2)


def test_without_a_terminal_there_are_plain_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(live, "LOG_SECONDS", 0.0)
    with Archive.in_memory() as archive:
        start(settings(budget={"evaluations": 60}), archive, live.watch(quiet=False))
    result = capsys.readouterr()
    assert result.out == ""
    heading, *lines = result.err.splitlines()
    assert "validation tasks; models " in heading
    assert "evolve watch" in heading
    assert len(lines) > 10
    warned = [line for line in lines if "of the budget's 60 evaluations is used" in line]
    assert warned[0].startswith("50 % of ")
    assert all(" of 60 evaluations; " in line for line in lines if line not in warned)
    assert "\x1b" not in result.err
    assert any("; best #" in line and " on validation" in line for line in lines)


def test_quiet_shows_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Archive.in_memory() as archive:
        start(settings(budget={"evaluations": 60}), archive, live.watch(quiet=True))
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("seconds", "message"),
    [(0.4, "0 s"), (89.4, "89 s"), (90, "2 min"), (5340, "89 min"), (5400, "1 h 30 min")],
)
def test_durations_are_readable(seconds: float, message: str) -> None:
    assert duration(seconds) == message
