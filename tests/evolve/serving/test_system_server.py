"""A system served as one model: answers, usage, refusals and shutdown."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from evolve.models.base import Message
from evolve.serving import system as serving
from evolve.serving.apply import System
from evolve.serving.deployment import Deployment
from evolve.serving.guard import Guard
from evolve.serving.system import HEALTH, SystemServer, question_of
from search_spaces.library import system
from tests.evolve.cli.commands import evolve_process
from tests.evolve.runs import settings

TOKEN = "sesame"
LINES = {"boom": "", "What": "Let me see.\nThat is it.\nAnswer: 42"}
MODELS = {"small": {"scripted": {"script": LINES, "price": {"prompt": 1, "completion": 1}}}}
Ask = Callable[[TestClient], Awaitable[None]]


def serve(ask: Ask, *, name: str = "critic_solver", abreast: int = 4, delay: float = 0.0) -> None:
    models = {"small": {"scripted": {**MODELS["small"]["scripted"], "latency_s": delay}}}
    run = settings(models=models, space={})
    guard = Guard(token=TOKEN, public_paths=(HEALTH,))

    async def main() -> None:
        server = SystemServer(System(Deployment.of(run), system(name)), name, guard, abreast)
        async with TestClient(TestServer(server.application())) as client:
            client.session.headers["Authorization"] = f"Bearer {TOKEN}"
            await ask(client)

    asyncio.run(main())


def body(question: str = "What is it?", **more: object) -> dict[str, object]:
    payload = {"model": "critic_solver", "messages": [{"role": "user", "content": question}]}
    return {**payload, **more}


def test_the_final_answer_with_the_usage_of_all_agents() -> None:
    async def ask(client: TestClient) -> None:
        answer = await (await client.post("/v1/chat/completions", json=body())).json()
        assert answer["choices"][0]["message"]["content"] == "42"
        assert answer["choices"][0]["finish_reason"] == "stop"
        trace = await System(
            Deployment.of(settings(models=MODELS, space={})), system("critic_solver")
        ).answer("What is it?")
        assert len(trace.steps) > 1
        assert answer["usage"]["total_tokens"] == trace.usage.tokens
        several = await client.post("/v1/chat/completions", json=body(n=3))
        assert len((await several.json())["choices"]) == 3

    serve(ask)


def test_a_stream_ends_with_the_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "SIGN_OF_LIFE_S", 0.01)

    async def ask(client: TestClient) -> None:
        wanted = body(stream=True, stream_options={"include_usage": True})
        answer = await (await client.post("/v1/chat/completions", json=wanted)).text()
        assert ": working" in answer
        events = [line[6:] for line in answer.splitlines() if line.startswith("data: ")]
        assert events.pop() == "[DONE]"
        chunks = [json.loads(event) for event in events]
        assert chunks[-1]["usage"]["total_tokens"] > 0
        contents = [each["choices"][0]["delta"].get("content", "") for each in chunks[:-1]]
        assert "".join(contents) == "42"

    serve(ask, delay=0.05)


def test_requests_need_the_token() -> None:
    async def ask(client: TestClient) -> None:
        client.session.headers["Authorization"] = "Bearer open"
        assert (await client.post("/v1/chat/completions", json=body())).status == 401
        assert (await client.get("/v1/models")).status == 401
        health = await client.get("/health")
        assert (await health.json())["status"] == "ok"

    serve(ask)


def test_models_are_listed_and_described() -> None:
    async def ask(client: TestClient) -> None:
        listed = await (await client.get("/v1/models")).json()
        assert [each["id"] for each in listed["data"]] == ["critic_solver"]
        assert (await client.get("/v1/models/critic_solver")).status == 200
        assert (await client.get("/v1/models/gpt")).status == 404
        assert (await client.get("/v1/nothing")).status == 404

    serve(ask)


@pytest.mark.parametrize(
    ("sent", "status", "expected_message"),
    [
        (body(model="gpt"), 404, "there is 'critic_solver'"),
        (body(messages=[]), 400, "non-empty array"),
        (body(n=0), 400, "expected 1 to 128"),
        (body("boom"), 422, "The system gives no answer"),
    ],
)
def test_what_is_refused(sent: dict[str, object], status: int, expected_message: str) -> None:
    async def ask(client: TestClient) -> None:
        answer = await client.post("/v1/chat/completions", json=sent)
        assert answer.status == status
        assert expected_message in (await answer.json())["error"]["message"]
        if status == 422:
            streamed = await client.post("/v1/chat/completions", json={**sent, "stream": True})
            assert (
                expected_message
                in json.loads((await streamed.text()).splitlines()[0][6:])["error"]["message"]
            )
        json_type = {"Content-Type": "application/json"}
        broken = await client.post("/v1/chat/completions", data="{", headers=json_type)
        assert broken.status == 400

    serve(ask)


def test_too_many_requests_get_retry_after(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "WAITING", 2)

    async def ask(client: TestClient) -> None:
        answers = await asyncio.gather(
            *(client.post("/v1/chat/completions", json=body()) for _ in range(12))
        )
        statuses = [answer.status for answer in answers]
        assert 3 <= statuses.count(200) < 12
        assert statuses.count(200) + statuses.count(429) == 12
        refused = next(answer for answer in answers if answer.status == 429)
        assert refused.headers["Retry-After"] == "1"

    serve(ask, name="critic_solver", abreast=1, delay=0.05)


def test_a_conversation_is_one_question() -> None:
    payload = Message("user", "And twice that?")
    assert question_of([payload]) == "And twice that?"
    expected_message = [
        Message("system", "Be brief."),
        Message("user", "6 × 7?"),
        Message("assistant", "42"),
    ]
    assert question_of([*expected_message, payload]) == (
        "Be brief.\n\nUser: 6 × 7?\n\nAssistant: 42\n\nUser: And twice that?"
    )


@pytest.mark.full
def test_without_a_token_only_this_machine_may_ask(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text("agents: [{name: solver}]")
    words = (
        "serve",
        "one.yaml",
        "--run-file",
        "quickstart_simulated",
        "--host",
        "0.0.0.0",
        "--no-token",
    )
    contents = evolve_process(*words, folder=tmp_path)
    assert contents.code == 2
    assert "would let every client that reaches 0.0.0.0 use it" in contents.err
