"""Commands are printed as they work from here."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from evolve.report.commands import program


def test_the_name_is_enough_on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: f"/bin/{name}")
    assert program() == "evolve"


def test_a_script_off_the_path_is_named_by_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    script = tmp_path / "bin" / "evolve"
    script.parent.mkdir()
    script.write_text("")
    script.chmod(0o700)
    monkeypatch.setattr(sys, "argv", [str(script)])
    assert program() == str(script)
    monkeypatch.chdir(tmp_path)
    assert program() == "bin/evolve"


def test_elsewhere_the_module_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr(sys, "argv", ["__main__.py"])
    words = [*shlex.split(program()), "--version"]
    assert subprocess.run(words, check=True, capture_output=True).stdout.startswith(b"evolve ")
