"""Options of endpoints: address, key and pace."""

import asyncio
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import ValidationError

from evolve.errors import OutageError
from evolve.models.base import MODELS, Reply
from evolve.models.openai import OpenAI
from evolve.models.openai.pace import Bucket
from tests.evolve.models.openai.asking import KEY, ask, meet, request
from tests.evolve.models.openai.fake_endpoint import Behaviour, FakeEndpoint, completion


def test_the_key_is_that_of_the_named_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTHER_KEY", " other-key ")
    endpoint = FakeEndpoint()
    ask(endpoint)
    ask(endpoint, api_key_env="OTHER_KEY")
    assert endpoint.keys == [f"Bearer {KEY}", "Bearer other-key"]


def test_variables_come_from_env_files_where_the_environment_lacks_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    beside = tmp_path / "run"
    beside.mkdir()
    (beside / ".env").write_text("FIRST_KEY=of-the-run\n")
    (tmp_path / ".env").write_text("FIRST_KEY=of-the-folder\nSECOND_KEY='of the folder'\n")
    monkeypatch.setenv("THIRD_KEY", "of-the-environment")
    (beside / "other.env").write_text("THIRD_KEY=of-the-file\n")
    endpoint = FakeEndpoint()
    for name, file in [("FIRST", ".env"), ("SECOND", ".env"), ("THIRD", "other.env")]:
        ask(endpoint, api_key_env=f"{name}_KEY", env_file=beside / file)
    assert endpoint.keys == [
        "Bearer of-the-run",
        "Bearer of the folder",
        "Bearer of-the-environment",
    ]


def test_the_url_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> str:
        async with FakeEndpoint() as endpoint:
            monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url + "/")
            model = OpenAI(model="fake")
            reply = await model.complete(request())
            await model.close()
            return reply.text

    assert asyncio.run(main()) == "Answer: 4"


def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async def through(endpoint: FakeEndpoint, model: OpenAI) -> Reply:
        monkeypatch.setenv("http_proxy", endpoint.url.removesuffix("/v1"))
        return await model.complete(request())

    for name in ("HTTP_PROXY", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    endpoint = FakeEndpoint()
    assert meet(endpoint, through, base_url="http://elsewhere.invalid/v1").text == "Answer: 4"
    monkeypatch.setenv("no_proxy", "elsewhere.invalid")
    with pytest.raises(OutageError, match="cannot be reached"):
        meet(endpoint, through, base_url="http://elsewhere.invalid/v1", retries=0)


def test_a_missing_key_is_reported_where_one_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    endpoint = FakeEndpoint()
    assert ask(endpoint).text == "Answer: 4"
    with pytest.raises(OutageError, match=r"MY_KEY is neither in the environment nor in a \.env"):
        ask(endpoint, api_key_env="MY_KEY")
    with pytest.raises(OutageError, match=r"at https://api\.openai\.com/v1: OPENAI_API_KEY is"):
        ask(endpoint, base_url="")
    assert len(endpoint.requests) == 1


def test_an_invalid_key_is_reported_without_showing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "ключ-0123456789")
    with pytest.raises(OutageError, match="characters that no key has") as caught:
        ask(FakeEndpoint())
    assert "0123456789" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["localhost:8000", "ftp://host/v1", "http://", "http://me:secret@host/v1", "http://h?k=1"],
)
def test_a_url_is_a_plain_one(url: str) -> None:
    with pytest.raises(ValidationError, match=r"expected a URL|may hold a secret"):
        OpenAI(model="fake", base_url=url)


def test_a_model_is_written_without_its_key() -> None:
    model = OpenAI(model="fake", base_url="http://h/v1")
    assert model.written() == {"openai": {"model": "fake", "base_url": "http://h/v1"}}
    assert KEY not in repr(model)
    assert model.plugin_name() in MODELS.names()


def test_its_identity_is_what_replies_depend_on() -> None:
    model = OpenAI(model="fake", base_url="http://h/v1")
    same = OpenAI(model="fake", base_url="http://h/v1/", concurrency=3, timeout_s=1)
    assert model.identity == same.identity
    for other in ({"model": "other"}, {"base_url": "http://g/v1"}, {"extra": {"seed": 1}}):
        assert model.model_copy(update=other).identity != model.identity


def test_no_more_calls_than_allowed_are_under_way() -> None:
    async def many(endpoint: FakeEndpoint, model: OpenAI) -> list[Reply]:
        return await asyncio.gather(*(model.complete(request(str(n))) for n in range(12)))

    endpoint = FakeEndpoint(then=slowly)
    assert len(meet(endpoint, many, concurrency=3)) == 12
    assert endpoint.most_under_way == 3


async def slowly(asking: web.Request, payload: dict[str, object]) -> web.StreamResponse:
    await asyncio.sleep(0.003)
    return web.json_response(completion())


Slow: Behaviour = slowly


@pytest.mark.parametrize(
    "limits", [{"requests_per_minute": 6000}, {"tokens_per_minute": 6000 * 18}]
)
def test_a_limit_per_minute_is_kept(limits: dict[str, float]) -> None:
    async def bucket() -> list[float]:
        per_minute = next(iter(limits.values()))
        bucket = Bucket(per_minute)
        unit = per_minute / 6000
        return [bucket.take(600 * unit), bucket.take(unit), bucket.take(100 * unit)]

    now, soon, later = asyncio.run(bucket())
    assert now == 0
    assert 0 < soon <= 0.0101
    assert 0.9 < later <= 1.011

    async def ask_twice(endpoint: FakeEndpoint, model: OpenAI) -> float:
        await model.complete(request())
        session = model._session
        assert session is not None
        pace = session._pace
        bucket = pace._requests or pace._tokens
        assert bucket is not None
        bucket.take(bucket._capacity)  # as much as the burst allows
        started = asyncio.get_running_loop().time()
        await model.complete(request(max_tokens=1))
        return asyncio.get_running_loop().time() - started

    assert meet(FakeEndpoint(), ask_twice, **limits) >= 0.009


def test_tokens_that_were_not_used_are_given_back() -> None:
    async def main(endpoint: FakeEndpoint, model: OpenAI) -> float:
        await model.complete(request(max_tokens=400))
        session = model._session
        assert session is not None
        assert session._pace._tokens is not None
        return session._pace._tokens._level

    assert meet(FakeEndpoint(), main, tokens_per_minute=5000) == pytest.approx(500 - 18, abs=1)
