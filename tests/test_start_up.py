"""Start-up time: heavy libraries are imported only by the commands that need them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("numpy", "scipy", "optuna", "deap", "openai", "sqlite_utils", "sqlite3", "yaml")
SCRIPT = """
import sys
{work}
print("LOADED", *(name for name in {heavy} if name in sys.modules), file=sys.stderr)
"""
HELP = """
from evolve.cli.main import main
for words in {commands}:
    sys.argv = ["evolve", *words, "--help"]
    try:
        main()
    except SystemExit as ended:
        assert ended.code == 0
"""
GROUPS = [["run"], ["resume"], ["eval"], ["export"], ["apply"], ["archive"], ["archive", "show"]]


@pytest.mark.parametrize(
    ("work", "heavy"),
    [
        ("import evolve", (*HEAVY, "pydantic", "rich", "typer")),
        (HELP.format(commands=[[]]), (*HEAVY, "pydantic")),
        (HELP.format(commands=GROUPS), HEAVY),  # typer reads their options with pydantic
    ],
    ids=["import evolve", "evolve --help", "evolve run --help and others"],
)
def test_nothing_heavy_is_loaded(work: str, heavy: tuple[str, ...]) -> None:
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(work=work, heavy=heavy)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stderr.split() == ["LOADED"]
