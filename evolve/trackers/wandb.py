"""Runs in Weights & Biases: settings as its config, figures as its history, the best as a file."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from archive.records import Run
from evolve.plugins import RunPath
from evolve.trackers.base import Ended, RunTracker, TrackedRun, Tracker


class Wandb(Tracker):
    """Writes a run to Weights & Biases, on this machine unless `mode` says otherwise.

    Code, console, git state and machine data are not recorded. The key is read by wandb itself:
    `wandb login`, or WANDB_API_KEY.
    """

    package: ClassVar[str] = "wandb"

    project: str = Field(default="evolve", min_length=1, description="The project.")
    entity: str | None = Field(default=None, description="The team; none: your default.")
    mode: Literal["offline", "online"] = Field(
        default="offline", description="`offline` writes a folder that `wandb sync` sends later."
    )
    folder: RunPath | None = Field(
        default=None, description="The parent of the folder `wandb`; none: the current folder."
    )

    def follow(self, tracked: TrackedRun) -> RunTracker:
        """A writer of one run."""
        return _Writer(self, tracked.run, tracked.settings)


class _Writer(RunTracker):
    def __init__(self, tracker: Wandb, run: Run, settings: Mapping[str, str]) -> None:
        self._tracker = tracker
        self._id = run.id
        self._settings = settings

    def begin(self) -> None:
        import wandb

        # It would recommend its Weave on standard error, `silent` or not; "false" has it back.
        os.environ.setdefault("WANDB_DISABLE_WEAVE", "true")
        tracker = self._tracker
        self._run = wandb.init(
            project=tracker.project,
            entity=tracker.entity,
            dir=str(tracker.folder or Path.cwd()),
            id=self._id,
            name=self._id,
            resume="allow" if tracker.mode == "online" else None,
            mode=tracker.mode,
            config=dict(self._settings),
            reinit="create_new",
            settings=wandb.Settings(
                console="off",
                disable_code=True,
                disable_git=True,
                disable_job_creation=True,
                save_code=False,
                silent=True,
                x_disable_machine_info=True,
                x_disable_meta=True,
                x_disable_stats=True,
                x_save_requirements=False,
            ),
        )

    def progress(self, results: int, figures: Mapping[str, float]) -> None:
        self._run.log(dict(figures), step=results)

    def end(self, ended: Ended) -> None:
        self._run.summary.update({"status": ended.status, **ended.figures})
        if ended.system:
            best = Path(self._run.dir) / "best.yaml"
            best.write_text(ended.system, encoding="utf-8")
            self._run.save(str(best), base_path=self._run.dir, policy="now")
        self._run.finish(exit_code=int(ended.status == "failed"))
