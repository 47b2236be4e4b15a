"""The text protocol of tools, for models that have no tool calls of their own."""

import json

import pytest

from evolve.models.base import Message, Reply, Request, ToolCall, ToolSignature
from evolve.models.tools_in_words import ENOUGH, RESULT, TOOLS, in_words, read

ADD = ToolSignature("add", "Adds.", {"type": "object", "properties": {"x": {"type": "number"}}})
CALL = ToolCall("add", '{"x": 1}', "call00001")


def conversation(*more: Message, choice: str = "auto") -> tuple[Message, ...]:
    messages = (Message("system", "Be brief."), Message("user", "1 + 1?"), *more)
    return in_words(Request(messages, 64, tools=(ADD,), tool_choice=choice))  # type: ignore[arg-type]


def test_functions_are_described_where_the_user_spoke_last() -> None:
    system, user = conversation()
    assert system.content == "Be brief."
    assert user.content.startswith(f"1 + 1?\n\n{TOOLS}\n")
    assert '- add: Adds. Parameters (JSON Schema): {"type": "object"' in user.content


def test_calls_and_results_are_written_as_they_were() -> None:
    called = Message("assistant", "I add.", tool_calls=(CALL,))
    *_, turn, observation = conversation(called, Message("tool", "2", call_id="call00001"))
    assert turn == Message(
        "assistant", 'I add.\n\n```tool\n{"name": "add", "arguments": {"x": 1}}\n```'
    )
    assert observation.role == "user"
    assert observation.content.startswith(f"{RESULT} add\n2\n\n{TOOLS}\n")
    assert read(Reply(turn.content, 1, 1, 0.0), (ADD,)).tool_calls == (ToolCall("add", '{"x": 1}'),)


def test_the_last_turn_requests_an_answer() -> None:
    assert conversation(choice="none")[-1].content == f"1 + 1?\n\n{TOOLS}\n{ENOUGH}"


def test_without_tools_nothing_changes() -> None:
    messages = (Message("user", "1 + 1?"),)
    assert in_words(Request(messages, 64)) == messages
    reply = Reply("```tool\n{}\n```", 1, 1, 0.0)
    assert read(reply, ()) is reply


@pytest.mark.parametrize(
    ("block", "call"),
    [
        ('{"name": "add", "arguments": {"x": 1}}', ToolCall("add", '{"x": 1}')),
        ('{"name": "add"}', ToolCall("add", "{}")),
        ("{", ToolCall("", "{")),
        ("[" * 100_000, ToolCall("", "[" * 100_000)),
        ('{"arguments": {}}', ToolCall("", '{"arguments": {}}')),
    ],
)
def test_blocks_are_read_as_calls(block: str, call: ToolCall) -> None:
    for ending in ("\n```\nand so on", ""):  # the end of the block may be cut off
        reply = read(Reply(f"So:\n```tool\n{block}{ending}", 1, 1, 0.0), (ADD,))
        assert reply.tool_calls == (call,)
        assert reply.text.startswith("So:")


def test_what_is_no_block_is_text() -> None:
    turn = f"```json\n{json.dumps({'name': 'add'})}\n```"
    assert read(Reply(turn, 1, 1, 0.0), (ADD,)).text == turn
