"""Runs killed at random moments, as processes; the full count is that of the benchmark."""

import json
import subprocess
import sys

import pytest


@pytest.mark.full
@pytest.mark.parametrize(("over", "kills"), [("virtual", 8), ("http", 4)])
def test_killed_runs_come_to_the_uninterrupted_result(over: str, kills: int) -> None:
    command = [sys.executable, "-m", "benchmarks.kills", "--kills", str(kills), "--over", over]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    figures = json.loads(ended.stdout)
    assert figures["kills"] >= kills
    assert figures["another_result"] == figures["not_kept"] == figures["unsound"] == 0
