"""Spans of OpenTelemetry, after its semantic conventions for generative AI.

    invoke_workflow SYSTEM         an evaluation: one system on one task
    ├── invoke_agent AGENT         a turn of an agent
    │   └── chat MODEL             a model call
    └── evaluate                   its answer is scored; a judge's calls are below it

They hold no prompts and no replies. Times are those of the run's clock, virtual or real.
"""

from typing import ClassVar

from evolve.executors.base import Executor
from evolve.models.base import Models
from evolve.trackers.base import Ended, RunTracker, TrackedRun, Tracker

_PATIENCE_MS = 10_000


class Opentelemetry(Tracker):
    """Makes spans of evaluations, agents' turns and model calls.

    They go to the tracer provider that a program has set, or else over OTLP to the address in the
    standard variables, such as OTEL_EXPORTER_OTLP_ENDPOINT.
    """

    package: ClassVar[str] = "opentelemetry.sdk"

    def follow(self, tracked: TrackedRun) -> RunTracker:
        """An emitter of one run's spans."""
        return _Tracer(tracked)


class _Tracer(RunTracker):
    def __init__(self, tracked: TrackedRun) -> None:
        from evolve.trackers._spans import Spans

        self._scorer = tracked.scorer
        self._spans = Spans(tracked.run.id)

    def models(self, models: Models) -> Models:
        from evolve.trackers._spans import TracedModel

        traced = {name: TracedModel.of(models[name], self._spans, name) for name in models.names}
        return Models(traced, models.default)

    def executor(self, executor: Executor) -> Executor:
        from evolve.trackers._spans import TracedExecutor

        return TracedExecutor.of(executor, self._spans, self._scorer)

    def end(self, ended: Ended) -> None:
        self._spans.flush(_PATIENCE_MS)
