import json
from collections import Counter
from pathlib import Path

from archive.records import Trace
from evolve import clock
from evolve.environments.office.actions import ACTIONS
from evolve.models.base import Models, Request, ToolCall, ToolSignature
from evolve.runtime.messages import turn
from evolve.runtime.scheduler import run_system
from evolve.simulator.simulated import Simulated
from evolve.tasks.base import TaskInput
from search_spaces.config import Agent
from search_spaces.library import system

REQUEST = "Cancel the meeting e007."
TRUTH = [{"name": "calendar_cancel", "arguments": {"event": "e007"}}]
SUM = "What is 3 plus 4?"
OFFICE = tuple(ToolSignature(name, a.description, a.schema) for name, a in ACTIONS.items())


def model(folder: Path, ability: float, **domain: object) -> Simulated:
    rows = [
        {"question": REQUEST, "answer": json.dumps(TRUTH)},
        {"question": SUM, "answer": "7"},
    ]
    (folder / "key.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return Simulated.model_validate(
        {
            "profile": {"family": "oak", "ability": ability, "refusals": 0, "malformed": 0},
            "landscape": {"elsewhere": domain},
            "answers": {"file": str(folder / "key.jsonl")},
        }
    )


def acts(model: Simulated, **fields: object) -> list[tuple[ToolCall, ...]]:
    messages = turn(Agent(name="a"), TaskInput(id="1", text=REQUEST))
    requests = [
        Request(messages=messages, max_tokens=900, tools=OFFICE, sample=sample, **fields)
        for sample in range(40)
    ]
    return [model.reply(request).tool_calls for request in requests]


def test_right_answers_make_the_calls_and_wrong_ones_spoil_them(tmp_path: Path) -> None:
    right = (ToolCall("calendar_cancel", '{"event": "e007"}'),)
    assert set(acts(model(tmp_path, ability=9.0))) == {right}
    wrong = acts(model(tmp_path, ability=-9.0))
    assert right not in wrong
    assert {call.name for calls in wrong for call in calls} == {"calendar_cancel"}


def test_nothing_is_called_where_nothing_may_be(tmp_path: Path) -> None:
    assert set(acts(model(tmp_path, ability=9.0), tool_choice="none")) == {()}


def run(name: str, mind: Simulated, trial: int = 0) -> Trace:
    task = TaskInput(id="1", text=SUM, instructions="Finish with a line 'Answer: <answer>'.")
    models = Models({"m": mind}, "m")
    return clock.run(run_system(system(name), task, models, trial=trial), virtual=True)


def test_an_orchestrator_asks_each_colleague_at_most_once_and_answers(tmp_path: Path) -> None:
    mind = model(tmp_path, ability=3.0)
    counts: Counter[int] = Counter()
    for trial in range(20):
        trace = run("orchestrator", mind, trial)
        names = [use.name for step in trace.steps for use in step.tools]
        assert len(set(names)) == len(names)
        assert trace.answer
        counts[len(names)] += 1
    assert counts[2] > counts[0]


def test_a_router_prefers_roles_that_the_domain_rewards(tmp_path: Path) -> None:
    mind = model(tmp_path, ability=1.0, roles={"arithmetic": 0.4, "logic": 0.0})
    worked = Counter(
        step.agent
        for trial in range(20)
        for step in run("expert_router", mind, trial).steps
        if step.agent != "router"
    )
    assert worked.most_common(1)[0][0] == "arithmetic"
