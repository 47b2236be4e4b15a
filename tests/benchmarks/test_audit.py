"""The measurement of the audit: faults are planted as stated, and copies are found."""

from pathlib import Path
from random import Random

import pytest

from benchmarks.audit import COPIES, WRONG, audited, planted
from evolve.gate.sides import read_side


@pytest.mark.full
def test_planted_faults_are_found(tmp_path: Path) -> None:
    settings, faults = planted(tmp_path, Random(0))
    tasks = {task.input.id: task for task in settings.tasks.load(0).validation}
    assert len(faults.wrong & set(tasks)) == WRONG
    found = audited(settings, read_side("medium", settings)).findings
    assert {each.sealed for each in found.duplicates.equal} == faults.equal
    assert {each.sealed for each in found.duplicates.near} == faults.near
    assert len(faults.equal) == len(faults.near) == COPIES
    assert len(faults.wrong & {each.task for each in found.labels.disputed}) >= WRONG / 3
