"""Opening archives: one writer, many readers, one clear line for every error."""

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from sqlite_utils import Database

from archive.connection import APPLICATION_ID, VERSION, network_file_system
from archive.errors import (
    ArchiveError,
    LockedError,
    MissingArchiveError,
    NotAnArchiveError,
    UnwritableError,
    VersionError,
)
from archive.migrations import MIGRATIONS
from archive.reading import Reader
from archive.store import Archive

Opening: TypeAlias = Callable[[Path], Reader]
ROOT = Path(__file__).parents[2]

WRITE_AND_WAIT = """
import sys
from pathlib import Path
from archive.store import Archive

archive = Archive.write(Path(sys.argv[1]))
with archive.group():
    run = archive.create_run("other", 0, "{}", [])
print("ready", flush=True)
sys.stdin.readline()
with archive.group():
    archive.create_run("late", 0, "{}", [])
archive.close()
"""

WRITE_AND_FORK = """
import os
import sys
from pathlib import Path
from archive.store import Archive

archive = Archive.write(Path(sys.argv[1]))
if os.fork():
    print("forked", flush=True)
    os._exit(1)
sys.stdin.read()
"""

TRY_TO_WRITE = """
import sys
from pathlib import Path
from archive.errors import ArchiveError
from archive.store import Archive

try:
    Archive.write(Path(sys.argv[1]))
except ArchiveError as error:
    print(type(error).__name__, error)
else:
    print("opened")
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "evolve.db"


@pytest.fixture
def made(path: Path) -> Path:
    with Archive.write(path) as archive:
        archive.create_run("first", 0, "{}", [])
    return path


def python(script: str, path: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", script, str(path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_new_archive_is_its_owners_alone(made: Path) -> None:
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    for file in made.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_file_identifies_itself(made: Path) -> None:
    database = sqlite3.connect(made)
    assert database.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert database.execute("PRAGMA user_version").fetchone() == (VERSION,)
    assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    database.close()


def test_the_version_counts_the_migrations(made: Path) -> None:
    database = sqlite3.connect(made)
    (applied,) = database.execute("SELECT count(*) FROM _sqlite_migrations").fetchone()
    database.close()
    assert applied == VERSION
    with Archive.in_memory() as archive:
        assert len(MIGRATIONS.applied(Database(archive._database))) == VERSION


def test_what_was_written_is_there_after_opening_again(made: Path) -> None:
    with Archive.write(made) as archive:
        archive.create_run("second", 0, "{}", [])
    with Reader.read(made) as reader:
        assert [run.name for run in reader.runs()] == ["first", "second"]


def test_a_reader_cannot_write_and_leaves_nothing_behind(made: Path) -> None:
    before = set(made.parent.iterdir())
    with Reader.read(made) as reader:
        assert reader.integrity() == []
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader._database.execute("DELETE FROM runs")
    assert set(made.parent.iterdir()) == before


def test_a_second_writing_process_is_refused(made: Path) -> None:
    with Archive.write(made) as archive:
        output, _ = python(TRY_TO_WRITE, made).communicate()
        archive.create_run("still mine", 0, "{}", [])
    assert output.startswith("LockedError")
    assert "being written by another process" in output
    assert len(output.splitlines()) == 1
    assert python(TRY_TO_WRITE, made).communicate()[0] == "opened\n"


def test_a_second_writer_in_one_process_is_refused(made: Path) -> None:
    with Archive.write(made), pytest.raises(LockedError, match="another process"):
        Archive.write(made)
    Archive.write(made).close()


def test_readers_go_on_while_another_process_writes(made: Path) -> None:
    with python(WRITE_AND_WAIT, made) as writer:
        assert writer.stdin is not None
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        with Reader.read(made) as reader:
            assert [run.name for run in reader.runs()] == ["first", "other"]
            with pytest.raises(LockedError):
                Archive.write(made)
            writer.stdin.write("\n")
            writer.stdin.flush()
            assert writer.wait(30) == 0
            assert [run.name for run in reader.runs()] == ["first", "other", "late"]


def test_a_killed_writer_loses_no_group_and_leaves_no_lock(made: Path) -> None:
    with python(WRITE_AND_WAIT, made) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        writer.kill()
    with Archive.write(made) as archive:
        assert [run.name for run in archive.runs()] == ["first", "other"]
        assert archive.integrity() == []


def test_a_worker_that_outlives_the_writer_leaves_no_lock(made: Path) -> None:
    with python(WRITE_AND_FORK, made) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "forked\n"
        writer.wait(30)
        Archive.write(made).close()


def test_a_missing_file(path: Path) -> None:
    with pytest.raises(MissingArchiveError, match=r"no archive .*evolve\.db"):
        Reader.read(path)
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("size", [1, 50, 512, 5000])
def test_random_bytes(path: Path, size: int) -> None:
    content = bytes(number % 251 for number in range(1, size + 1))
    path.write_bytes(content)
    for opening in (Reader.read, Archive.write):
        with pytest.raises(NotAnArchiveError, match=str(path)):
            opening(path)
    assert path.read_bytes() == content
    assert list(path.parent.iterdir()) == [path]


def test_an_empty_file_is_no_archive_but_may_become_one(path: Path) -> None:
    path.touch()
    with pytest.raises(NotAnArchiveError, match="empty"):
        Reader.read(path)
    Archive.write(path).close()
    Reader.read(path).close()


def test_the_database_of_another_program_is_left_alone(path: Path) -> None:
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE bookmarks (url TEXT)")
    database.close()
    content = path.read_bytes()
    for opening in (Reader.read, Archive.write):
        with pytest.raises(NotAnArchiveError, match="another program"):
            opening(path)
    assert path.read_bytes() == content


def test_a_newer_archive_is_left_alone(made: Path) -> None:
    database = sqlite3.connect(made)
    database.execute(f"PRAGMA user_version = {VERSION + 1}")
    database.close()
    for opening in (Reader.read, Archive.write):
        with pytest.raises(VersionError, match="newer version"):
            opening(made)


def test_an_older_archive_is_left_alone(made: Path) -> None:
    database = sqlite3.connect(made)
    database.execute(f"PRAGMA user_version = {VERSION - 1}")
    database.close()
    for opening in (Reader.read, Archive.write):
        with pytest.raises(VersionError, match=r"older version .*start a new archive$"):
            opening(made)


def test_a_folder(tmp_path: Path) -> None:
    for opening in (Reader.read, Archive.write):
        with pytest.raises(NotAnArchiveError, match="folder"):
            opening(tmp_path)


@pytest.mark.parametrize("name", ["/dev/null", "pipe"])
def test_what_is_no_ordinary_file(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    for opening in (Reader.read, Archive.write):
        with pytest.raises(NotAnArchiveError, match="not an ordinary file"):
            opening(tmp_path / name)


def test_a_name_that_is_too_long(tmp_path: Path) -> None:
    for opening in (Reader.read, Archive.write):
        with pytest.raises(ArchiveError, match="cannot open"):
            opening(tmp_path / ("x" * 300))


def test_no_folder_to_write_in(tmp_path: Path) -> None:
    with pytest.raises(UnwritableError, match="no folder"):
        Archive.write(tmp_path / "nowhere" / "evolve.db")


def test_an_unwritable_folder() -> None:
    with pytest.raises(ArchiveError, match="cannot write /proc"):
        Archive.write(Path("/proc/evolve.db"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_an_archive_in_a_folder_that_may_not_be_written(made: Path) -> None:
    made.parent.chmod(0o500)
    try:
        with Reader.read(made) as reader:
            assert len(reader.runs()) == 1
        with pytest.raises(UnwritableError):
            Archive.write(made)
    finally:
        made.parent.chmod(0o700)


def test_a_name_that_means_something_in_a_uri(tmp_path: Path) -> None:
    path = tmp_path / "50% off?mode=memory#1.db"
    with Archive.write(path) as archive:
        archive.create_run("first", 0, "{}", [])
    assert path.exists()
    with Reader.read(path) as reader:
        assert len(reader.runs()) == 1


def test_a_torn_file_is_reported(made: Path) -> None:
    made.write_bytes(made.read_bytes()[:6000])
    with pytest.raises(ArchiveError, match=str(made)), Reader.read(made) as reader:
        reader.runs()


MOUNTS = """\
/dev/vda / ext4 rw 0 0
proc /proc proc rw 0 0
server:/home /home nfs4 rw,vers=4.2 0 0
tmpfs /home/local tmpfs rw 0 0
host: /mnt/two\\040words fuse.sshfs rw 0 0
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/srv/runs", ""),
        ("/home/ada/runs", "nfs4"),
        ("/home/local", ""),
        ("/mnt/two words", "fuse.sshfs"),
        ("/", ""),
    ],
)
def test_network_file_systems_are_known(tmp_path: Path, folder: str, kind: str) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS)
    assert network_file_system(Path(folder), mounts) == kind
    assert network_file_system(Path(folder), tmp_path / "nothing") == ""


def test_an_archive_on_a_network_file_system_is_not_written(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.connection.network_file_system", lambda folder: "nfs4")
    with pytest.raises(UnwritableError, match=r"network file system \(nfs4\).*local disk"):
        Archive.write(path)
    assert not path.exists()
