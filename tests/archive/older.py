"""Archives as earlier versions wrote them."""

import sqlite3
from pathlib import Path

from sqlite_utils import Database

from archive.connection import APPLICATION_ID
from archive.migrations import MIGRATIONS


def write_first_version(path: Path) -> None:
    """Makes an archive as the first version wrote it, with one finished run."""
    database = sqlite3.connect(path)
    MIGRATIONS.apply(Database(database), stop_before="0002_replies")
    database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    database.execute("PRAGMA user_version = 1")
    database.execute("INSERT INTO runs VALUES (1, 'old', 'old', 0, '{}', 'finished', '', NULL)")
    database.commit()
    database.close()
