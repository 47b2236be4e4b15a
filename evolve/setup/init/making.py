"""A run file from an interview: it is tried before it is written."""

from dataclasses import dataclass
from pathlib import Path

from archive.store import Archive
from evolve.engine.run import prepare
from evolve.errors import BudgetError
from evolve.runfile.settings import RunSettings, read_settings
from evolve.setup.init.interview import Interview
from evolve.setup.init.writing import run_file, there_already, write
from search_spaces.errors import ConfigError

DEFAULT = "run.yaml"


@dataclass(frozen=True)
class Made:
    """A new run file and what it says."""

    path: Path
    settings: RunSettings
    sizes: dict[str, int]
    """Tasks by split."""
    notes: tuple[str, ...] = ()
    """What people should know of the tasks."""


def make(interview: Interview, *, replace: bool) -> Made:
    """Writes a run file.

    Args:
        interview: What it is to say.
        replace: Whether a file that is there may be replaced.

    Raises:
        EvolveError: Something cannot be used, or there is such a file already.
    """

    def read_path(said: str) -> Path:
        path = Path(said).expanduser()
        if path.exists() and not replace:
            raise there_already(path)
        if not path.absolute().parent.is_dir():
            raise ConfigError(f"{path}: there is no folder {path.parent}; make it first")
        return path

    path = interview.find("run-file", "Run file to write", read_path, DEFAULT)
    text = run_file(interview.plan(), path)
    settings = read_settings(text, str(path), path.absolute().parent)
    sizes, notes = _try(settings)
    write(path, text, replace=replace)
    interview.finish()
    return Made(path, settings, sizes, notes)


def _try(settings: RunSettings) -> tuple[dict[str, int], tuple[str, ...]]:
    """Puts the run together without starting it; the sizes of its splits, and notes on tasks."""
    with Archive.in_memory() as archive:
        try:
            tasks = prepare(settings, archive).tasks
        except BudgetError as error:
            raise BudgetError(f"{error}; here with --usd or --evaluations") from None
    sizes = {
        "train": len(tasks.train),
        "validation": len(tasks.validation),
        "test": tasks.sealed,
    }
    return sizes, tasks.notes
