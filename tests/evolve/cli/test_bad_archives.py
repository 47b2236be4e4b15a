"""Missing, foreign and damaged archives, and unknown runs and candidates."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from archive.connection import VERSION
from archive.store import Archive
from tests.evolve.cli.commands import (
    ROOT,
    Command,
    Completed,
    evolve_process,
    is_one_clear_line,
    run_file,
    written,
)

SINGLE = {"agents": [{"name": "solver"}]}


def _foreign(path: Path, _: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE pears (name)")
    database.close()


def _newer(path: Path, sample: Path) -> None:
    shutil.copy(sample, path)
    with sqlite3.connect(path) as database:
        database.execute(f"PRAGMA user_version = {VERSION + 1}")
    database.close()


def _cut_off(path: Path, sample: Path) -> None:
    path.write_bytes(sample.read_bytes()[:20_000])


BAD_ARCHIVES: dict[str, tuple[Callable[[Path, Path], object], str]] = {
    "random bytes": (lambda path, _: path.write_bytes(os.urandom(5_000)), "is not an archive"),
    "foreign": (_foreign, "is the database of another program; name another file"),
    "newer": (_newer, f"newer version (format {VERSION + 1}, this one reads {VERSION}); upgrade"),
    "cut off": (_cut_off, "is damaged"),
    "folder": (lambda path, _: path.mkdir(), "is a folder, not an archive; name a file in it"),
}
READING = [("archive", "list"), ("archive", "check"), ("export",), ("apply", "system.yaml", "1+1?")]
WRITING = [("run", "run.yaml"), ("resume",), ("eval", "system.yaml", "--run-file", "run.yaml")]


@pytest.mark.parametrize("kind", BAD_ARCHIVES)
def test_file_that_is_no_archive(command: Command, finished: Path, kind: str) -> None:
    make, message = BAD_ARCHIVES[kind]
    path = Path("other.db")
    make(path, finished)
    before = path.read_bytes() if path.is_file() else b""
    run_file()
    written("system.yaml", SINGLE)
    for words in (*READING, *WRITING):
        is_one_clear_line(command(*words, "--archive", str(path)), "other.db", message)
    assert before == (path.read_bytes() if path.is_file() else b"")


def test_archive_that_is_not_there(command: Command) -> None:
    written("system.yaml", SINGLE)
    for words in (*READING, ("resume",)):
        result = command(*words, "--archive", "none.db")
        is_one_clear_line(result, "there is no archive none.db; `evolve run` makes one")
        assert not Path("none.db").exists()


def test_archive_that_cannot_be_written(command: Command) -> None:
    run_file()
    Path("lock.db-lock").mkdir()
    written("file", "")
    for place in ("none/x.db", "file/x.db", "lock.db", "x" * 300, "/proc/x.db"):
        result = command("run", "run.yaml", "--archive", place)
        is_one_clear_line(result, "cannot ", place[:100])


def test_export_that_cannot_be_written(command: Command) -> None:
    Path("folder").mkdir()
    for place in ("folder", "none/best.yaml", "x" * 300):
        is_one_clear_line(command("export", "-o", place), "cannot be written", place[:100])
    is_one_clear_line(command("export", "--format", "xml"), "unknown format 'xml'; did you")


def test_unknown_run(command: Command) -> None:
    for words in (("resume", "me"), ("export", "--run", "me"), ("archive", "best", "--run", "me")):
        is_one_clear_line(
            command(*words), "evolve.db has no run 'me'; the nearest: quickstart_simulated-"
        )


@pytest.mark.parametrize("candidate", ["9999", "zz", "", "-1", "½"])
def test_unknown_candidate(command: Command, candidate: str) -> None:
    for words in (
        ("export", f"--candidate={candidate}"),
        ("archive", "show", "--", candidate),
        ("archive", "diff", "--", "0", candidate),
        ("archive", "lineage", "--", candidate),
    ):
        is_one_clear_line(command(*words), f"has no candidate '{candidate}'", "numbered 0 to ")


# Runs that do not go on


def test_finished_run_is_not_resumed(command: Command) -> None:
    is_one_clear_line(command("resume"), "is finished; look at it with `evolve archive show`")


def test_new_caps_are_checked(archive: Path, command: Command) -> None:
    with Archive.write(archive) as opened:
        opened.set_status(opened.run(), "interrupted")
    for words in (("--usd", "-1"), ("--usd", "nan"), ("--evaluations", "0")):
        is_one_clear_line(command("resume", *words), f"the new caps: {words[0][2:]}: Input should")


@pytest.mark.full
def test_evaluation_of_one_system_is_no_search_to_resume(command: Command) -> None:
    single = written("system.yaml", SINGLE)
    result = command("eval", single, "--run-file", run_file(), "--archive", "eval.db")
    *warnings, last = result.err.splitlines()
    assert all("of the budget's 60 evaluations is used" in warning for warning in warnings)
    is_one_clear_line(result._replace(err=last), "60 of 120 tasks were scored", "raise `budget`")
    result = command("resume", "--archive", "eval.db")
    is_one_clear_line(result, "is not a search; start it again with `evolve eval`")


OUT_OF_ORDER = """
from pathlib import Path
from evolve.errors import OutageError
from evolve.models.scripted import Scripted

class Flaky(Scripted):
    async def complete(self, request):
        if Path("down").exists():
            raise OutageError("http://localhost:9: connection refused; start the server")
        return await super().complete(request)
"""


def test_outage_pauses_the_run_with_an_exit_code_of_its_own(command: Command) -> None:
    written("down_sometimes.py", OUT_OF_ORDER)
    model = {"down_sometimes:Flaky": {"script": {"": "Answer: 7"}}}
    name = run_file(models={"small": model}, space={}, objective={})
    written("down", "")
    result = command("run", name, "--archive", "paused.db", "--quiet")
    is_one_clear_line(
        result, "refused", "the run is paused", "`evolve resume` continues it", code=3
    )
    Path("down").unlink()
    assert command("resume", "--archive", "paused.db", "--quiet").code == 0


@pytest.mark.full
def test_archive_that_another_process_writes(command: Command, archive: Path) -> None:
    with Archive.write(archive):
        result = evolve_process("run", "quickstart_simulated", folder=archive.parent)
        is_one_clear_line(
            result, "is being written by another process; wait for it, or use another"
        )
        assert command("archive", "list").code == 0


AS_ANYBODY = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"]
"""Even root may only do then what the modes of files allow."""


@pytest.mark.full
def test_read_only_archive_is_read_and_not_written(finished: Path, tmp_path: Path) -> None:
    def evolve(*words: str) -> Completed:
        python = [sys.executable, "-m", "evolve", *words, "--archive", str(sealed / "evolve.db")]
        began = [*(AS_ANYBODY if os.geteuid() == 0 else []), *python]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        ended = subprocess.run(began, env=environment, capture_output=True, text=True)
        return Completed(ended.returncode, ended.stdout, ended.stderr)

    sealed = tmp_path / "sealed"
    sealed.mkdir()
    shutil.copy(finished, sealed / "evolve.db")
    before = (sealed / "evolve.db").read_bytes()
    sealed.chmod(0o500)
    for words in (["archive", "list"], ["archive", "check"], ["export"]):
        assert evolve(*words).code == 0, words
    for words in (["run", "quickstart_simulated"], ["resume", "--evaluations", "90"]):
        is_one_clear_line(evolve(*words), "cannot write", "permissions")
    assert (sealed / "evolve.db").read_bytes() == before
    assert [path.name for path in sealed.iterdir()] == ["evolve.db"]
