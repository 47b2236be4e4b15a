"""What makes spans: models and executors that tell of what they do."""

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
    """Makes the spans of one run, in the time of its event loop."""

    def __init__(self, run: str) -> None:
        """Starts within a running event loop.

        Args:
            run: The run's id.
        """
        provider = trace.get_tracer_provider()
        self._wire: _Wire | None = None
        if not isinstance(provider, TracerProvider):
            self._wire = _Wire()
            provider = TracerProvider(resource=Resource.create({"service.name": "evolve"}))
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
        told: Mapping[str, _Value | None],
        kind: SpanKind = SpanKind.INTERNAL,
        below: Context | None = None,
    ) -> Iterator[Span]:
        """A span around what happens within the context; an error there is noted and goes on.

        Args:
            operation: The operation's name in the conventions.
            of: Who or what is at work.
            told: Its attributes; those that are None are left out.
            kind: Whether it calls somebody else.
            below: Where its parent is; None: where the context is.
        """
        attributes = {name: value for name, value in told.items() if value is not None}
        span = self._tracer.start_span(
            f"{operation} {of}" if of else operation,
            context=below,
            kind=kind,
            attributes={"gen_ai.operation.name": operation, "evolve.run": self._run, **attributes},
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
        """Sends what is not sent yet.

        Raises:
            RunError: Nobody takes the spans.
        """
        self._provider.force_flush(patience_ms)
        if self._wire is not None:
            self._provider.shutdown()
            self._wire.check()


class _Wire:
    """Sends spans over OTLP until that fails for good, which is told once and not in a log."""

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
                "spans could not be sent; is there a collector where OTEL_EXPORTER_OTLP_ENDPOINT "
                "says, or on http://localhost:4318?"
            )


class TracedModel(Model):
    """A model that tells of its calls, and of the turns of agents that speak through it."""

    _model: Model = PrivateAttr()
    _spans: Spans = PrivateAttr()
    _told: dict[str, _Value | None] = PrivateAttr()

    @classmethod
    def of(cls, model: Model, spans: Spans, name: str) -> "TracedModel":
        """That model, which the run file calls so."""
        traced = cls(price=model.price, max_tokens=model.max_tokens)
        traced._model = model
        traced._spans = spans
        traced._told = {
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
        """That of the model."""
        return self._model.identity

    @property
    def bare(self) -> Model:
        """The model itself."""
        return self._model.bare

    async def complete(self, request: Request) -> Reply:
        """Answers a request within a span."""
        told = self._told | {
            "gen_ai.request.max_tokens": request.max_tokens,
            "gen_ai.request.temperature": request.temperature,
            "gen_ai.request.top_p": request.top_p,
            "gen_ai.output.type": "json" if request.schema else None,
        }
        name = str(told["gen_ai.request.model"])
        with self._spans.span("chat", name, told, SpanKind.CLIENT) as span:
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
        """Lets go of the model's connections."""
        await self._model.close()

    def share(self, part: float, of: int) -> None:
        """Tells the model to keep to a part of its limits."""
        self._model.share(part, of)

    def worst(self, request: Request) -> Usage:
        """What a call that brought no answer may have cost."""
        return self._model.worst(request)

    def remember(self, memory: Memory) -> None:
        """Tells the model where to keep what it finds out."""
        self._model.remember(memory)

    def charge(self, account: Account) -> None:
        """Tells the model who pays for calls that brought no answer."""
        self._model.charge(account)

    def usage(self, reply: Reply) -> Usage:
        """What a reply consumed."""
        return self._model.usage(reply)


def _reason(reply: Reply) -> str:
    if reply.refusal:
        return "content_filter"
    return "length" if reply.truncated else "tool_calls" if reply.tool_calls else "stop"


class TracedExecutor(Executor):
    """An executor that tells of evaluations: of the work, and of its score below it."""

    _executor: Executor = PrivateAttr()
    _spans: Spans = PrivateAttr()
    _scorer: str = PrivateAttr()
    _latest: ContextVar[Context] = PrivateAttr()

    @classmethod
    def of(cls, executor: Executor, spans: Spans, scorer: str) -> "TracedExecutor":
        """That executor, whose scores come from a scorer of that name."""
        traced = cls()
        traced._executor = executor
        traced._spans = spans
        traced._scorer = scorer
        traced._latest = ContextVar("latest")  # an evaluation is scored by whoever ran it
        return traced

    def bind(
        self, models: Models, embedder: Embedder, scorer: Scorer, toolbox: Toolbox | None = None
    ) -> "TracedExecutor":
        """Returns one that tells of the bound executor."""
        bound = self._executor.bind(models, embedder, scorer, toolbox)
        return TracedExecutor.of(bound, self._spans, self._scorer)

    def require(self) -> None:
        """See the executor."""
        self._executor.require()

    async def close(self) -> None:
        """Lets go of the executor's processes."""
        await self._executor.close()

    async def run(self, config: SystemConfig, task_input: TaskInput, trial: int) -> Trace:
        """Runs a configuration within a span."""
        name = config.name or config.id
        told: dict[str, _Value | None] = {
            "gen_ai.workflow.name": name,
            "evolve.system": config.id,
            "evolve.task": task_input.id,
            "evolve.trial": trial,
        }
        with self._spans.span("invoke_workflow", name, told) as span:
            self._latest.set(trace.set_span_in_context(span))
            found = await self._executor.run(config, task_input, trial)
            span.set_attribute("evolve.rounds", found.rounds)
            if found.failure:
                span.set_status(StatusCode.ERROR, "no usable answer")
            return found

    def submission(self, trace: Trace) -> str:
        """What of a trace is scored."""
        return self._executor.submission(trace)

    async def score(self, task: Task, answer: str) -> Score:
        """Scores an answer within a span below that of the evaluation."""
        told: dict[str, _Value | None] = {"gen_ai.evaluation.name": self._scorer}
        below = self._latest.get(None)
        with self._spans.span("evaluate", "", told, below=below) as span:
            score = await self._executor.score(task, answer)
            span.set_attribute("gen_ai.evaluation.score.value", score.value)
            return score
