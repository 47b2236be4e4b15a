"""Runs in MLflow: settings as parameters, figures as metrics, the best system as an artifact."""

import logging
from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from archive.records import Run
from evolve.trackers.base import Ended, RunTracker, TrackedRun, Tracker

_LONGEST = 500
"""Characters of a parameter's value."""

_STATUS = {"finished": "FINISHED", "failed": "FAILED"}
"""MLflow's final states; runs in others can be resumed."""


class Mlflow(Tracker):
    """Writes a run to MLflow; a resumed run continues its MLflow run.

    Credentials are read by MLflow itself, from variables such as MLFLOW_TRACKING_TOKEN.
    """

    package: ClassVar[str] = "mlflow"

    uri: str | None = Field(
        default=None,
        description="The tracking server or database; none: MLFLOW_TRACKING_URI, or MLflow's "
        "default.",
    )
    experiment: str = Field(
        default="evolve", min_length=1, description="The experiment; created if missing."
    )

    def follow(self, tracked: TrackedRun) -> RunTracker:
        """A writer of one run."""
        return _Writer(self, tracked.run, tracked.settings)


class _Writer(RunTracker):
    def __init__(self, tracker: Mlflow, run: Run, settings: Mapping[str, str]) -> None:
        self._tracker = tracker
        self._run = run
        self._settings = settings
        self._id = ""

    def begin(self) -> None:
        from mlflow import MlflowClient

        # Messages about its tables would disturb the display of a search.
        logging.getLogger("mlflow.store.db.utils").setLevel(logging.WARNING)
        self._client = client = MlflowClient(tracking_uri=self._tracker.uri)
        name = self._tracker.experiment
        known = client.get_experiment_by_name(name)
        experiment = known.experiment_id if known else client.create_experiment(name)
        this = f"tags.`evolve.run` = '{self._run.id}'"
        earlier = client.search_runs([experiment], this, max_results=1)
        if earlier:
            self._id = earlier[0].info.run_id
            client.update_run(self._id, status="RUNNING")
            return
        tags = {"evolve.run": self._run.id}
        self._id = client.create_run(experiment, tags=tags, run_name=self._run.id).info.run_id
        for path, value in self._settings.items():
            client.log_param(self._id, path, value[:_LONGEST])

    def progress(self, results: int, figures: Mapping[str, float]) -> None:
        for name, value in figures.items():
            self._client.log_metric(self._id, name, value, step=results)

    def end(self, ended: Ended) -> None:
        for name, value in ended.figures.items():
            self._client.log_metric(self._id, name, value)
        if ended.system:
            self._client.log_text(self._id, ended.system, "best.yaml")
        self._client.set_terminated(self._id, _STATUS.get(ended.status, "KILLED"))
