"""`evolve estimate` and `evolve run --dry-run`, as a person meets them."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from archive.reading import Reader
from tests.evolve.cli.commands import Command, is_one_clear_line, written


class _Listing(BaseHTTPRequestHandler):
    """An endpoint that lists two models and answers nothing else."""

    def do_GET(self) -> None:
        listed = self.path == "/v1/models"
        body = json.dumps({"data": [{"id": "alpha"}, {"id": "beta"}]}).encode()
        self.send_response(200 if listed else 404)
        self.end_headers()
        self.wfile.write(body if listed else b"{}")

    def do_POST(self) -> None:
        raise AssertionError("an estimate and a dry run ask no model")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Says nothing."""


@pytest.fixture
def endpoint() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Listing)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    server.shutdown()
    thread.join()
    server.server_close()


def run_file_for(endpoint: str, **changes: Any) -> str:
    """A run file for a model of that endpoint, with tasks of its own."""
    rows = [{"question": f"What is {n} plus {n}?", "answer": str(2 * n)} for n in range(60)]
    written("tasks.jsonl", "\n".join(map(json.dumps, rows)))
    model = {"model": "alpha", "base_url": endpoint, "price": {"prompt": 1, "completion": 4}}
    run = {
        "name": "mine",
        "tasks": {"file": "tasks.jsonl"},
        "models": {"one": {"openai": {**model, **changes.pop("model", {})}}},
        "space": {"agents": [1, 2]},
        "seeds": {"library": ["single", "critic_solver"]},
        "budget": {"evaluations": 120},
        "confirm": {"tasks": 8},
    }
    return written("mine.yaml", {**run, **changes})


@pytest.mark.full
def test_an_estimate_is_shown_with_ranges_and_its_basis(command: Command, endpoint: str) -> None:
    result = command("estimate", run_file_for(endpoint))
    assert result.code == 0
    text = " ".join(result.out.split())
    for phrase in ("task evaluations 1", "model calls", "of which prompts", "cost $", "duration"):
        assert phrase in text
    assert "The budget allows 120 evaluations; the search should use up its evaluations." in text
    assert "with simulated models in the place of one; nothing was paid for." in text
    assert "does not list" not in text


@pytest.mark.full
def test_a_split_too_small_is_warned_of(command: Command, endpoint: str) -> None:
    estimated = json.loads(command("estimate", run_file_for(endpoint), "--json").out)
    warned = " ".join(estimated["warnings"])
    assert "the validation split of 24 tasks is too small to see differences below about" in warned
    assert "384 tasks would show 5" in warned


@pytest.mark.full
def test_a_run_without_prices_is_estimated_in_calls_and_tokens(
    command: Command, endpoint: str
) -> None:
    run = run_file_for(endpoint, model={"price": None})
    text = " ".join(command("estimate", run).out.split())
    assert "model calls" in text
    assert "price" not in text
    assert "usd" not in json.loads(command("estimate", run, "--json").out)["amounts"]


@pytest.mark.full
def test_unknown_and_unused_models_are_warned_of(command: Command, endpoint: str) -> None:
    run = run_file_for(endpoint, budget={"evaluations": 2_000})
    warnings = " ".join(json.loads(command("estimate", run, "--json").out)["warnings"])
    assert "how much one will write is not known; a paid run of 100 evaluations" in warnings
    other = {"openai": {"model": "beta", "base_url": endpoint}}
    model = {"model": "alpha", "base_url": endpoint, "price": {"prompt": 1, "completion": 4}}
    models = {"one": {"openai": model}, "two": other}
    run = run_file_for(endpoint, models=models, budget={"evaluations": 50})
    warnings = " ".join(json.loads(command("estimate", run, "--json").out)["warnings"])
    assert "no agent uses two; name the models that agents may use in `space.models`" in warnings
    assert "task evaluations, which hardly tell systems apart" in warnings
    assert "will write" not in warnings


def test_a_cap_in_usd_without_a_price_is_one_line(command: Command, endpoint: str) -> None:
    run = run_file_for(endpoint, model={"price": None}, budget={"usd": 1.0})
    is_one_clear_line(command("estimate", run), "a model has no price", "cap calls or tokens")


@pytest.mark.full
def test_a_model_that_the_endpoint_does_not_list_is_warned_of(
    command: Command, endpoint: str
) -> None:
    run = run_file_for(endpoint, model={"model": "gamma"})
    warned = json.loads(command("estimate", run, "--json").out)["warnings"]
    assert any("does not list 'gamma'; it lists alpha, beta" in warning for warning in warned)


@pytest.mark.full
def test_an_endpoint_that_does_not_answer_is_warned_of(command: Command) -> None:
    run = run_file_for("http://127.0.0.1:9/v1")
    warned = json.loads(command("estimate", run, "--json").out)["warnings"]
    assert any("one: http://127.0.0.1:9/v1/models does not answer" in one for one in warned)


@pytest.mark.full
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"budget": {"evaluations": 5}}, "the budget does not cover one evaluation"),
        ({"tasks": {"file": "missing.jsonl"}}, "there is no such task file"),
        ({"seeds": {"library": ["singel"]}}, "'singel'"),
        ({"budget": {}}, "budget"),
    ],
)
def test_what_could_not_run_is_one_line(
    command: Command, endpoint: str, changes: dict[str, Any], message: str
) -> None:
    for words in (("estimate",), ("run", "--dry-run")):
        is_one_clear_line(command(*words, run_file_for(endpoint, **changes)), message)


@pytest.mark.full
def test_a_dry_run_calls_no_endpoint_and_is_marked(command: Command, endpoint: str) -> None:
    result = command("run", run_file_for(endpoint), "--dry-run", "--quiet")
    assert result.code == 0
    assert "The models are simulated" in " ".join(result.out.split())
    with Reader.read(Path("dry-run.db")) as archive:
        assert archive.run().name == "mine-dry-run"
        assert archive.run().status == "finished"
