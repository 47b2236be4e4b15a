"""Finding the question, in the runtime's layout and in others'."""

from pathlib import Path
from typing import Any

import pytest

from evolve.answers.reading import extract_marked
from evolve.models.base import Message, Request
from evolve.simulator.replying import CANNOT_TELL
from evolve.simulator.simulated import Simulated
from tests.evolve.simulator.simulated_world import Sums, World

QUESTION, TRUTH = "What is 1370 plus 110, less 10?", "1470"
CLEVER = {"ability": 9.0}


def reply_text(model: Simulated, *messages: tuple[str, str], **request: Any) -> str:
    conversation = tuple(Message(role, content) for role, content in messages)
    return model.reply(Request(conversation, 4000, **request)).text


@pytest.mark.parametrize(
    "messages",
    [
        [("user", QUESTION)],
        [("user", f"Question: {QUESTION}\nLet's think step by step.")],
        [("system", f"Solve this: «{QUESTION}»"), ("user", "Go on.")],
        [("user", f"<task>{QUESTION}</task> Reply with 'Answer: …'.")],
        [("user", f"## Task\nHere it is: {QUESTION}\n\n## How to answer\nBriefly.")],
        [("user", QUESTION), ("assistant", "Answer: 3"), ("user", "Is that so? Try again.")],
    ],
)
def test_a_question_is_found_in_any_layout(world: World, messages: list[tuple[str, str]]) -> None:
    assert extract_marked(reply_text(world.model(CLEVER), *messages)) == TRUTH


def test_the_longest_question_that_is_there_counts(tmp_path: Path) -> None:
    tmp_path.joinpath("key.jsonl").write_text(
        '{"question": "How many legs has a cow?", "answer": 4}\n'
        '{"question": "How many legs has a cow? And two cows?", "answer": 8}\n'
    )
    tmp_path.joinpath("land.yaml").write_text("answers: {file: key.jsonl}")
    model = Simulated(
        profile={"family": "oak", "ability": 9.0, "malformed": 0.0, "refusals": 0.0},
        landscape=tmp_path / "land.yaml",
    )
    text = reply_text(model, ("user", "Tell me. How many legs has a cow? And two cows? Thank you."))
    assert extract_marked(text) == "8"


def test_instructions_count_wherever_they_stand(world: World, sums: Sums) -> None:
    model = world.model({"thinking": 0.0}, rewards={"verify": 2.0})

    def right(suffix: str) -> int:
        return sum(
            extract_marked(reply_text(model, ("user", f"{question}{suffix}"))) == truth
            for question, truth in ((messages[-1].content.split("\n")[1], truth)
                                    for messages, truth in sums.prompts()[:150])
        )  # fmt: skip

    assert right("\nPlease double-check.") > right("\nPlease.") + 20


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [("user", "")],
        [("user", "What is love?")],
        [("system", "You are the solver."), ("user", "## Task\nWhat is love?")],
        [("user", "## Task")],
        [("user", "## Task\n\n## How to answer\nVerdict: approved or revise")],
        [("assistant", QUESTION)],
    ],
)
def test_an_unknown_question_gets_a_plain_reply(
    world: World, messages: list[tuple[str, str]]
) -> None:
    assert reply_text(world.model(CLEVER), *messages) == CANNOT_TELL


def test_an_unknown_question_gets_a_plain_reply_in_structure_too(world: World) -> None:
    schema = {"type": "object", "properties": {"answer": {"type": "string"}}}
    assert CANNOT_TELL in reply_text(world.model(CLEVER), ("user", "What is love?"), schema=schema)


@pytest.mark.parametrize(
    "content",
    [
        "x" * 10_000_000,
        f"## Task\n{QUESTION}\n\n## Message from x\n" + "answer: " * 1_250_000,
        f"{QUESTION}\n" * 300_000,
        "## Task\n" * 1_000_000,
        f"## Task\n{QUESTION}" + "\n\n## Message from x\nVerdict: revise" * 20_000,
        "not " * 2_500_000,
        f"\ud800 {QUESTION} \x00\x1f",
    ],
    ids=["long", "answers", "questions", "headers", "messages", "negations", "surrogate"],
)
def test_hostile_messages_do_no_harm(world: World, content: str) -> None:
    assert reply_text(world.model(CLEVER), ("user", content))
