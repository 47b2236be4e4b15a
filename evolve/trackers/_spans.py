"""Spans of a run, and the models and executors that emit them."""

import asyncio
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult
from opentelemetry.trace import Span, SpanKind, StatusCode
from pydantic import PrivateAttr

from archive.records import Score, Trace, Usage
from evolve.errors import RunError
from evolve.executors.base import Executor
from evolve.models.base import Account, Embedder, Memory, Model, Models, Reply, Request
from evolve.tasks.base import Scorer, Task, TaskInput
from evolve.tools.toolbox import Toolbox
from evolve.version import __version__
from search_spaces.config import SystemConfig

_Value = str | bool | int | float | list[str]


class Spans:
    """Makes the spans of one run, on the clock of its event loop."""

    def __init__(self, run: str) -> None:
        """Starts within a running event loop.

        Args:
            run: The run's id.
        """
        provider = trace.get_tracer_provider()
        self._wire: _Wire | None = None
        if not isinstance(provider, TracerProvider):
            self._wire = _Wire()
            resource = Resource.create({"service.name": "evolve"})
            # Its own flush at exit could wait for minutes; `flush` is called when a run ends.
            provider = TracerProvider(resource=resource, shutdown_on_exit=False)
            provider.add_span_processor(BatchSpanProcessor(self._wire))
        self._provider = provider
        self._tracer = self._provider.get_tracer("evolve", __version__)
        self._run = run
        self._origin = time.time() - asyncio.get_running_loop().time()

    def _now(self) -> int:
        return round(1e9 * (self._origin + asyncio.get_running_loop().time()))

    @contextmanager
    def span(
        self,
        operation: str,
        of: str,
        given: Mapping[str, _Value | None],
        kind: SpanKind = SpanKind.INTERNAL,
        below: Context | None = None,
    ) -> Iterator[Span]:
        """A span around the context; an error within is recorded and raised again.

        Args:
            operation: The operation's name in the conventions.
            of: The agent, model or system at work.
            given: The attributes; those that are None are left out.
            kind: The span's kind, such as a call to another service.
            below: The context of the parent; None: the current one.
        """
        attributes = {name: value for name, value in given.items() if value is not None}
        span = self._tracer.start_span(
            f"{operation} {of}" if of else operation,
            context=below,
            kind=kind,
            attributes={
                "gen_ai.operation.name": operation,
                "evolve.run": self._run,
                **attributes,
            },
            start_time=self._now(),
        )
        try:
            with trace.use_span(span, record_exception=False, set_status_on_exception=False):
                yield span
        except BaseException as error:
            span.set_attribute("error.type", type(error).__qualname__)
            span.set_status(StatusCode.ERROR)
            raise
        finally:
            span.end(self._now())

    def flush(self, patience_ms: int) -> None:
        """Sends the remaining spans.

        Raises:
            RunError: No collector accepts the spans.
        """
        self._provider.force_flush(patience_ms)
        if self._wire is not None:
            self._provider.shutdown()
            self._wire.check()


class _Wire:
    """Sends spans over OTLP until that fails for good, which is reported once and not logged."""

    def __init__(self) -> None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        logging.getLogger(OTLPSpanExporter.__module__).disabled = True
        self._exporter = OTLPSpanExporter()
        self._failed = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        if not self._failed:
            self._failed = self._exporter.export(spans) is not SpanExportResult.SUCCESS
        return SpanExportResult.FAILURE if self._failed else SpanExportResult.SUCCESS

    def force_flush(self, patience_ms: int = 0) -> bool:
        return not self._failed

    def shutdown(self) -> None:
        self._exporter.shutdown()

    def check(self) -> None:
        if self._failed:
            raise RunError(
                "spans could not be sent; is there a collector at OTEL_EXPORTER_OTLP_ENDPOINT "
                "or at http://localhost:4318?"
            )


class TracedModel(Model):
    """A model that emits spans of its calls, and of the turns of agents that use it."""

    _model: Model = PrivateAttr()
    _spans: Spans = PrivateAttr()
    _attributes: dict[str, _Value | None] = PrivateAttr()

    @classmethod
    def of(cls, model: Model, spans: Spans, name: str) -> "TracedModel":
        """The traced model, with its name in the run file."""
        traced = cls(price=model.price, max_tokens=model.max_tokens)
        traced._model = model
        traced._spans = spans
        traced._attributes = {
            "gen_ai.provider.name": model.bare.plugin_name(),
            "gen_ai.request.model": str(getattr(model.bare, "model", name)),
        }
        return traced

    @property
    def simulated(self) -> bool:
        """Whether replies are computed."""
        return self._model.simulated

    @property
    def identity(self) -> str:
        """The price of the model."""
        return self._model.identity

    @property
    def bare(self) -> Model:
        """The model itself."""
        return self._model.bare

    async def complete(self, request: Request) -> Reply:
        """Answers a request within a span."""
        attributes = self._attributes | {
            "gen_ai.request.max_tokens": request.max_tokens,
            "gen_ai.request.temperature": request.temperature,
            "gen_ai.request.top_p": request.top_p,
            "gen_ai.output.type": "json" if request.schema else None,
        }
        name = str(attributes["gen_ai.request.model"])
        with self._spans.span("chat", name, attributes, SpanKind.CLIENT) as span:
            reply = await self._model.complete(request)
            usd = self._model.usage(reply).usd
            span.set_attributes(
                {
                    "gen_ai.usage.input_tokens": reply.prompt_tokens,
                    "gen_ai.usage.output_tokens": reply.completion_tokens,
                    "gen_ai.response.finish_reasons": [_reason(reply)],
                    "evolve.cached": reply.cached,
                    **({} if usd is None else {"evolve.usd": usd}),
                }
            )
            return reply

    def turn(self, agent: str) -> AbstractContextManager[object]:
        """A span around an agent's turn."""
        return self._spans.span("invoke_agent", agent, {"gen_ai.agent.name": agent})

    async def close(self) -> None:
        """Closes the model's connections."""
        await self._model.close()

    def share(self, part: float, of: int) -> None:
        """Limits the model to a part of its rate limits."""
        self._model.share(part, of)

    def worst(self, request: Request) -> Usage:
        """The worst-case usage of a call without an answer."""
        return self._model.worst(request)

    def remember(self, memory: Memory) -> None:
        """Gives the model a store for what it learns about its endpoint."""
        self._model.remember(memory)

    def charge(self, account: Account) -> None:
        """Gives the model the account that calls without an answer are charged to."""
        self._model.charge(account)

    def usage(self, reply: Reply) -> Usage:
        """The usage of a reply."""
        return self._model.usage(reply)


def _reason(reply: Reply) -> str:
    if reply.refusal:
        return "content_filter"
    return "length" if reply.truncated else "tool_calls" if reply.tool_calls else "stop"


class TracedExecutor(Executor):
    """An executor that emits spans of evaluations and, below them, of scoring."""

    _executor: Executor = PrivateAttr()
    _spans: Spans = PrivateAttr()
    _scorer: str = PrivateAttr()
    _latest: ContextVar[Context] = PrivateAttr()

    @classmethod
    def of(cls, executor: Executor, spans: Spans, scorer: str) -> "TracedExecutor":
        """The traced executor, and the name of the scorer."""
        traced = cls()
        traced._executor = executor
        traced._spans = spans
        traced._scorer = scorer
        traced._latest = ContextVar("latest")  # an evaluation is scored in the task that ran it
        return traced

    def bind(
        self, models: Models, embedder: Embedder, scorer: Scorer, toolbox: Toolbox | None = None
    ) -> "TracedExecutor":
        """The bound executor, traced."""
        bound = self._executor.bind(models, embedder, scorer, toolbox)
        return TracedExecutor.of(bound, self._spans, self._scorer)

    def require(self) -> None:
        """See the executor."""
        self._executor.require()

    async def close(self) -> None:
        """Closes the executor's processes."""
        await self._executor.close()

    async def run(self, config: SystemConfig, task_input: TaskInput, trial: int) -> Trace:
        """Runs a configuration within a span."""
        name = config.name or config.id
        attributes: dict[str, _Value | None] = {
            "gen_ai.workflow.name": name,
            "evolve.system": config.id,
            "evolve.task": task_input.id,
            "evolve.trial": trial,
        }
        with self._spans.span("invoke_workflow", name, attributes) as span:
            self._latest.set(trace.set_span_in_context(span))
            found = await self._executor.run(config, task_input, trial)
            span.set_attribute("evolve.rounds", found.rounds)
            if found.failure:
                span.set_status(StatusCode.ERROR, "no usable answer")
            return found

    def submission(self, trace: Trace) -> str:
        """The part of a trace that is scored."""
        return self._executor.submission(trace)

    async def score(self, task: Task, answer: str) -> Score:
        """Scores an answer within a span below that of the evaluation."""
        attributes: dict[str, _Value | None] = {"gen_ai.evaluation.name": self._scorer}
        below = self._latest.get(None)
        with self._spans.span("evaluate", "", attributes, below=below) as span:
            score = await self._executor.score(task, answer)
            span.set_attribute("gen_ai.evaluation.score.value", score.value)
            return score
