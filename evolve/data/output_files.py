"""Output files: replaced whole or not at all, and never in place of an archive."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp

from search_spaces.errors import ConfigError

_DATABASE = b"SQLite format 3\0"

_MARKS = (b"Found by evolve, run ", b"<title>evolve</title>")
"""What exports and reports hold near their beginning."""
_BEGINNING = 8_192


def replace_file(path: Path, text: str) -> None:
    """Writes a text file; whatever happens, the file is either the old one or the new one.

    A new file can be read by its owner alone, because prompts and tasks are private; an existing
    one keeps its permissions. A path that is no regular file, such as a pipe, is written to.

    Args:
        path: The file.
        text: Its new content.

    Raises:
        ConfigError: It cannot be written, or an archive is there.
    """
    content = text.encode("utf-8", "backslashreplace")
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)
            return
    except OSError as error:
        raise _cannot_write(path, error) from None
    with replaced_file(path) as part, part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def replace_own_file(path: Path, text: str, *, force: bool = False) -> None:
    """Writes an export or a report in place of an earlier one, which can be written again.

    Args:
        path: The file.
        text: Its new content.
        force: Whether to replace any other file, too.

    Raises:
        ConfigError: Another file is there, or it cannot be written.
    """
    if not force and _is_foreign(path):
        raise ConfigError(
            f"{path} is there already, and no export or report; name another file, or replace it "
            "with --force"
        )
    replace_file(path, text)


def _is_foreign(path: Path) -> bool:
    """Whether a file holds something that was not written by `replace_own_file`."""
    try:
        if not path.is_file() or is_database(path):
            return False
        with path.open("rb") as file:
            beginning = file.read(_BEGINNING)
    except OSError:
        return False
    return bool(beginning.strip()) and not any(mark in beginning for mark in _MARKS)


@contextmanager
def replaced_file(path: Path) -> Iterator[Path]:
    """A new file beside a path, which takes its place once the context ends without an error.

    Args:
        path: The file to replace.

    Raises:
        ConfigError: It cannot be written, or an archive is there.
    """
    target = path.resolve()
    if is_database(target):
        raise ConfigError(f"{path} is a database, perhaps an archive; name another file")
    try:
        descriptor, name = mkstemp(prefix=f".{target.name[:100]}.", dir=target.parent)
        os.close(descriptor)
    except OSError as error:
        raise _cannot_write(path, error) from None
    part = Path(name)
    try:
        yield part
        if target.exists():
            part.chmod(stat.S_IMODE(target.stat().st_mode))
        part.replace(target)
    except OSError as error:
        raise _cannot_write(path, error) from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def is_database(path: Path) -> bool:
    """Whether a file is a database of SQLite, as every archive is."""
    try:
        with path.open("rb") as file:
            return file.read(len(_DATABASE)) == _DATABASE
    except OSError:
        return False


def _cannot_write(path: Path, error: OSError) -> ConfigError:
    return ConfigError(f"{path}: cannot be written: {error.strerror}")
