"""The spans of a search, in a program that has a tracer provider of its own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archive.store import Archive
from evolve.engine.run import start
from tests.evolve.runs import settings

pytestmark = pytest.mark.full


@pytest.fixture
def spans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[list[Any], Archive]]:
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    small = {"budget": {"evaluations": 60}, "confirm": {"tasks": 5}}
    with Archive.write(tmp_path / "evolve.db") as archive:
        start(settings(**small, trackers=["opentelemetry"]), archive)
        yield list(kept.get_finished_spans()), archive


def test_there_is_a_span_for_everything_that_was_done(spans: tuple[list[Any], Archive]) -> None:
    from opentelemetry.semconv._incubating.attributes import gen_ai_attributes

    recorded, archive = spans
    run = archive.run()
    rollouts = list(archive.rollouts(run, traces=True))
    steps = [step for rollout in rollouts for step in rollout.trace.steps]
    by_id = {span.context.span_id: span for span in recorded}
    kinds: dict[str, list[Any]] = {}
    for span in recorded:
        kinds.setdefault(span.attributes["gen_ai.operation.name"], []).append(span)
    assert len(kinds["invoke_workflow"]) == len(rollouts)
    assert len(kinds["chat"]) == len(steps)
    tokens = sum(span.attributes["gen_ai.usage.input_tokens"] for span in kinds["chat"])
    assert tokens == sum(step.usage.prompt_tokens for step in steps)
    for span in kinds["chat"]:
        agent = by_id[span.parent.span_id]
        assert agent.name == f"invoke_agent {agent.attributes['gen_ai.agent.name']}"
        system = by_id[agent.parent.span_id]
        assert system.name.startswith("invoke_workflow ")
        assert system.parent is None
        assert system.start_time <= agent.start_time <= span.start_time <= span.end_time
        assert span.end_time <= agent.end_time <= system.end_time
    scores = [span.attributes["gen_ai.evaluation.score.value"] for span in kinds["evaluate"]]
    answered = [rollout.score.value for rollout in rollouts if not rollout.trace.failure]
    assert sorted(scores) == sorted(answered)
    known = {value for name, value in vars(gen_ai_attributes).items() if name.startswith("GEN_AI")}
    used = {name for span in recorded for name in span.attributes if name.startswith("gen_ai.")}
    assert used <= known
    assert {span.attributes["evolve.run"] for span in recorded} == {run.id}


def test_spans_hold_no_texts(spans: tuple[list[Any], Archive]) -> None:
    recorded, archive = spans
    everything = str([dict(span.attributes) for span in recorded])
    for rollout in archive.rollouts(archive.run(), traces=True):
        for step in rollout.trace.steps:
            if len(step.text) > 40:
                assert step.text not in everything
