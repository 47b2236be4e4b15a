"""Whether a run can work here: its endpoints, prices, tasks and archive, and what to mend.

``findings``      what was found, and what to do about it
``endpoints``     whether models answer, and what their endpoints take and allow
``tasks``         whether a task set can tell systems apart
``surroundings``  whether the run could start, and be kept
"""

import asyncio
from pathlib import Path
from typing import NamedTuple

from archive.records import Usage
from evolve.doctor.endpoints import examine_models
from evolve.doctor.findings import Finding
from evolve.doctor.surroundings import examine_archive, examine_start
from evolve.doctor.tasks import examine_tasks
from evolve.settings import RunSettings


class Examination(NamedTuple):
    """All that was found, and what finding it took."""

    findings: tuple[Finding, ...]
    usage: Usage

    @property
    def sound(self) -> bool:
        """Whether nothing has to be mended."""
        return all(finding.status != "fix" for finding in self.findings)


def examine(settings: RunSettings, archive: Path, *, calls: bool) -> Examination:
    """Examines a run without starting it.

    Args:
        settings: The run.
        archive: Where it would be kept.
        calls: Whether every model may be asked once, in a few tokens.
    """
    models, usage = asyncio.run(examine_models(settings.models, settings.concurrency, calls=calls))
    return Examination(
        (
            *models,
            *asyncio.run(examine_tasks(settings)),
            *examine_start(settings),
            *examine_archive(archive),
        ),
        usage,
    )
