"""Output files: replaced whole or not at all, and never in place of an archive."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp

from search_spaces.errors import ConfigError

_DATABASE = b"SQLite format 3\0"


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
