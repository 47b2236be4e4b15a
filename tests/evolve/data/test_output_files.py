"""Output files are written atomically, and never replace an archive."""

import os
import stat
from pathlib import Path
from threading import Thread

import pytest

from archive.store import Archive
from evolve.data.output_files import replace_file, replace_own_file, replaced_file
from search_spaces.errors import ConfigError


def test_a_file_is_replaced_and_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "best.yaml"
    replace_file(path, "one\r\n\ud800")
    assert path.read_bytes() == b"one\r\n\\ud800"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    replace_file(path, "two")
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("two", 0o644)
    assert [each.name for each in tmp_path.iterdir()] == ["best.yaml"]


def test_a_failure_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "best.yaml"
    path.write_text("old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigError, match=r"best.yaml: cannot be written: No space left"):
        replace_file(path, "new")
    with pytest.raises(KeyboardInterrupt):
        interrupted(path)
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["best.yaml"]


def interrupted(path: Path) -> None:
    with replaced_file(path) as part:
        part.write_text("half")
        raise KeyboardInterrupt


def test_an_archive_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "evolve.db"
    with Archive.write(path):
        pass
    before = path.read_bytes()
    with pytest.raises(ConfigError, match="is a database, perhaps an archive"):
        replace_file(path, "new")
    assert path.read_bytes() == before


def test_links_are_followed_and_pipes_written_to(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    target = tmp_path / "far" / "best.yaml"
    target.write_text("old")
    (tmp_path / "link").symlink_to(target)
    replace_file(tmp_path / "link", "new")
    assert target.read_text() == "new"
    assert (tmp_path / "link").is_symlink()
    replace_file(Path(os.devnull), "gone")
    assert not Path(os.devnull).is_file()


@pytest.mark.parametrize("place", ["no/where", "."])
def test_what_cannot_be_written_is_one_line(
    tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="cannot be written: "):
        replace_file(Path(place), "new")


@pytest.mark.parametrize(
    "there", ["", "# Found by evolve, run x, id y.\n", "<head>\n<title>evolve</title>"]
)
def test_exports_and_reports_take_the_place_of_earlier_ones(tmp_path: Path, there: str) -> None:
    path = tmp_path / "best.yaml"
    path.write_text(there)
    replace_own_file(path, "new")
    assert path.read_text() == "new"


def test_other_files_are_replaced_on_request(tmp_path: Path) -> None:
    path = tmp_path / "tasks.jsonl"
    path.write_text("mine")
    with pytest.raises(ConfigError, match=r"is there already.*--force"):
        replace_own_file(path, "new")
    assert path.read_text() == "mine"
    replace_own_file(path, "new", force=True)
    assert path.read_text() == "new"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    pipe, read = tmp_path / "pipe", list[str]()
    os.mkfifo(pipe)
    reader = Thread(target=lambda: read.append(pipe.read_text()), daemon=True)
    reader.start()
    replace_own_file(pipe, "new")
    reader.join(10)
    assert read == ["new"]
