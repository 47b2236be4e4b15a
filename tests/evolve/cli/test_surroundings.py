"""Full disks, clock changes, concurrent readers and writers, and raised caps."""

import json
import signal
from pathlib import Path

import pytest

from archive.reading import Reader
from archive.records import Rollout
from tests.evolve.cli.commands import end, evolve_process, is_one_clear_line
from tests.evolve.cli.slow_runs import (
    RUN,
    begin_run,
    goes_on_to_the_same_end,
    prepare,
    python,
    status,
    wait_for_results,
)
from tests.evolve.runs import facts


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return prepare(tmp_path)


SMALL_DISK = """
import resource

from evolve.cli.main import main

resource.setrlimit(resource.RLIMIT_FSIZE, (300 * 1024, 300 * 1024))
main()
"""
"""May write 300 KiB into a file, which a run's archive soon needs."""


@pytest.mark.full
def test_full_disk_loses_nothing_that_was_settled(folder: Path) -> None:
    words = ["run", "run.yaml", "--quiet", "--archive", "cut.db"]
    done = python(SMALL_DISK, *words, folder=folder)
    is_one_clear_line(done, "cannot write cut.db", "free space", "with `evolve resume`")
    assert end(begin_run(folder, "whole.db")).code == 0
    goes_on_to_the_same_end(folder, "cut.db", "whole.db")


CLOCK_JUMPS = """
import itertools
import time
from datetime import datetime, timedelta

now, jumps = time.time, itertools.cycle([0, 4e7, -4e7])
time.time = lambda: now() + next(jumps)

import archive.store
import evolve.models.cache
from evolve.cli.main import main


class Jumping(datetime):
    @classmethod
    def now(cls, zone=None):
        return datetime.now(zone) + timedelta(seconds=next(jumps))


archive.store.datetime = evolve.models.cache.datetime = Jumping
main()
"""
"""Sets its clock a year ahead and back again whenever it is looked at."""


@pytest.mark.full
def test_clock_that_jumps_changes_nothing(folder: Path) -> None:
    (folder / "run.yaml").write_text(
        json.dumps(RUN | {"budget": {"evaluations": 150, "seconds": 600}})
    )
    whole = begin_run(folder, "whole.db")
    cut = python(CLOCK_JUMPS, "run", "run.yaml", "--quiet", "--archive", "cut.db", folder=folder)
    assert (cut.code, cut.err) == (0, "")
    assert end(whole).code == 0
    with Reader.read(folder / "cut.db") as one, Reader.read(folder / "whole.db") as other:
        assert facts(one) == facts(other)
        assert all(0 <= result.at < 600 for result in one.results(one.run()))


@pytest.mark.full
def test_while_a_run_writes_others_read_and_none_writes(folder: Path) -> None:
    process = begin_run(folder, "evolve.db", SLOW="0.3")
    wait_for_results(process, folder / "evolve.db", 10)
    for words in (["archive", "list"], ["archive", "best"], ["archive", "check"], ["report"]):
        done = evolve_process(*words, folder=folder)
        assert (done.code, done.err) == (0, ""), words
    for words in (["run", "run.yaml"], ["resume"]):
        done = evolve_process(*words, "--quiet", folder=folder)
        is_one_clear_line(done, "evolve.db is being written by another process; wait for it")
    assert process.poll() is None
    process.kill()
    assert end(process).code == -signal.SIGKILL
    assert status(folder / "evolve.db") == "running"


@pytest.mark.full
def test_a_run_with_a_raised_cap_continues_and_warns_once(folder: Path) -> None:
    def marks(*words: str) -> list[str]:
        done = evolve_process(*words, folder=folder)
        assert done.code == 0, done
        return [line for line in done.err.splitlines() if "of the budget's" in line]

    def evaluations() -> int:
        with Reader.read(folder / "evolve.db") as archive:
            return sum(isinstance(one, Rollout) for one in archive.results(archive.run()))

    (folder / "run.yaml").write_text(json.dumps(RUN | {"budget": {"evaluations": 60}}))
    warning = "{} % of the budget's {} evaluations is used"
    assert marks("run", "run.yaml") == [warning.format(share, 60) for share in (50, 80)]
    before = evaluations()
    raised = marks("resume", "--evaluations", "100")
    assert raised == [warning.format(share, 100) for share in (50, 80)]
    assert before <= 60 < evaluations() <= 100
