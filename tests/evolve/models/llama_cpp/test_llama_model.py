"""The model kind llama_cpp, with a fake server where llama.cpp's own would be."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from aiohttp import web
from pydantic import ValidationError

from evolve.errors import OutageError, RunError
from evolve.models.base import MODELS, Message, Model, Models, Request
from evolve.models.llama_cpp import LlamaCpp, checks, server
from evolve.models.llama_cpp.packaged import packaged_model
from evolve.models.openai.pace import Slots
from evolve.models.price import Price
from evolve.runtime.plan import make_plan
from search_spaces.config import Agent, Answer, SystemConfig
from tests.evolve.models.llama_cpp.gguf_files import BYTES_PER_TOKEN, HEAD, gguf
from tests.evolve.models.openai.fake_endpoint import FakeEndpoint, says

T = TypeVar("T")
ASKED = Request((Message("user", "Is water wet?"),), max_tokens=8)


class FakeServer:
    """Stands where llama.cpp's server would start."""

    endpoint: FakeEndpoint
    started: list["FakeServer"]
    fails = False

    def __init__(self, options: server.Options) -> None:
        if self.fails:
            raise OutageError("llama.cpp does not start: no")
        self.options = options
        self.key = "a-random-key-of-this-process"
        self.slots = Slots(server.places(options.parallel))
        self.url = self.endpoint.url
        self.closed = False
        self.started.append(self)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> type[FakeServer]:
    fresh = type("Fresh", (FakeServer,), {"started": []})
    monkeypatch.setattr(server, "Server", fresh)
    monkeypatch.setattr(checks, "check_library", lambda: None)
    return fresh


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return gguf(tmp_path / "tiny.gguf")


def built(**options: Any) -> LlamaCpp:
    model = MODELS.built({"llama_cpp": options}, "a test")
    assert isinstance(model, LlamaCpp)
    return model


def meet(
    fake: type[FakeServer], models: dict[str, Model], do: Callable[[Models], Awaitable[T]]
) -> T:
    """Binds models, runs work with them, and closes them."""

    async def main() -> T:
        async with FakeEndpoint(then=says("yes")) as endpoint:
            fake.endpoint = endpoint
            together = Models(models, next(iter(models)))
            try:
                return await do(together)
            finally:
                await together.close()

    return asyncio.run(main())


def test_a_server_starts_for_the_first_request_and_ends_with_the_models(
    fake: type[FakeServer], path: Path
) -> None:
    async def ask(models: Models) -> str:
        assert fake.started == []
        reply = await models["a"].complete(ASKED)
        assert not fake.started[0].closed
        assert fake.endpoint.keys == ["Bearer a-random-key-of-this-process"]
        return reply.text

    assert meet(fake, {"a": built(path=str(path))}, ask) == "yes"
    assert [each.closed for each in fake.started] == [True]


def test_models_of_one_file_share_a_server_until_the_last_one_is_closed(
    fake: type[FakeServer], path: Path
) -> None:
    models: dict[str, Model] = {
        "brief": built(path=str(path), max_tokens=8),
        "long": built(path=str(path), max_tokens=99, price={"prompt": 1, "completion": 2}),
        "wide": built(path=str(path), context=4096),
    }

    async def ask(together: Models) -> list[bool]:
        await asyncio.gather(*(together[name].complete(ASKED) for name in models))
        await together["brief"].close()
        return [each.closed for each in fake.started]

    assert meet(fake, models, ask) == [False, False]
    assert sorted(each.options.context for each in fake.started) == [2048, 4096]
    assert all(each.closed for each in fake.started)


def test_agents_that_set_no_temperature_get_the_models_own(
    fake: type[FakeServer], path: Path
) -> None:
    models: dict[str, Model] = {
        "greedy": built(path=str(path)),
        "free": built(path=str(path), temperature=0.8),
    }

    async def ask(together: Models) -> list[float]:
        for name in models:
            await together[name].complete(ASKED)
            await together[name].complete(replace(ASKED, temperature=0.3))
        return [body["temperature"] for body in fake.endpoint.requests]

    assert meet(fake, models, ask) == [0.0, 0.3, 0.8, 0.3]
    assert models["greedy"].identity != models["free"].identity


def test_replies_that_should_differ_are_drawn(path: Path) -> None:
    agents = (Agent(name="first", role="x"), Agent(name="voter", samples=3))
    config = SystemConfig(agents=agents, answer=Answer(mode="vote"))
    models = Models(
        {"m": built(path=str(path)), "set": built(path=str(path), temperature=0.4)}, "m"
    )
    assert [node.temperature for node in make_plan(config, models).nodes] == [0.0, 0.8]
    own = models["set"]
    assert (own.temperature_of(draws=1), own.temperature_of(draws=3)) == (0.4, 0.4)


async def late(request: web.Request, payload: dict[str, Any]) -> web.StreamResponse:
    await asyncio.sleep(0.05)
    return await says("yes")(request, payload)


def test_models_that_share_a_server_share_its_places(fake: type[FakeServer], path: Path) -> None:
    models: dict[str, Model] = {n: built(path=str(path), parallel=1) for n in "ab"}

    async def ask(together: Models) -> int:
        fake.endpoint.behave(late)
        await asyncio.gather(*(together[name].complete(ASKED) for name in "ab" * 6))
        return fake.endpoint.most_under_way

    assert meet(fake, models, ask) == server.places(1)


def test_a_closed_model_starts_again(fake: type[FakeServer], path: Path) -> None:
    async def twice(models: Models) -> None:
        for _ in range(2):
            await models["a"].complete(ASKED)
            await models["a"].close()

    meet(fake, {"a": built(path=str(path))}, twice)
    assert len(fake.started) == 2


def test_usage_has_the_run_files_price(fake: type[FakeServer], path: Path) -> None:
    model = built(path=str(path), price={"prompt": 1, "completion": 10})

    async def ask(models: Models) -> float | None:
        return models["a"].usage(await models["a"].complete(ASKED)).usd

    assert model.price == Price(prompt=1, completion=10)
    assert meet(fake, {"a": model}, ask) == pytest.approx((11 + 70) / 1e6)
    assert (model.worst(ASKED).usd or 0) > 80 / 1e6


def test_a_file_that_llama_cpp_does_not_load_pauses_with_its_architecture(
    fake: type[FakeServer], tmp_path: Path
) -> None:
    path = gguf(tmp_path / "odd.gguf", {**HEAD, "general.architecture": "unheard_of"})
    fake.fails = True

    async def ask(models: Models) -> None:
        await models["a"].complete(ASKED)

    with pytest.raises(OutageError, match=r"architecture 'unheard_of'\); the file is damaged, or"):
        meet(fake, {"a": built(path=str(path))}, ask)


def test_threads_are_never_more_than_the_free_cores(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert built(path=str(path)).cores == 1
    assert built(path=str(path), threads=64).cores == 1


def test_what_replies_depend_on_is_the_content_and_the_context(path: Path, tmp_path: Path) -> None:
    moved = gguf(tmp_path / "moved.gguf")
    same = [built(path=str(path)), built(path=str(moved), parallel=2, threads=1, max_tokens=9)]
    assert len({each.identity for each in same}) == 1
    others = [built(path=str(path), context=512), built(path=str(path), extra={"top_k": 1})]
    others += [built(path=str(tmp_path / "missing.gguf")), built(model="smollm2")]
    assert len({each.identity for each in [*same, *others]}) == 5


# What cannot be used


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "give either `model`"),
        ({"model": "smollm2", "path": "x.gguf"}, "give either `model`"),
        ({"model": "smolm2"}, "did you mean 'smollm2'"),
        ({"path": "x.gguf", "context": 5}, "greater than or equal to 256"),
        ({"path": "x.gguf", "extra": {"api_key": "k"}}, "looks like a secret"),
    ],
)
def test_options_that_name_no_file_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        LlamaCpp.model_validate(options)


def test_a_missing_packaged_model_names_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(RunError, match="get it with `evolve models pull smollm2`"):
        built(model="smollm2").require()
    assert built(model="smollm2").file == packaged_model("smollm2").path


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"there is no model file .*none\.gguf; check `path`"):
        built(path=str(tmp_path / "none.gguf")).require()


def test_a_missing_extra_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "find_spec", lambda name: None)
    with pytest.raises(RunError, match=r"pip install 'evolve-mas\[local\]'"):
        built(path=str(path)).require()


def test_a_library_that_cannot_be_loaded_is_explained(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "xllamacpp":
                raise ImportError("libgomp.so.1: cannot open shared object file")

    monkeypatch.setattr(server, "find_spec", lambda name: True)
    monkeypatch.delitem(sys.modules, "xllamacpp", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
    with pytest.raises(RunError, match=r"libgomp\.so\.1.*; install libgomp1"):
        built(path=str(path)).require()


def test_a_processor_without_its_instructions_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Library:
        @staticmethod
        def get_system_info() -> str:
            return "CPU : AVX2 = 1 | "

    monkeypatch.setattr(checks, "library", lambda: Library)
    monkeypatch.setattr(checks, "missing_instructions", lambda compiled: ["AVX2"])
    with pytest.raises(RunError, match="this processor has no AVX2"):
        built(path=str(path)).require()


@pytest.mark.usefixtures("fake")
@pytest.mark.parametrize(
    ("free", "options", "message"),
    [
        (10, {}, "the model takes 0.0 GiB and 0.0 GiB of memory are free; use a smaller"),
        (
            2048 * 8 * BYTES_PER_TOKEN,
            {},
            r"its context of 8 × 2,048 tokens 0\.1 GiB, .*lower `context` or `parallel`",
        ),
        (1 << 40, {"context": 8192}, "is 8,192 tokens and the model was trained for 4,096"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_numbers(
    path: Path, monkeypatch: pytest.MonkeyPatch, free: int, options: dict[str, Any], message: str
) -> None:
    monkeypatch.setattr(checks, "free_memory", lambda: free)
    with pytest.raises(RunError, match=message):
        built(path=str(path), **options).require()


@pytest.mark.usefixtures("fake")
def test_what_fits_is_accepted(path: Path) -> None:
    built(path=str(path)).require()
