"""What systems score on sealed tasks: measured once each, kept in small files, charged to none."""

import hashlib
import json
from pathlib import Path

from archive.store import Archive
from evolve.ledger import Budget
from evolve.run import evaluate
from evolve.settings import RunSettings
from search_spaces.config import SystemConfig

UNLIMITED = Budget(evaluations=10**9)


class Truth:
    """The mean scores of configurations on the sealed tasks of one landscape and seed."""

    def __init__(self, settings: RunSettings, folder: Path) -> None:
        """Measures nothing yet.

        Args:
            settings: Whose tasks and models.
            folder: Where scores are kept, by the tasks and by content id.
        """
        self._settings = settings.model_copy(update={"budget": UNLIMITED})
        tasks = [task.input.id for task in settings.tasks.load(settings.seed).unseal()]
        key = hashlib.sha256(json.dumps(tasks).encode()).hexdigest()[:12]
        self._folder = folder / key

    def of(self, config: SystemConfig) -> float:
        """The mean score of a configuration.

        Raises:
            OutageError: A model does not serve.
        """
        path = self._folder / f"{config.id}.json"
        if path.is_file():
            return float(json.loads(path.read_text("utf-8"))["score"])
        with Archive.in_memory() as archive:
            score = evaluate(self._settings, archive, config, "test").summary.mean
        self._folder.mkdir(parents=True, exist_ok=True)
        write(path, json.dumps({"score": score}))
        return score


def write(path: Path, text: str) -> None:
    """Writes a file whole or not at all, whoever else writes it at the same time."""
    import os

    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_text(text, "utf-8")
    part.replace(path)
