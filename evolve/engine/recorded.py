"""The settings and tasks of a run as recorded in its archive."""

from pathlib import Path

from archive.reading import Reader
from archive.records import Event, Run
from archive.store import Archive
from evolve.errors import RunError, TaskError
from evolve.runfile.consent import Consent, refuse_all, require_consent
from evolve.runfile.known_runs import is_known, remember
from evolve.runfile.settings import RunSettings, as_json, from_json
from evolve.tasks.base import Task, TaskInput
from evolve.tasks.task_set import TaskSet

SETTINGS = "settings"
"""The kind of an event that replaces a run's settings; its text is the settings as JSON."""

TASKS = "tasks"
"""The kind of an event that holds the digest of the tasks that a run was started with."""


def settings_of(archive: Reader, run: Run) -> RunSettings:
    """The settings of a run for display: no code that they name is loaded.

    Args:
        archive: Holds the run.
        run: The run.
    """
    return from_json(_text(archive, run), _where(run), _folder(archive), inert=True)


def usable_settings(archive: Reader, run: Run, consent: Consent = refuse_all) -> RunSettings:
    """The settings of a run for use.

    Args:
        archive: Holds the run.
        run: The run.
        consent: Asked before settings are used that have not been run on this machine.

    Raises:
        ConfigError: They were refused, or cannot be used on this machine.
    """
    text, file = _text(archive, run), archive.path
    if file is not None and not is_known(text, file):
        require_consent(run.id, text, consent)
        remember(text, file)
    return from_json(text, _where(run), _folder(archive))


def require_task_file(run: Run, settings: RunSettings) -> None:
    """Checks that the task file of a run still exists.

    Raises:
        TaskError: It does not.
    """
    file = settings.tasks.file
    if settings.tasks.dataset is None and file is not None and not file.is_file():
        raise TaskError(
            f"{file}: there is no such task file, which run {run.id} needs; if it was moved, "
            "resume with `evolve resume --run-file FILE`"
        )


def require_same_tasks(archive: Reader, run: Run, tasks: TaskSet) -> None:
    """Checks that the tasks are still those that a run was started with.

    Raises:
        TaskError: A text, a truth or a split has changed.
    """
    recorded = [event.text for event in archive.events(run) if event.kind == TASKS]
    if recorded and tasks.digest not in recorded:
        raise TaskError(
            f"the texts or truths of the tasks have changed since run {run.id} was started, so "
            "new scores would not compare with its own; restore the task file, or start a new "
            "run with `evolve run`"
        )


def recorded_tasks(archive: Reader, run: Run) -> TaskSet:
    """The tasks of a run as recorded: without texts and answers."""
    return TaskSet(
        Task(
            number=record.number,
            input=TaskInput(id=record.id, text=""),
            answer=None,
            domain=record.domain,
            split=record.split,
        )
        for record in archive.tasks(run)
    )


def fitted(archive: Reader, run: Run, settings: RunSettings) -> RunSettings:
    """Settings for the resume of a run, with the run's name and seed.

    Raises:
        RunError: They are not for the same search: other tasks, missing models, or real models
            for a dry run, or another unit of costs.
    """
    recorded = settings_of(archive, run)
    settings = settings.model_copy(update={"name": run.name, "seed": run.seed})
    if settings.tasks.load(run.seed).records != archive.tasks(run):
        raise RunError(
            f"the tasks of these settings ({settings.tasks.source}) are not those that run "
            f"{run.id} was started with; resume it with the same tasks, or start a new run"
        )
    if missing := set(recorded.models) - set(settings.models):
        raise RunError(
            f"run {run.id} has models that these settings lack: {', '.join(sorted(missing))}; "
            "add them under `models`"
        )
    if _simulated(recorded) != _simulated(settings):
        raise RunError(
            f"run {run.id} has simulated models and these settings have real ones, or the other "
            "way round; start a new run with `evolve run`"
        )
    unit, given = recorded.objective.unit, settings.objective.unit
    if unit != given:
        raise RunError(
            f"run {run.id} counts costs in {unit} and these settings in {given}; set "
            f"`objective.cost: {unit}`, or start a new run with `evolve run`"
        )
    return settings


def keep_settings(archive: Archive, run: Run, settings: RunSettings, at: float) -> None:
    """Records the settings that a run continues with, if they differ from its present ones."""
    text = as_json(settings, archive.path)
    if text == _text(archive, run):
        return
    archive.add_event(run, Event(at=at, kind=SETTINGS, text=text))
    if archive.path is not None:
        remember(text, archive.path)


def _simulated(settings: RunSettings) -> bool:
    return all(model.plugin_name() == "simulated" for model in settings.models.values())


def _text(archive: Reader, run: Run) -> str:
    """The settings of the last resume that changed them, or else of the start."""
    changes = [event.text for event in archive.events(run) if event.kind == SETTINGS]
    return changes[-1] if changes else run.settings


def _where(run: Run) -> str:
    return f"the settings of run {run.id}"


def _folder(archive: Reader) -> Path | None:
    return None if archive.path is None else archive.path.absolute().parent
