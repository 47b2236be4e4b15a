"""Output that fails, blocks or is missing does not affect the search."""

import io
import threading

import pytest
from rich.console import Console

from archive.store import Archive
from evolve.engine.run import start
from evolve.report import live
from evolve.report.console import console
from evolve.report.streams import Detached, Lenient, folded
from tests.evolve.runs import facts, settings

SMALL = {"budget": {"evaluations": 60}, "confirm": {"tasks": 5}}


class Full(io.StringIO):
    """A stream on a full disk."""

    def write(self, text: str) -> int:
        """Fails."""
        raise OSError(28, "No space left on device")


class Blocked(io.StringIO):
    """A pipe whose reader does not read."""

    def __init__(self) -> None:
        super().__init__()
        self.read = threading.Event()

    def write(self, text: str) -> int:
        """Waits for the reader."""
        self.read.wait()
        return super().write(text)


class Logger:
    """What programs put in place of standard output: no encoding, no descriptor, no terminal."""

    def write(self, text: str) -> int:
        """Takes anything."""
        return len(text)

    def flush(self) -> None:
        """Does nothing."""


def outcome() -> dict[str, object]:
    with Archive.in_memory() as archive:
        start(settings(**SMALL), archive, live.watch(quiet=False))
        return facts(archive)


@pytest.mark.full
@pytest.mark.parametrize("kind", [Full, Logger, Blocked, None])
@pytest.mark.parametrize("terminal", [True, False])
def test_a_search_is_the_same_whatever_becomes_of_its_display(
    kind: type | None, terminal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected, stream = outcome(), kind and kind()
    monkeypatch.setattr(live, "LOG_SECONDS", 0.0)
    monkeypatch.setattr(live, "REFRESH_SECONDS", 0.0)
    monkeypatch.setattr("evolve.report.streams._DRAIN_S", 0.01)
    monkeypatch.setattr("sys.stdout", stream)
    monkeypatch.setattr("sys.stderr", stream)
    if terminal:
        monkeypatch.setattr(Console, "is_terminal", True)
    assert outcome() == expected
    if isinstance(stream, Blocked):
        stream.read.set()


def test_a_display_that_raises_is_switched_off(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(progress: object) -> str:
        raise ZeroDivisionError("of the display")

    monkeypatch.setattr(live, "LOG_SECONDS", 0.0)
    monkeypatch.setattr(live, "line", broken)
    outcome()
    (line,) = [each for each in capsys.readouterr().err.splitlines() if "display" in each]
    assert line == "evolve: the display is off: ZeroDivisionError: of the display"


def test_the_first_error_is_kept() -> None:
    stream = Lenient(Full())
    assert stream.write("lost") == 4
    stream.flush()
    assert isinstance(stream.error, OSError)


def test_bytes_are_refused_as_by_any_text_stream() -> None:
    with pytest.raises(TypeError):
        Lenient(io.StringIO()).write(b"")  # type: ignore[arg-type]


@pytest.mark.full
def test_text_for_a_blocked_reader_is_dropped_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evolve.report.streams._DRAIN_S", 0.01)
    blocked = Blocked()
    stream = Detached(blocked)
    for number in range(5_000):
        stream.write(f"{number}\n")
        stream.flush()
    blocked.read.set()
    stream._thread.join(10)
    assert 200 < len(blocked.getvalue().splitlines()) < 300


def test_a_console_takes_a_stream_without_an_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", Logger())
    console().print("text")


def test_lines_on_a_terminal_break_between_words_and_never_inside_a_command() -> None:
    text = "evolve: the run is paused and nothing is lost: `evolve resume` continues it"
    assert folded(text, 24).splitlines() == [
        "evolve: the run is",
        "paused and nothing is",
        "lost: `evolve resume`",
        "continues it",
    ]
    assert folded("see `evolve run --set budget.usd=1 --quiet`", 12).splitlines()[1].endswith("et`")
