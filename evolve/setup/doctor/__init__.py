"""Whether a run can work here: its endpoints, prices, tasks and archive, and what to mend.

``findings``      what was found, and what to do about it
``endpoints``     whether models answer, and which requests their endpoints take and allow
``local``         whether models run on this machine
``contexts``      whether prompts fit into their models' contexts
``tasks``         whether a task set can separate systems
``surroundings``  whether the run could start, and be kept
"""

import asyncio
from pathlib import Path
from typing import NamedTuple

from archive.records import Usage
from evolve.runfile.settings import RunSettings
from evolve.setup.doctor.endpoints import examine_models
from evolve.setup.doctor.findings import Finding
from evolve.setup.doctor.surroundings import examine_archive, examine_start
from evolve.setup.doctor.tasks import examine_tasks


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
        calls: Whether every model may be called once or twice, with a few tokens.
    """
    models, usage = asyncio.run(
        examine_models(
            settings.models, settings.concurrency, calls=calls, tools=bool(settings.tools)
        )
    )
    return Examination(
        (
            *models,
            *asyncio.run(examine_tasks(settings)),
            *examine_start(settings),
            *examine_archive(archive),
        ),
        usage,
    )
