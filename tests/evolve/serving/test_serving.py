"""`evolve sim serve`: a real process, called by the real openai client."""

import asyncio
import json
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openai
import pytest

from evolve.models.base import Message, Reply, Request
from evolve.models.openai import OpenAI
from evolve.serving import faults
from tests.evolve.serving.served import QUESTIONS, start, stop

ASKED = [{"role": "user", "content": next(iter(QUESTIONS))}]
STRICT = {
    "type": "object",
    "properties": {"reason": {"type": "string"}, "answer": {"type": "string"}},
    "required": ["reason", "answer"],
    "additionalProperties": False,
}


@pytest.fixture
def client(url: str) -> Any:
    with openai.OpenAI(base_url=url, api_key="none", max_retries=0, timeout=10) as made:
        yield made


def form(schema: Any) -> Any:
    return {"type": "json_schema", "json_schema": {"name": "f", "strict": True, "schema": schema}}


def test_it_answers(client: Any) -> None:
    completion = client.chat.completions.create(model="alder-large", messages=ASKED)
    assert "Answer: " in completion.choices[0].message.content
    assert completion.choices[0].finish_reason == "stop"
    usage = completion.usage
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens > 0


def test_asking_again_is_another_sample_and_a_seed_the_same(client: Any) -> None:
    def ask(**options: Any) -> list[str]:
        completion = client.chat.completions.create(model="birch-small", messages=ASKED, **options)
        return [choice.message.content for choice in completion.choices]

    assert len(set(ask(n=8))) > 1
    assert ask(n=4, seed=5) == ask(n=4, seed=5)
    assert ask(n=4) != ask(n=4)
    assert len(set(ask(n=4, temperature=0))) == 1


def test_replies_end_where_they_must(client: Any) -> None:
    completion = client.chat.completions.create(model="alder-large", messages=ASKED, max_tokens=3)
    assert completion.choices[0].finish_reason == "length"
    assert completion.usage.completion_tokens == 3


def test_structured_output(client: Any) -> None:
    completion = client.chat.completions.create(
        model="alder-large", messages=ASKED, response_format=form(STRICT)
    )
    given = json.loads(completion.choices[0].message.content)
    assert given.keys() == {"reason", "answer"}
    assert given["answer"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"additionalProperties": True}, "additionalProperties"),
        ({"required": ["answer"]}, "Missing 'reason'"),
        ({"properties": {"answer": {"type": "string", "default": "x"}}}, "'default'"),
        ({"oneOf": []}, "'oneOf'"),
        ({"type": "array"}, 'type: "object"'),
        ({"$defs": {}, "properties": {"a": {"$ref": "#/x"}}, "required": ["a"]}, "reference"),
    ],
)
def test_schemas_outside_the_strict_subset_are_refused(
    client: Any, change: dict[str, Any], expected: str
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(
            model="alder-large", messages=ASKED, response_format=form(STRICT | change)
        )
    assert expected in str(caught.value)
    assert caught.value.body["param"] == "response_format"  # type: ignore[index]


def test_it_streams(client: Any) -> None:
    chunks = list(
        client.chat.completions.create(
            model="alder-large", messages=ASKED, stream=True, stream_options={"include_usage": True}
        )
    )
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert "Answer: " in text
    assert chunks[-1].usage.completion_tokens > 0


def test_models_and_embeddings(client: Any) -> None:
    names = [model.id for model in client.models.list()]
    assert {"alder-small", "birch-large", "hashed"} <= set(names)
    with pytest.raises(openai.NotFoundError, match="does not exist"):
        client.models.retrieve("nobody")
    made = client.embeddings.create(model="hashed", input=["one text", "another"])
    assert [len(row.embedding) for row in made.data] == [512, 512]
    assert sum(value**2 for value in made.data[0].embedding) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("400", openai.BadRequestError),
        ("401", openai.AuthenticationError),
        ("403", openai.PermissionDeniedError),
        ("404", openai.NotFoundError),
        ("429", openai.RateLimitError),
        ("429-bare", openai.RateLimitError),
        ("quota", openai.RateLimitError),
        ("html,wrong@0.1", openai.BadRequestError),
        ("500", openai.InternalServerError),
        ("503", openai.InternalServerError),
        ("cut", openai.APIConnectionError),
        ("wrong", openai.BadRequestError),
    ],
)
def test_errors_on_request(client: Any, fault: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        client.chat.completions.create(model=f"alder-small!{fault}", messages=ASKED)
    with pytest.raises(error):
        client.chat.completions.create(
            model="alder-small", messages=ASKED, extra_headers={"X-Evolve-Fault": fault}
        )


def test_a_rate_limit_has_retry_after(client: Any) -> None:
    with pytest.raises(openai.RateLimitError) as caught:
        client.chat.completions.create(model="alder-small!429", messages=ASKED)
    assert caught.value.response.headers["Retry-After"] == "1"
    with pytest.raises(openai.RateLimitError) as caught:
        client.chat.completions.create(model="alder-small!429-bare", messages=ASKED)
    assert "Retry-After" not in caught.value.response.headers
    with pytest.raises(openai.RateLimitError) as caught:
        client.chat.completions.create(model="alder-small!quota", messages=ASKED)
    assert caught.value.code == "insufficient_quota"


def test_a_hanging_server_hangs(client: Any) -> None:
    with pytest.raises(openai.APITimeoutError):
        client.with_options(timeout=0.3).chat.completions.create(
            model="alder-small!hang", messages=ASKED
        )


def post(url: str, model: str, **more: Any) -> Any:
    body = json.dumps({"model": model, "messages": ASKED, **more}).encode()
    call = urllib.request.Request(f"{url}/chat/completions", body)
    return urllib.request.urlopen(call, timeout=1.5)


def test_a_dripping_server_sends_a_byte_a_second(url: str) -> None:
    began = time.monotonic()
    with post(url, "alder-small!drip") as answer:
        assert answer.headers["Content-Length"] == "100000"
        answer.read(len('{"id": "chatcmpl-') + 2)
    assert time.monotonic() - began > 0.9


def test_answers_that_are_none(url: str) -> None:
    with post(url, "alder-small!plain") as answer:
        assert answer.headers["Content-Type"].startswith("text/plain")
        assert json.load(answer)["choices"]
    with post(url, "alder-small!malformed") as answer, pytest.raises(json.JSONDecodeError):
        json.load(answer)
    with post(url, "alder-small!silent") as answer:
        assert json.load(answer)["choices"][0]["message"]["content"] is None
    tools = [{"type": "function", "function": {"name": "adder", "parameters": {}}}]
    with post(url, "alder-small!cut-call", tools=tools) as answer:
        choice = json.load(answer)["choices"][0]
    called = choice["message"]["tool_calls"][0]["function"]
    assert choice["finish_reason"] == "tool_calls"
    assert called["name"] == "adder"
    with pytest.raises(json.JSONDecodeError):
        json.loads(called["arguments"])


def test_several_faults_take_turns_in_their_share() -> None:
    wanted = faults.requested("m!429,cut@0.25", "")
    drawn = Counter(wanted.of(number) for number in range(4000))
    assert drawn.keys() == {"", "429", "cut"}
    assert drawn[""] == pytest.approx(3000, abs=150)
    assert drawn["cut"] == pytest.approx(500, abs=100)
    assert set(faults.requested("m", "passing").faults) == set(faults.PASSING) < set(faults.NAMES)


@pytest.mark.parametrize(
    ("fault", "option"),
    [
        ("no-temperature", {"temperature": 0.5}),
        ("no-n", {"n": 2}),
        ("no-schema", {"response_format": form(STRICT)}),
        ("no-max-tokens", {"max_tokens": 5}),
    ],
)
def test_servers_that_lack_something(client: Any, fault: str, option: dict[str, Any]) -> None:
    model = f"alder-small!{fault}"
    with pytest.raises(openai.BadRequestError, match="Unsupported parameter"):
        client.chat.completions.create(model=model, messages=ASKED, **option)
    assert client.chat.completions.create(model=model, messages=ASKED).choices


@pytest.mark.parametrize(
    "body",
    [
        {"messages": []},
        {"messages": [{"role": "robot", "content": "x"}]},
        {"messages": [{"role": "user", "content": 5}]},
        {"temperature": 9},
        {"n": 0},
        {"max_tokens": "many"},
        {"response_format": {"type": "xml"}},
    ],
)
def test_bad_requests_are_refused(client: Any, body: dict[str, Any]) -> None:
    with pytest.raises(openai.BadRequestError):
        client.post(
            "/chat/completions",
            body={"model": "alder-small", "messages": ASKED} | body,
            cast_to=object,
        )


def ask(url: str, model: str = "alder-large", **request: Any) -> Reply:
    async def asking() -> Reply:
        made = OpenAI(model=model, base_url=url)
        try:
            messages = (Message("user", ASKED[0]["content"]),)
            return await made.complete(Request(messages, max_tokens=500, **request))
        finally:
            await made.close()

    return asyncio.run(asking())


@pytest.mark.parametrize("model", ["alder-large", "alder-large!no-schema", "alder-large!no-usage"])
def test_evolves_own_client_gets_along_with_it(url: str, model: str) -> None:
    reply = ask(url, model, schema=STRICT)
    assert json.loads(reply.text).keys() == {"reason", "answer"}
    assert reply.estimated == model.endswith("no-usage")


def test_statistics_count_what_was_asked(url: str) -> None:
    def read() -> Any:
        with urllib.request.urlopen(url.removesuffix("/v1") + "/stats") as answer:
            return json.load(answer)

    before = read()["replies"].get("birch-medium", 0)
    ask(url, "birch-medium")
    assert read()["replies"]["birch-medium"] == before + 1


def test_it_keeps_to_a_rate(key: Path) -> None:
    process, address = start("--answers", str(key), "--pace", "0", "--requests-per-minute", "60")
    try:
        with openai.OpenAI(base_url=address, api_key="none", max_retries=0) as client:
            made: Any = client.chat.completions
            made.create(model="alder-small", messages=ASKED)
            with pytest.raises(openai.RateLimitError) as caught:
                made.create(model="alder-small", messages=ASKED)
        assert 0 < float(caught.value.response.headers["Retry-After"]) <= 1
    finally:
        assert stop(process) == 0


@pytest.mark.full
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (lambda key: [], "no answer key"),
        (lambda key: ["--answers", "nowhere.jsonl"], "nowhere.jsonl: there is no such task file"),
        (lambda key: ["--answers", str(key), "--model", "a=alder"], "unknown profile 'alder'"),
        (lambda key: ["--answers", str(key), "--landscape", "mars"], "unknown landscape 'mars'"),
        (lambda key: ["--answers", str(key), "--host", "203.0.113.1"], "cannot listen on"),
    ],
)
def test_what_cannot_be_served_is_one_line(
    key: Path, options: Callable[[Path], list[str]], expected: str
) -> None:
    with pytest.raises(AssertionError) as caught:
        start(*options(key))
    line = str(caught.value).strip()
    assert line.startswith("evolve: ")
    assert expected in line
    assert "\n" not in line
