"""The schema of an archive as numbered migrations; a change of the schema is one more."""

from typing import TYPE_CHECKING

from sqlite_utils.migrations import Migrations

from archive.tables import TABLES
from archive.views import VIEWS

if TYPE_CHECKING:
    from sqlite_utils import Database

MIGRATIONS = Migrations("archive")


@MIGRATIONS(name="0001_tables_and_views")
def _tables_and_views(db: "Database") -> None:
    db.executescript(TABLES)
    db.executescript(VIEWS)
