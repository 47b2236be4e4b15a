"""Opens archive files: one writer, any number of readers, and a clear line for everything else.

The file is an SQLite database in write-ahead mode with ``synchronous = NORMAL``: what a finished
group wrote survives the end of the process at any point, though not a power cut.
"""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from archive.errors import (
    ArchiveError,
    DamagedError,
    LockedError,
    MissingArchiveError,
    NotAnArchiveError,
    UnwritableError,
    VersionError,
)

APPLICATION_ID = 0x65766F6C
"""Marks a database as an archive ("evol")."""

_NETWORK = {
    *("nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "sshfs", "rclone", "s3fs", "gcsfuse"),
    *("ceph", "glusterfs", "lustre", "beegfs"),
}
"""File systems whose files several machines share."""

VERSION = 6
"""The number of migrations, kept in the file as ``user_version``."""


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Opens an archive that this connection cannot change; a writer may be at work meanwhile.

    One that an older version wrote is brought up to date first.

    Raises:
        ArchiveError: There is no archive there that this version can read.
    """
    if _size(path) is None:
        raise MissingArchiveError(
            f"there is no archive {path}; `evolve run` makes one, or name another file"
        )
    if _version(path) < VERSION:
        _bring_up_to_date(path)
    connection = _connect(path, _reading_mode(path))
    connection.execute("PRAGMA query_only = ON")
    return connection


def open_for_writing(path: Path) -> tuple[sqlite3.Connection, "WriterLock"]:
    """Opens an archive as its only writer; makes one, readable by its owner alone, if need be.

    Raises:
        ArchiveError: It is not ours to write: foreign, newer, locked by another or unwritable.
    """
    if _size(path):
        _version(path)
    if not path.parent.is_dir():
        raise UnwritableError(f"cannot write {path}: there is no folder {path.parent}; make it")
    if kind := network_file_system(path.parent):
        raise UnwritableError(
            f"{path} is on a network file system ({kind}), where SQLite's locks do not hold; "
            "keep the archive on a local disk and copy it when no run writes it"
        )
    lock = WriterLock(path)
    try:
        _create(path)
        connection = _connect(path, "rw")
        try:
            _prepare(connection)
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        lock.release()
        raise explain_failure(error, path) from None
    except BaseException:
        lock.release()
        raise
    return connection, lock


def open_in_memory() -> sqlite3.Connection:
    """An archive that is gone when it is closed."""
    connection = sqlite3.connect("file::memory:", uri=True, isolation_level=None)
    _prepare(connection)
    return connection


@contextmanager
def attached(connection: sqlite3.Connection, path: Path, name: str) -> Iterator[None]:
    """Another archive can be read as ``other`` over the connection of the one called that name.

    Raises:
        ArchiveError: There is no archive there that this version can read.
    """
    open_for_reading(path).close()  # which brings it up to date and says what is wrong with it
    try:
        connection.execute("ATTACH DATABASE ? AS other", (_uri(path, _reading_mode(path)),))
    except sqlite3.Error as error:
        raise explain_failure(error, path) from None
    try:
        yield
    except sqlite3.Error as error:
        raise explain_failure(error, name) from None
    finally:
        connection.execute("DETACH DATABASE other")


def lock_of(path: Path) -> Path:
    """The file that an archive's writer holds."""
    return path.with_name(path.name + "-lock")


class WriterLock:
    """Held by the one writer of an archive.

    It is an exclusive transaction on a sibling file: SQLite's locks end with the process that took
    them, are not inherited by worker processes that outlive it, and work on every platform. The
    file itself stays, because removing it would let two writers in at once.
    """

    def __init__(self, path: Path) -> None:
        """Takes the lock.

        Raises:
            LockedError: Another writer has it.
            UnwritableError: The folder may not be written.
        """
        place = lock_of(path)
        _create(place)
        self._connection = _connect(place, "rw", timeout=0)
        try:
            self._connection.execute("PRAGMA journal_mode = OFF")
            self._connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            self._connection.close()
            raise explain_failure(error, path) from None

    def release(self) -> None:
        """Lets the next writer in."""
        self._connection.close()


def being_written(path: Path) -> bool:
    """Whether an archive has a writer now; yes where nobody can tell."""
    if not lock_of(path).exists():
        return False
    try:
        WriterLock(path).release()
    except ArchiveError:
        return True
    return False


def explain_failure(error: sqlite3.Error, path: Path | str) -> ArchiveError:
    """Turns what SQLite reports into one line that says what to do."""
    code = getattr(error, "sqlite_errorname", None) or ""
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return LockedError(
            f"{path} is being written by another process; wait for it, or use another archive"
        )
    if code.startswith(("SQLITE_CANTOPEN", "SQLITE_PERM")):
        return ArchiveError(f"cannot open {path}: {error}; check who may use it and its folder")
    if code.startswith("SQLITE_READONLY"):
        return UnwritableError(f"cannot write {path}: {error}; check who may write it")
    if code.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
        return UnwritableError(
            f"cannot write {path}: {error}; make room on its disk, and `evolve resume` goes on "
            "with the run"
        )
    if code == "SQLITE_NOTADB":
        return NotAnArchiveError(f"{path} is no archive: {error}; name another file")
    if code.startswith("SQLITE_CORRUPT"):
        return DamagedError(f"{path} is damaged: {error}; restore it from a copy")
    return ArchiveError(f"{path}: {error}")


def network_file_system(folder: Path, mounts: Path = Path("/proc/self/mounts")) -> str:
    """The kind of network file system that a folder is on; empty if it is on none.

    Args:
        folder: Which folder.
        mounts: Where Linux lists what is mounted; elsewhere nothing is found out.
    """
    try:
        lines = mounts.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    kinds = {Path(line.split()[1].replace("\\040", " ")): line.split()[2] for line in lines}
    real = folder.resolve()
    place = next((each for each in (real, *real.parents) if each in kinds), None)
    kind = kinds[place] if place else ""
    return kind if kind.removeprefix("fuse.") in _NETWORK else ""


def _size(path: Path) -> int | None:
    """The size of a file in bytes; None if it is not there."""
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ArchiveError(f"cannot open {path}: {error.strerror}; name another file") from None
    if stat.S_ISDIR(status.st_mode):
        raise NotAnArchiveError(f"{path} is a folder, not an archive; name a file in it")
    if not stat.S_ISREG(status.st_mode):
        raise NotAnArchiveError(f"{path} is no ordinary file; name another one")
    return status.st_size


def _connect(path: Path, mode: str, timeout: float = 10.0) -> sqlite3.Connection:
    try:
        # Calls may come from any thread, one at a time.
        return sqlite3.connect(
            _uri(path, mode),
            uri=True,
            timeout=timeout,
            isolation_level=None,
            check_same_thread=False,
        )
    except sqlite3.Error as error:
        raise explain_failure(error, path) from None


def _uri(path: Path, mode: str) -> str:
    return f"{path.absolute().as_uri()}?mode={mode}"


def _reading_mode(path: Path) -> str:
    """Reading tidies up after itself where it may write, and works where it may not."""
    if os.access(path.parent, os.W_OK):
        return "rw" if os.access(path, os.W_OK) else "ro"
    return "ro" if path.with_name(path.name + "-wal").exists() else "ro&immutable=1"


def _version(path: Path) -> int:
    """The format of an archive, which is refused if it is none of ours or a newer one."""
    connection = _connect(path, _reading_mode(path))
    try:
        ((application,),) = connection.execute("PRAGMA application_id").fetchall()
        ((version,),) = connection.execute("PRAGMA user_version").fetchall()
        ((tables,),) = connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
    except sqlite3.Error as error:
        raise explain_failure(error, path) from None
    finally:
        connection.close()
    if not tables:
        raise NotAnArchiveError(f"{path} is empty, so it is no archive; name another file")
    if application != APPLICATION_ID:
        raise NotAnArchiveError(f"{path} is the database of another program; name another file")
    if version > VERSION:
        raise VersionError(
            f"{path} was written by a newer version (format {version}, this one knows {VERSION}); "
            "upgrade evolve-mas"
        )
    return int(version)


def _bring_up_to_date(path: Path) -> None:
    try:
        connection, lock = open_for_writing(path)
    except ArchiveError as error:
        raise VersionError(
            f"an older version wrote {path}, and updating it failed: {error}"
        ) from None
    connection.close()
    lock.release()


def _create(path: Path) -> None:
    with suppress(FileExistsError):
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except FileExistsError:
            raise
        except OSError as error:
            raise UnwritableError(
                f"cannot write {path}: {error.strerror}; check who may use its folder"
            ) from None


def _prepare(connection: sqlite3.Connection) -> None:
    ((version,),) = connection.execute("PRAGMA user_version").fetchall()
    if version < VERSION:
        _migrate(connection)
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA cache_size = -4096")  # in KiB; a larger one made nothing quicker
    connection.execute("PRAGMA wal_autocheckpoint = 4000")  # in pages
    connection.execute("PRAGMA foreign_keys = ON")
    # Written even if it is right, to learn now and not at the first append that it may not be.
    connection.execute(f"PRAGMA user_version = {VERSION}")


def _migrate(connection: sqlite3.Connection) -> None:
    from sqlite_utils import Database

    from archive.migrations import MIGRATIONS

    database = Database(connection, execute_plugins=False)
    with database.atomic():
        MIGRATIONS.apply(database)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
