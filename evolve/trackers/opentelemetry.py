"""Spans of OpenTelemetry, after its semantic conventions for generative AI.

    invoke_workflow SYSTEM         an evaluation: one system on one task
    ├── invoke_agent AGENT         a turn of an agent
    │   └── chat MODEL             a model call
    └── evaluate                   its answer is scored; a judge's calls are below it

What was said is never in them. Times are those of the run's clock, which simulated models move.
"""

from typing import TYPE_CHECKING, ClassVar

from archive.records import Run
from evolve.executors.base import Executor
from evolve.models.base import Models
from evolve.trackers.base import Ended, Following, Tracker

if TYPE_CHECKING:
    from evolve.settings import RunSettings

_PATIENCE_MS = 10_000


class Opentelemetry(Tracker):
    """Makes spans of evaluations, agents' turns and model calls.

    They go to the tracer provider that a program has set, or else over OTLP to where the variables
    OTEL_EXPORTER_OTLP_ENDPOINT and their like say.
    """

    package: ClassVar[str] = "opentelemetry.sdk"

    def follow(self, run: Run, settings: "RunSettings") -> Following:
        """Who makes the spans of a run."""
        return _Tracer(run, settings)


class _Tracer(Following):
    def __init__(self, run: Run, settings: "RunSettings") -> None:
        from evolve.trackers._spans import Spans

        self._scorer = settings.tasks.scorer.plugin_name()
        self._spans = Spans(run.id)

    def models(self, models: Models) -> Models:
        from evolve.trackers._spans import TracedModel

        traced = {name: TracedModel.of(models[name], self._spans, name) for name in models.names}
        return Models(traced, models.default)

    def executor(self, executor: Executor) -> Executor:
        from evolve.trackers._spans import TracedExecutor

        return TracedExecutor.of(executor, self._spans, self._scorer)

    def end(self, ended: Ended) -> None:
        self._spans.flush(_PATIENCE_MS)
