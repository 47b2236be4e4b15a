"""The settings that this user has run on this machine, kept outside of archives.

A line of the record is a hash of the settings, the archive's file number and its path. Settings are
known if they were run from that path or that file, so a moved archive stays known, and a copy of
another person's archive is unknown.
"""

import hashlib
import os
import sys
from contextlib import suppress
from pathlib import Path


def record_path() -> Path:
    """The record, in the folder where this platform keeps the state of programs."""
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        base = home / ".local" / "state"
    if "XDG_STATE_HOME" in os.environ:
        base = Path(os.environ["XDG_STATE_HOME"])
    return base / "evolve" / "known-runs"


def remember(settings: str, archive: Path) -> None:
    """Adds settings to the record; where it cannot be written, they stay unknown."""
    if is_known(settings, archive):
        return
    line = " ".join((_digest(settings), _number(archive), str(archive.absolute()))) + "\n"
    with suppress(OSError, RuntimeError):  # RuntimeError: there is no home directory
        path = record_path()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8") as record:
            record.write(line)


def is_known(settings: str, archive: Path) -> bool:
    """Whether these settings were run here in this archive, wherever it lies by now."""
    digest, number, place = _digest(settings), _number(archive), str(archive.absolute())
    try:
        lines = record_path().read_text(encoding="utf-8").splitlines()
    except (OSError, RuntimeError, UnicodeDecodeError):
        return False
    fields = [line.split(" ", 2) for line in lines]
    return any(
        len(each) == 3 and each[0] == digest and (each[1] == number != "-" or each[2] == place)
        for each in fields
    )


def _digest(settings: str) -> str:
    return hashlib.sha256(settings.encode()).hexdigest()


def _number(archive: Path) -> str:
    """Device and file number, which a file keeps when it is renamed."""
    try:
        status = archive.stat()
    except OSError:
        return "-"
    return f"{status.st_dev}:{status.st_ino}"
