"""Runs the instructions of the documentation verbatim."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from docs.generate import DOCS


def blocks(page: str, language: str) -> list[str]:
    """The code blocks of a page, in order."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.mark.full
def test_the_examples_in_python_run(tmp_path: Path) -> None:
    (tmp_path / "examples.py").write_text("\n".join(blocks("python.md", "python")))
    result = subprocess.run(
        [sys.executable, "examples.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(DOCS.parent)},
        capture_output=True,
        text=True,
    )
    assert (result.returncode, result.stderr) == (0, ""), result
    assert "did you mean 'usd'" in result.stdout.splitlines()[-1]
    for name in ("best.yaml", "second.py", "report.html", "evolve.db", "sums.db", "two.db"):
        assert (tmp_path / name).stat().st_size > 0
