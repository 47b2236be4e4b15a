import asyncio
import json
from collections import Counter
from pathlib import Path

import pytest

import configs
from archive.records import Step, ToolUse, Trace, Usage
from evolve import clock
from evolve.environments.office import problems
from evolve.environments.office.actions import ACTIONS, ActionError, perform
from evolve.environments.office.world import beginning
from evolve.models.base import Models, Request
from evolve.models.scripted import Scripted
from evolve.runfile.settings import load_run_file
from evolve.runtime.scheduler import run_system
from evolve.tasks.base import Task, TaskInput
from evolve.tasks.scorers.office import Office as Scorer
from evolve.tools.base import ToolError
from evolve.tools.office import Office
from evolve.tools.toolbox import Toolbox
from search_spaces.config import Agent, SystemConfig

FILE = Path(configs.__file__).parent / "office.jsonl"
ROWS = [json.loads(line) for line in FILE.read_text("utf-8").splitlines()]


def trace_of(*calls: tuple[str, dict], failed: bool = False) -> Trace:
    uses = tuple(
        ToolUse(name=name, arguments=json.dumps(given), result="", failed=failed)
        for name, given in calls
    )
    step = Step(agent="a", round=1, sample=0, model="m", text="", usage=Usage(), tools=uses)
    return Trace(answer="done", steps=(step,))


def score(truth: object, trace: Trace) -> float:
    scorer = Scorer()
    task = Task(number=0, input=TaskInput(id="1", text="?"), answer=truth)
    return asyncio.run(scorer.score(task, scorer.submission(trace))).value


def test_the_task_file_is_what_the_problems_make() -> None:
    assert FILE.read_text("utf-8") == problems.text()
    assert len(ROWS) >= 100
    assert len({row["request"] for row in ROWS}) == len(ROWS)
    assert set(Counter(row["domain"] for row in ROWS).values()) == {12}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_the_calls_of_a_task_fulfil_it_and_nothing_else_does(row: dict) -> None:
    calls = [(call["name"], call["arguments"]) for call in json.loads(row["calls"])]
    assert Scorer().check(row["calls"]) == ""
    assert score(row["calls"], trace_of(*calls)) == 1
    assert score(row["calls"], trace_of(*calls[:-1])) == (not calls)
    assert score(row["calls"], trace_of(*calls, failed=True)) == (not calls)
    more = ("mail_send", {"to": "ada", "subject": "hello", "body": "there"})
    assert score(row["calls"], trace_of(*calls, more)) == 0


def test_the_way_does_not_count() -> None:
    truth = [{"name": "tasks_update", "arguments": {"task": "t001", "column": "done"}}]
    there_and_back = [
        ("tasks_search", {"owner": "ada"}),
        ("tasks_update", {"task": "t001", "column": "backlog"}),
        ("tasks_update", {"task": "t001", "column": "Done"}),
    ]
    assert score(truth, trace_of(*there_and_back)) == 1


def test_an_answer_without_deeds_scores_as_nothing_done() -> None:
    task = Task(number=0, input=TaskInput(id="1", text="?"), answer="[]")
    assert asyncio.run(Scorer().score(task, "I did it")).value == 1
    task = task.model_copy(update={"answer": ROWS[0]["calls"]})
    result = asyncio.run(Scorer().score(task, '{"calls": 7}'))
    assert result.value == 0
    assert "not wanted: Event" in result.feedback


@pytest.mark.parametrize(
    "truth", ["no JSON", '{"a": 1}', "7", '[{"name": "fly", "arguments": {}}]']
)
def test_a_truth_that_cannot_be_done_is_refused(truth: str) -> None:
    assert "expected a list of calls" in Scorer().check(truth)


BAD = {
    "there is no event 'e999'": ("calendar_cancel", {"event": "e999"}),
    "missing parameters: start": ("calendar_move", {"event": "e030"}),
    "expected a time": ("calendar_move", {"event": "e030", "start": "soon"}),
    "nobody is called 'zoe'": ("mail_send", {"to": "zoe", "subject": "a", "body": "b"}),
    "unknown parameters: when": ("tasks_search", {"when": "now"}),
    "there is no column 'bin'": ("tasks_update", {"task": "t001", "column": "bin"}),
    "expected 1 to 1440": (
        "calendar_create",
        {"title": "x", "person": "ada", "start": "2026-03-13 10:00", "minutes": "long"},
    ),
    "expected a day": ("tasks_create", {"title": "x", "owner": "ada", "due": "tomorrow"}),
    "there is no action 'fly'": ("fly", {}),
}


@pytest.mark.parametrize("expected", BAD)
def test_invalid_actions_are_refused_and_change_nothing(expected: str) -> None:
    world = beginning()
    with pytest.raises(ActionError, match=expected):
        perform(world, *BAD[expected])
    assert world.contents() == beginning().contents()


def test_searches_find_what_is_there_and_change_nothing() -> None:
    world = beginning()
    event = next(e for e in world.events.values() if e.start > problems.NOW)
    found = perform(world, "calendar_search", {"person": event.person})
    assert event.title in found
    assert perform(world, "mail_search", {"words": "no such words"}) == "nothing found"
    assert "more; search more narrowly" in perform(world, "tasks_search", {})
    assert world.contents() == beginning().contents()


def test_every_evaluation_has_an_office_of_its_own() -> None:
    one, other = ({f.signature.name: f.call for f in Office().functions("office")} for _ in "ab")
    assert set(one) == set(ACTIONS)
    asyncio.run(one["calendar_cancel"]({"event": "e030"}))
    with pytest.raises(ToolError, match="no event"):
        asyncio.run(one["calendar_cancel"]({"event": "e030"}))
    assert asyncio.run(other["calendar_cancel"]({"event": "e030"})) == "cancelled e030"


def test_a_scripted_agent_works_in_the_office_from_end_to_end() -> None:
    task = next(
        t for t in load_run_file("office").tasks.load(0).validation if t.domain == "new_task"
    )
    (wanted,) = json.loads(task.answer)

    def say(request: Request) -> str:
        if any(message.role == "tool" for message in request.messages):
            return "Answer: done"
        return f"```tool\n{json.dumps(wanted)}\n```"

    models = Models({"m": Scripted(script=say)}, "m")
    config = SystemConfig(agents=(Agent(name="a", tools=("office",)),))
    run = run_system(config, task.input, models, toolbox=Toolbox({"office": Office()}))
    trace = clock.run(run, virtual=True)
    assert trace.steps[0].tools[0].result.startswith("created t")
    assert asyncio.run(Scorer().score(task, Scorer().submission(trace))).value == 1
