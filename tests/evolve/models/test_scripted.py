import asyncio

import pytest
from pydantic import ValidationError

from evolve import clock
from evolve.errors import OutageError
from evolve.models.base import MODELS, Message, Reply, Request
from evolve.models.scripted import Scripted


def question(text: str, max_tokens: int = 100) -> Request:
    return Request(messages=(Message("system", "Be brief."), Message("user", text)),
                   max_tokens=max_tokens)  # fmt: skip


def echo(request: Request) -> str:
    return request.messages[-1].content


def complete(model: Scripted, request: Request) -> Reply:
    return clock.run(model.complete(request), virtual=True)


def test_the_first_matching_line_is_the_reply() -> None:
    model = Scripted(script={"two": "Answer: 2", "brief": "Answer: 0"})
    assert complete(model, question("two or three")).text == "Answer: 2"
    assert complete(model, question("three")).text == "Answer: 0"
    assert complete(Scripted(script={"no": "Answer: 1"}), question("three")).text == ""


def test_a_function_returns_a_text_or_a_whole_reply() -> None:
    assert complete(Scripted(script=echo), question("hello")).text == "hello"
    whole = Reply("x", 7, 8, 0.5)
    assert complete(Scripted(script=lambda request: whole), question("hello")) is whole


def test_a_run_file_names_the_function() -> None:
    model = MODELS.find("scripted").model_validate({"script": f"{__name__}:echo"})
    assert complete(model, question("hello")).text == "hello"
    with pytest.raises(ValidationError, match="nowhere"):
        Scripted.model_validate({"script": "nowhere:echo"})


def test_tokens_follow_the_text_within_the_limit() -> None:
    reply = complete(Scripted(script=echo), question("x" * 40))
    assert (reply.prompt_tokens, reply.completion_tokens) == (13, 10)
    assert complete(Scripted(script=echo), question("x" * 40, max_tokens=3)).completion_tokens == 3


def test_latency_passes_on_the_clock() -> None:
    async def timed() -> float:
        reply = await Scripted(script=echo, latency_s=2.5).complete(question("hello"))
        assert reply.latency_s == 2.5
        return asyncio.get_running_loop().time()

    assert clock.run(timed(), virtual=True) == 2.5
    assert Scripted(script=echo).simulated


async def slowly(request: Request) -> str:
    """A reply that has to be awaited."""
    await asyncio.sleep(0)
    return "done"


def test_a_function_may_be_async() -> None:
    assert asyncio.run(Scripted(script=slowly).complete(question("now"))).text == "done"


def failing(request: Request) -> str:
    """A function with a mistake."""
    raise KeyError("absent")


def number(request: Request) -> int:
    """A function that returns something else."""
    return 3


@pytest.mark.parametrize(
    ("function", "problem"),
    [
        (failing, r"test_scripted:failing raised KeyError: 'absent'"),
        (number, r"test_scripted:number returned 3; expected a text or a Reply"),
    ],
)
def test_a_function_with_a_mistake_is_named(function: object, problem: str) -> None:
    with pytest.raises(OutageError, match=problem):
        asyncio.run(Scripted(script=function).complete(question("now")))
