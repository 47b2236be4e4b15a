import pytest

from evolve.errors import RunError
from evolve.models.base import Reply, Request
from evolve.models.embedders.hashed import Hashed
from evolve.prompts.headings import BOARD, MEMORY
from evolve.runtime.memory import POSTED, RECALLED
from search_spaces.config import Answer, Demonstration, SystemConfig
from tests.evolve.runtime.runtime_stage import Stage, agent, feedback, saying
from tests.evolve.runtime.test_delegation import asks, calling, results


def alone(rounds: int, **fields: object) -> SystemConfig:
    return SystemConfig(
        agents=[agent("solver", **fields)], edges=[feedback("solver", "solver")], rounds=rounds
    )


def test_an_agent_recalls_of_its_own_past_what_is_most_like_the_task() -> None:
    outputs = [
        "Six times seven is what is asked.",
        "Bananas.",
        "Zebras.",
        "Seven times six?",
        "x",
        "y",
    ]
    stage = Stage(saying(solver=outputs))
    stage.run(alone(6, memory="own"), embedder=Hashed())
    last = stage.prompts("solver")[-1]
    assert last.count(MEMORY) == RECALLED
    assert outputs[0] in last
    assert outputs[3] in last
    assert "## Your previous answer\nx" in last
    assert f"{MEMORY}\nx" not in last


def test_without_a_memory_only_the_last_answer_is_shown() -> None:
    stage = Stage(saying(solver=["a", "b", "c"]))
    stage.run(alone(3))
    assert MEMORY not in stage.prompts("solver")[-1]


def test_too_much_to_recall_needs_an_embedder() -> None:
    stage = Stage(saying(solver=list("abcdefg")))
    with pytest.raises(RunError, match="found by an embedder"):
        stage.run(alone(6, memory="own"))


def test_of_many_worked_examples_those_most_like_the_task_are_shown() -> None:
    shown = [
        Demonstration(question=question, answer="…")
        for question in (
            "Who wrote it?",
            "What is 6 times 8?",
            "Where?",
            "What is 5 times 7?",
            "Why",
        )
    ]
    turns = {}
    for memory in (None, "own"):
        stage = Stage(saying(solver="Answer: 42"))
        solver = agent("solver", memory=memory, demonstrations=tuple(shown))
        stage.run(SystemConfig(agents=[solver]), embedder=Hashed())
        turns[memory] = [m.content for m in stage.heard[0].messages if m.role == "user"][:-1]
    assert len(turns[None]) == 5
    assert len(turns["own"]) == RECALLED
    assert {"## Task\nWhat is 6 times 8?", "## Task\nWhat is 5 times 7?"} <= set(turns["own"])


def test_the_blackboard_shows_what_others_wrote_in_earlier_rounds() -> None:
    agents = [agent("a", memory="shared"), agent("b", memory="shared"), agent("c")]
    stage = Stage(saying(a=["a1", "a2"], b=["b1", "b2"], c=["c1", "c2"]))
    stage.run(
        SystemConfig(
            agents=agents,
            edges=[feedback(name, name) for name in "abc"],
            rounds=2,
            answer=Answer(mode="vote"),
        )
    )
    assert BOARD not in "".join(stage.prompts(name)[0] for name in "abc")
    assert f"{BOARD} b\nb1" in stage.prompts("a")[1]
    assert f"{BOARD} a" not in stage.prompts("a")[1]
    assert BOARD not in stage.prompts("c")[1]


def test_the_blackboard_shows_the_newest_notes() -> None:
    agents = [agent(name, memory="shared") for name in "abcdefgh"]
    stage = Stage(lambda request: "Answer: 1")
    stage.run(
        SystemConfig(
            agents=agents,
            edges=[feedback("a", "a")],
            rounds=2,
            answer=Answer(mode="vote", sources=tuple("abcdefgh")),
        )
    )
    assert stage.prompts("a")[-1].count(BOARD) == POSTED


def test_subordinates_remember_what_was_done_in_the_turn_so_far() -> None:
    def say(request: Request) -> str | Reply:
        name = request.messages[0].content
        if "boss" not in name:
            return f"result of {request.messages[-1].content.count(BOARD)} notes"
        if results(request):
            return "Answer: 1"
        return calling(("ask_a", "first"), ("ask_b", "second"), ("ask_a", "third"))

    agents = [agent("boss"), agent("a", memory="shared"), agent("b", memory="shared")]
    stage = Stage(say)
    stage.run(SystemConfig(agents=agents, edges=asks("boss", "a", "b")))
    assert results(stage.heard[-1]) == [f"result of {count} notes" for count in range(3)]


def test_nothing_is_carried_from_one_task_to_the_next() -> None:
    stage = Stage(saying(solver=["a", "b", "c", "a", "b", "c"]))
    for _ in range(2):
        stage.run(alone(3, memory="own"))
    first, second = stage.heard[:3], stage.heard[3:]
    assert [r.messages for r in first] == [r.messages for r in second]
