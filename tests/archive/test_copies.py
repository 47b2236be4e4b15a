"""A plain copy of an archive's file has what was committed."""

import shutil
from pathlib import Path

import pytest

from archive.errors import UnknownError
from archive.reading import Reader
from archive.store import Archive, writer


def test_a_copy_without_its_log_is_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "CHECKPOINTING", 1e9)  # however slow the disk is
    with Archive.write(tmp_path / "evolve.db") as archive:
        for number in range(20):
            archive.create_run(f"run{number}", 0, "{}", [])
            copy = Path(shutil.copy(tmp_path / "evolve.db", tmp_path / f"copy{number}.db"))
            with Reader.read(copy) as copied:
                assert len(copied.runs()) == number + 1


def test_a_slow_disk_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "CHECKPOINTING", -1.0)
    with Archive.write(tmp_path / "evolve.db") as archive:
        archive.create_run("run", 0, "{}", [])
        shutil.copy(tmp_path / "evolve.db", tmp_path / "copy.db")
    with Reader.read(tmp_path / "copy.db") as copied, pytest.raises(UnknownError, match="-wal"):
        copied.run()
    with Reader.read(tmp_path / "evolve.db") as whole:
        assert len(whole.runs()) == 1
