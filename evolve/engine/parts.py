"""The parts of a run that are built once at its start."""

from dataclasses import dataclass

from archive.records import Run
from archive.store import Archive
from evolve.budget.calls import CallReservations
from evolve.executors.base import Executor
from evolve.models.base import Models
from evolve.runfile.settings import RunSettings


@dataclass(frozen=True)
class Parts:
    """Settings, archive, models and executor of a run."""

    settings: RunSettings
    archive: Archive
    run: Run
    models: Models
    executor: Executor
    calls: CallReservations
