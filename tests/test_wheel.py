"""The wheel holds all that a run needs: `evolve run quickstart_simulated` works from any folder."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.full
def test_an_installed_evolve_runs_the_quickstart_anywhere(tmp_path: Path) -> None:
    environment = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    python, elsewhere = environment / "bin" / "python", tmp_path / "elsewhere"
    elsewhere.mkdir()
    install = [str(python), "-m", "pip", "install", "--quiet", str(ROOT)]
    subprocess.run(install, check=True)

    def evolve(*words: str) -> str:
        command = [str(environment / "bin" / "evolve"), *words]
        done = subprocess.run(command, cwd=elsewhere, capture_output=True, text=True, check=True)
        return done.stdout

    shown = evolve("run", "quickstart_simulated", "--quiet")
    assert "sealed test" in shown
    assert "simulated" in shown
    evolve("export", "-o", "best.yaml")
    assert "agents:" in (elsewhere / "best.yaml").read_text()
    assert "sound" in evolve("archive", "check")
