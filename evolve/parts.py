"""What a run is made of, built once and handed around."""

from dataclasses import dataclass

from archive.records import Run
from archive.store import Archive
from evolve.executors.base import Executor
from evolve.models.base import Models
from evolve.settings import RunSettings


@dataclass(frozen=True)
class Parts:
    """What a run is made of."""

    settings: RunSettings
    archive: Archive
    run: Run
    models: Models
    executor: Executor
