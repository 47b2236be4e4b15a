"""The views for other tools."""

import sqlite3
from pathlib import Path

from archive.store import Archive
from tests.evolve.report.large import fill


def test_views_show_names_and_reasons(tmp_path: Path) -> None:
    with Archive.write(tmp_path / "evolve.db") as archive:
        run = fill(archive, candidates=12, tasks=6, each=4)
        views = [name for name, sql in archive.layout().items() if sql.startswith("CREATE VIEW")]
    database = sqlite3.connect(f"{(tmp_path / 'evolve.db').as_uri()}?mode=ro", uri=True)
    database.row_factory = sqlite3.Row

    def rows(sql: str) -> list[sqlite3.Row]:
        return database.execute(sql).fetchall()

    for view in views:
        assert all(row["run"] == run.id for row in rows(f"SELECT * FROM {view}"))
    systems = rows("SELECT * FROM systems ORDER BY candidate")
    assert len(systems) == 12
    assert systems[4]["name"] == "debate"
    assert systems[4]["agents"] == 3
    assert {row["child"] for row in rows("SELECT * FROM lineage")} == set(range(5, 12))
    bought = rows("SELECT * FROM allocation WHERE purpose = 'search'")
    assert "a first look" in {row["why"] for row in bought}
    assert all(row["score"] is not None and row["task"] for row in bought)
    tasks = rows("SELECT * FROM task_difficulty")
    assert sum(row["evaluations"] for row in tasks) == len(bought)
    database.close()
