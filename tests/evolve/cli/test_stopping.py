"""Runs that are stopped by signals, as real processes, end in good order and go on later."""

import re
import signal
from contextlib import suppress
from pathlib import Path
from subprocess import TimeoutExpired

import pytest

from archive.errors import ArchiveError
from archive.reading import Reader
from tests.evolve.cli.commands import PATIENCE, begin, end, is_one_clear_line
from tests.evolve.cli.slow_runs import (
    begin_run,
    goes_on_to_the_same_end,
    prepare,
    status,
    until,
    wait_for_results,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return prepare(tmp_path)


@pytest.mark.full
@pytest.mark.parametrize(
    "how",
    [signal.SIGINT, signal.SIGTERM, signal.SIGHUP],
    ids=["interrupt", "terminate", "hang-up"],
)
def test_a_stopped_run_resumes_to_the_same_export(folder: Path, how: signal.Signals) -> None:
    whole = begin_run(folder, "whole.db")
    cut = begin_run(folder, "cut.db", SLOW="0.5")
    wait_for_results(cut, folder / "cut.db", 15)
    cut.send_signal(how)
    result = end(cut)
    is_one_clear_line(result, "stopped; all settled results are kept and `evolve resume`", code=130)
    assert re.search(
        r"was stopped; .* in \d+ calls were spent, no winner\s+is confirmed", result.out
    )
    assert "evolve resume " in result.out
    assert status(folder / "cut.db") == "interrupted"
    assert end(whole).code == 0
    goes_on_to_the_same_end(folder, "cut.db", "whole.db")


@pytest.mark.full
def test_a_terminated_evaluation_reports_its_progress(folder: Path) -> None:
    (folder / "system.yaml").write_text("agents: [{name: solver}]")
    words = ("eval", "system.yaml", "--run-file", "run.yaml", "--quiet")
    process = begin(*words, folder=folder, SLOW="0.3")
    wait_for_results(process, folder / "evolve.db", 4)
    process.terminate()
    is_one_clear_line(end(process), "stopped after ", " of 20 tasks; start it again", code=130)
    assert status(folder / "evolve.db") == "interrupted"


@pytest.mark.full
def test_terminated_arena_keeps_whole_matches_only(folder: Path) -> None:
    words = ("arena", "run.yaml", "--with", "random", "--seeds", "2", "--out", "out")
    process = begin(*words, folder=folder, SLOW="0.02", CALLS=str(folder / "calls"))
    played = folder / "out" / "matches" / "run" / "random"
    for _ in until(PATIENCE):
        if (played / "0.json").is_file():
            break
    before = (folder / "calls").stat().st_size
    for _ in until(PATIENCE):
        if (folder / "calls").stat().st_size > before:
            break
    process.terminate()
    is_one_clear_line(end(process), "stopped; the matches played so far are kept", code=130)
    assert [each.name for each in played.iterdir()] == ["0.json"]


@pytest.mark.full
def test_second_interrupt_ends_the_run_at_once(folder: Path) -> None:
    process = begin_run(folder, "cut.db", SLOW="1000")
    for _ in until(PATIENCE):
        try:
            with Reader.read(folder / "cut.db") as reader:
                if reader.decisions(reader.run()):
                    break
        except ArchiveError:
            pass
    for patience in (1, 10, 10, 10):  # the first one lets what is under way end
        process.send_signal(signal.SIGINT)
        with suppress(TimeoutExpired):
            process.wait(timeout=patience)
            break
    is_one_clear_line(end(process), "interrupted", code=130)
    assert status(folder / "cut.db") == "interrupted"
