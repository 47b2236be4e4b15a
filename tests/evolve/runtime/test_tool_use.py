"""Turns with tools: results shown to agents, the end of turns, and traces."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from archive.records import Step
from evolve.errors import OutageError
from evolve.models.base import Reply, Request, ToolCall
from evolve.runtime.tool_use import LAST, NOTHING
from evolve.tools.base import Arguments
from evolve.tools.toolbox import Toolbox, ToolLimits
from search_spaces.config import SystemConfig
from search_spaces.errors import ConfigError
from tests.evolve.runtime.runtime_stage import Echo, Stage, agent, message

WITH_ECHO = SystemConfig(agents=(agent("a", tools=("echo",)),))


def calling(*calls: tuple[str, Any], text: str = "") -> Reply:
    written = [c if isinstance(c, str) else json.dumps(c) for _, c in calls]
    named = zip(calls, written, strict=True)
    return Reply(text, 1, 1, 0.0, tool_calls=tuple(ToolCall(n, a) for (n, _), a in named))


def steps(say: Callable[[Request], str | Reply], tool: Echo, **limits: int) -> tuple[Step, ...]:
    toolbox = Toolbox({"echo": tool}, ToolLimits(**limits))
    return Stage(say).run(WITH_ECHO, toolbox=toolbox).steps


def once(reply: Reply) -> Callable[[Request], str | Reply]:
    """Makes those calls, then answers with the last result."""

    def say(request: Request) -> str | Reply:
        last = request.messages[-1]
        return f"Answer: {last.content}" if last.role == "tool" else reply

    return say


def test_an_agent_receives_its_tool_results() -> None:
    first, second = steps(once(calling(("echo", {"text": "ho"}))), Echo(times=2))
    assert (first.tools[0].name, first.tools[0].result) == ("echo", "hoho")
    assert second.text == "Answer: hoho"


@pytest.mark.parametrize(
    ("call", "expected_message"),
    [
        (("echo", {}), "Error: say what"),
        (("echo", "{"), "Error: the arguments are no valid JSON"),
        (("echo", "[1]"), "Error: the arguments are no JSON object"),
        (("cook", {}), "Error: there is no function 'cook'; there are: echo"),
        (("echo", {"text": ""}), NOTHING),
    ],
)
def test_a_failed_call_is_reported_to_the_agent(
    call: tuple[str, Any], expected_message: str
) -> None:
    first, second = steps(once(calling(call)), Echo())
    assert first.tools[0].result.startswith(expected_message)
    assert first.tools[0].failed == expected_message.startswith("Error")
    assert second.text.startswith(f"Answer: {expected_message}")


def test_a_crash_of_a_tool_is_reported_to_the_agent() -> None:
    class Crashing(Echo):
        async def call(self, arguments: Arguments) -> str:
            raise ZeroDivisionError("by nothing")

    first, _ = steps(once(calling(("echo", {}))), Crashing())
    assert first.tools[0].result == "Error: ZeroDivisionError: by nothing"


def test_a_tool_that_hangs_is_given_up_in_real_time() -> None:
    tool = Echo(waits_s=60, timeout_s=0.05)
    first, _ = steps(once(calling(("echo", {"text": "x"}))), tool)
    assert first.tools[0].result == "Error: it took longer than 0.05 seconds"


def test_a_tool_that_floods_is_cut() -> None:
    tool = Echo(times=10**6, output_bytes=200)
    first, _ = steps(once(calling(("echo", {"text": "é"}))), tool)
    assert len(first.tools[0].result.encode()) <= 200
    assert first.tools[0].result.endswith("…")


def test_an_agent_that_keeps_calling_is_prompted_for_its_answer() -> None:
    requests: list[Request] = []

    def say(request: Request) -> Reply:
        requests.append(request)
        return calling(("echo", {"text": "x"}), text=f"try {len(requests)}")

    found = steps(say, Echo(times=1), rounds=3, calls=10)
    assert [step.text for step in found] == ["try 1", "try 2", "try 3", "try 4"]
    assert [request.tool_choice for request in requests] == ["auto", "auto", "auto", "none"]
    assert requests[-1].messages[-1].content.endswith(LAST)
    assert not found[-1].tools


def test_calls_are_counted_over_all_rounds() -> None:
    three = calling(*[("echo", {"text": "x"})] * 3)
    found = steps(lambda request: three, Echo(), rounds=4, calls=5)
    assert [len(step.tools) for step in found] == [3, 2, 0]


def test_calls_have_numbers_of_our_own_in_order() -> None:
    requests: list[Request] = []

    def say(request: Request) -> Reply:
        requests.append(request)
        return calling(("echo", {"text": "a"}), ("echo", {"text": "b"}))

    steps(say, Echo(times=1), rounds=2)
    ids = [turn.call_id for turn in requests[-1].messages if turn.role == "tool"]
    assert ids == ["call00001", "call00002", "call00003", "call00004"]


def test_an_outage_is_no_result() -> None:
    class Out(Echo):
        async def call(self, arguments: Arguments) -> str:
            raise OutageError("the endpoint behind it does not answer")

    with pytest.raises(OutageError, match="behind it"):
        steps(once(calling(("echo", {}))), Out())


def test_an_agent_without_tools_is_offered_none() -> None:
    stage = Stage(once(calling(("echo", {"text": "x"}))))
    system = SystemConfig(
        agents=(agent("a", tools=("echo",)), agent("b")), edges=(message("a", "b"),)
    )
    trace = stage.run(system, toolbox=Toolbox({"echo": Echo()}))
    assert [len(request.tools) for request in stage.heard] == [1, 1, 0]
    assert [step.agent for step in trace.steps] == ["a", "a", "b"]


def test_each_sample_has_a_turn_of_its_own() -> None:
    stage = Stage(once(calling(("echo", {"text": "x"}))))
    system = SystemConfig(agents=(agent("a", tools=("echo",), samples=3),), answer={"mode": "vote"})
    trace = stage.run(system, toolbox=Toolbox({"echo": Echo(times=1)}))
    assert [(step.sample, len(step.tools)) for step in trace.steps] == [
        *((0, 1), (0, 0)),
        *((1, 1), (1, 0)),
        *((2, 1), (2, 0)),
    ]
    assert {request.sample for request in stage.heard} == {0, 1, 2}


def test_a_tool_that_no_run_file_defines_is_refused() -> None:
    with pytest.raises(ConfigError, match="unknown tool 'echo'; known: none"):
        Stage(lambda request: "Answer: 1").run(WITH_ECHO)


def test_a_model_without_tool_calls_gets_tools_in_words() -> None:
    def say(request: Request) -> str:
        last = request.messages[-1]
        if last.role == "tool":
            return f"Answer: {last.content}"
        return 'I look.\n```tool\n{"name": "echo", "arguments": {"text": "ho"}}\n```'

    first, second = steps(say, Echo(times=2))
    assert (first.text, first.tools[0].result) == ("I look.", "hoho")
    assert second.text == "Answer: hoho"
