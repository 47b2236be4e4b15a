import asyncio

import pytest
from pydantic import ValidationError

from evolve import clock
from evolve.models.base import MODELS, Message, Reply, Request
from evolve.models.scripted import Scripted


def asked(text: str, max_tokens: int = 100) -> Request:
    return Request(messages=(Message("system", "Be brief."), Message("user", text)),
                   max_tokens=max_tokens)  # fmt: skip


def echo(request: Request) -> str:
    return request.messages[-1].content


def complete(model: Scripted, request: Request) -> Reply:
    return clock.run(model.complete(request), virtual=True)


def test_the_first_fitting_line_is_said() -> None:
    model = Scripted(script={"two": "Answer: 2", "brief": "Answer: 0"})
    assert complete(model, asked("two or three")).text == "Answer: 2"
    assert complete(model, asked("three")).text == "Answer: 0"
    assert complete(Scripted(script={"no": "Answer: 1"}), asked("three")).text == ""


def test_a_function_says_it_or_gives_the_whole_reply() -> None:
    assert complete(Scripted(script=echo), asked("hello")).text == "hello"
    whole = Reply("x", 7, 8, 0.5)
    assert complete(Scripted(script=lambda request: whole), asked("hello")) is whole


def test_a_run_file_names_the_function() -> None:
    model = MODELS.find("scripted").model_validate({"script": f"{__name__}:echo"})
    assert complete(model, asked("hello")).text == "hello"
    with pytest.raises(ValidationError, match="nowhere"):
        Scripted.model_validate({"script": "nowhere:echo"})


def test_tokens_follow_the_text_within_the_limit() -> None:
    reply = complete(Scripted(script=echo), asked("x" * 40))
    assert (reply.prompt_tokens, reply.completion_tokens) == (13, 10)
    assert complete(Scripted(script=echo), asked("x" * 40, max_tokens=3)).completion_tokens == 3


def test_latency_passes_on_the_clock() -> None:
    async def timed() -> float:
        reply = await Scripted(script=echo, latency_s=2.5).complete(asked("hello"))
        assert reply.latency_s == 2.5
        return asyncio.get_running_loop().time()

    assert clock.run(timed(), virtual=True) == 2.5
    assert Scripted(script=echo).simulated
