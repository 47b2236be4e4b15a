"""The real packages: what they store of a search, and that no key is stored."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from archive.store import Archive
from evolve.engine import tracking
from evolve.engine.run import Result, resume, start
from evolve.trackers.base import TRACKERS
from tests.evolve.runs import facts, settings

pytestmark = [pytest.mark.full, pytest.mark.filterwarnings("ignore")]  # their own warnings

SMALL = {"budget": {"evaluations": 60}, "confirm": {"tasks": 5}}
KEY = "sk-planted-0123456789abcdef0123456789"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own, in an environment with a key."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setattr(tracking, "EVERY_S", 0.0)
    return tmp_path


def run(path: Path, tracker: object) -> tuple[Result, dict[str, object]]:
    with Archive.write(path / "evolve.db") as archive:
        return start(settings(**SMALL, trackers=[tracker]), archive), facts(archive)


@pytest.mark.parametrize("name", TRACKERS.names())
def test_it_follows_without_a_word_and_keeps_no_key(
    place: Path, name: str, capfd: pytest.CaptureFixture[str], collector: list[bytes]
) -> None:
    _, followed = run(place, name)
    with Archive.write(place / "alone.db") as archive:
        start(settings(**SMALL), archive)
        assert facts(archive) == followed
    assert capfd.readouterr().err == ""
    kept = [path.read_bytes() for path in place.rglob("*") if path.is_file()]
    assert not any(KEY.encode() in each for each in (*kept, *collector))


def test_mlflow_has_the_run(place: Path) -> None:
    from mlflow import MlflowClient

    uri = f"sqlite:///{place}/mlflow.db"
    result, _ = run(place, {"mlflow": {"uri": uri, "experiment": "sums"}})
    client = MlflowClient(tracking_uri=uri)
    experiment = client.get_experiment_by_name("sums")
    assert experiment is not None
    (kept,) = client.search_runs([experiment.experiment_id])
    assert kept.info.run_name == result.run.id
    assert kept.info.status == "FINISHED"
    assert kept.data.params["budget.evaluations"] == "60"
    assert result.confirmation is not None
    assert kept.data.metrics["test_score"] == pytest.approx(result.confirmation.mean)
    steps = [each.step for each in client.get_metric_history(kept.info.run_id, "score")]
    assert len(steps) > 1
    assert [each.path for each in client.list_artifacts(kept.info.run_id)] == ["best.yaml"]


def test_mlflow_continues_the_same_run(place: Path) -> None:
    from mlflow import MlflowClient

    uri = f"sqlite:///{place}/mlflow.db"
    run_settings = settings(**SMALL, trackers=[{"mlflow": {"uri": uri}}])

    def stopping(engine: Any) -> Any:
        from contextlib import nullcontext

        engine.on_change = lambda: engine.state.results_seen > 20 and engine.stop()
        return nullcontext()

    with Archive.write(place / "evolve.db") as archive:
        assert start(run_settings, archive, stopping).stopped
        client = MlflowClient(tracking_uri=uri)
        (experiment,) = client.search_experiments(filter_string="name = 'evolve'")
        (kept,) = client.search_runs([experiment.experiment_id])
        assert kept.info.status == "KILLED"
        resume(archive)
    (kept,) = client.search_runs([experiment.experiment_id])
    assert kept.info.status == "FINISHED"


def test_wandb_has_the_run(place: Path) -> None:
    result, _ = run(place, "wandb")
    (kept,) = place.glob("wandb/offline-run-*/*.wandb")
    assert result.run.id in kept.name
    content = kept.read_bytes()
    assert b"score_low" in content
    assert b"test_score" in content
    (best,) = place.glob("wandb/offline-run-*/files/best.yaml")
    assert "agents:" in best.read_text()
    files = {path.name for path in place.glob("wandb/offline-run-*/files/*")}
    assert not files & {"requirements.txt", "wandb-metadata.json", "output.log"}


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    """What a collector of OpenTelemetry on this machine is sent."""
    bodies: list[bytes] = []

    class Collecting(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Collecting)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    address = f"http://127.0.0.1:{server.server_address[1]}"
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
    yield bodies
    server.shutdown()
    thread.join()
    server.server_close()


def test_spans_go_to_a_collector(place: Path, collector: list[bytes]) -> None:
    result, _ = run(place, "opentelemetry")
    sent = b"".join(collector)
    for text in ("invoke_workflow", "gen_ai.usage.input_tokens", result.run.id):
        assert text.encode() in sent


def test_a_collector_that_is_not_there_is_one_line(
    place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    result, _ = run(place, "opentelemetry")
    assert result.winner is not None
    (line,) = capfd.readouterr().err.splitlines()
    assert "opentelemetry is dropped: spans could not be sent" in line
