import pytest

from archive.records import Trace
from evolve.models.base import Request
from evolve.runtime.messages import VERDICT
from evolve.runtime.policies import Policy, RoundEnd
from search_spaces.config import Agent, Answer, Stop, SystemConfig
from tests.evolve.runtime.runtime_stage import TASK, Stage, agent, feedback, message, saying, who


def debate(rounds: int = 3, names: str = "ab", stop: str = "consensus") -> SystemConfig:
    return SystemConfig(
        agents=[agent(name) for name in names],
        edges=[feedback(one, other) for one in names for other in names],
        rounds=rounds,
        stop=Stop(rule=stop),
        answer=Answer(mode="vote"),
    )


def test_consensus_ends_the_rounds() -> None:
    lines = saying(a=["Answer: 1", "Answer: 2"], b=["Answer: 2", "Answer: 2.0"])
    trace = Stage(lines).run(debate())
    assert (trace.rounds, trace.answer, trace.usage.calls) == (2, "2", 4)


def test_without_a_rule_rounds_run_out() -> None:
    trace = Stage(lambda request: "Answer: 1").run(debate(stop="never"))
    assert (trace.rounds, trace.usage.calls) == (3, 6)


def test_silence_is_no_consensus() -> None:
    trace = Stage(lambda request: "hm " * 50).run(debate())
    assert trace.rounds == 3


def test_one_source_agrees_when_it_repeats_itself() -> None:
    lines = saying(a=["Answer: 1", "Answer: 2", "Answer: 2", "Answer: 3"])
    trace = Stage(lines).run(debate(rounds=4, names="a"))
    assert (trace.rounds, trace.answer) == (3, "2")


def reviewed(**answer: object) -> SystemConfig:
    return SystemConfig(
        agents=[agent("solver"), agent("critic")],
        edges=[message("solver", "critic"), feedback("critic", "solver")],
        rounds=3,
        stop=Stop(rule="approved", by="critic"),
        answer=Answer(**answer),
    )


def test_approval_ends_the_rounds_and_the_critic_is_prompted_for_a_verdict() -> None:
    lines = saying(
        solver=["Answer: 1", "Answer: 2", "Answer: 3"],
        critic=["No.\nVerdict: revise", "Yes.\nVerdict: approved"],
    )
    stage = Stage(lines)
    trace = stage.run(reviewed(sources=["solver"]))
    assert (trace.rounds, trace.answer) == (2, "2")
    for prompt in stage.prompts("critic"):
        assert prompt.endswith(VERDICT)
        assert TASK.instructions not in prompt
    for prompt in stage.prompts("solver"):
        assert VERDICT not in prompt
        assert prompt.endswith(TASK.instructions)


def test_a_critic_that_is_a_source_gives_answer_and_verdict() -> None:
    lines = saying(
        solver=["Answer: 1", "Answer: 2"],
        critic=["Verdict: revise\nAnswer: 5", "Answer: 6\nVerdict: approved"],
    )
    stage = Stage(lines)
    trace = stage.run(reviewed())
    assert (trace.rounds, trace.answer) == (2, "6")
    assert TASK.instructions in stage.prompts("critic")[0]
    assert VERDICT in stage.prompts("critic")[0]


def test_a_verdict_alone_is_no_answer() -> None:
    lines = saying(solver=["Answer: 1"] * 3, critic=["Verdict: approved"] * 3)
    assert Stage(lines).run(reviewed()).answer == ""


@pytest.mark.parametrize(("approvals", "rounds"), [(1, 2), (2, 1)])
def test_several_reviews_take_a_majority(approvals: int, rounds: int) -> None:
    def review(request: Request) -> str:
        if who(request) == "solver":
            return "Answer: 1"
        return "Verdict: approved" if request.sample % 3 < approvals else "Verdict: revise"

    system = SystemConfig(
        agents=[agent("solver"), agent("critic", samples=3)],
        edges=[message("solver", "critic"), feedback("critic", "solver")],
        rounds=2,
        stop=Stop(rule="approved", by="critic"),
        answer=Answer(sources=["solver"]),
    )
    assert Stage(review).run(system).rounds == rounds


class Watching(Policy):
    """Records its calls, and intervenes as configured."""

    def __init__(self, passes: str | None = None, stops_after: int = 99) -> None:
        self.passes, self.stops_after = passes, stops_after
        self.observed: list[tuple[str, object]] = []

    async def on_message(self, sender: Agent, text: str) -> str:
        self.observed.append((sender.name, text))
        return text if self.passes is None else self.passes

    async def on_round(self, end: RoundEnd) -> bool:
        self.observed.append(("round", (end.number, sorted(end.before), end.outputs["a"].answer)))
        return end.number >= self.stops_after

    async def on_task_end(self, trace: Trace) -> None:
        self.observed.append(("end", trace))


def test_policies_see_messages_rounds_and_the_end() -> None:
    watching = Watching(stops_after=2)
    trace = Stage(lambda request: "Answer: 1").run(
        debate(names="a", stop="never"), policies=[watching]
    )
    assert trace.rounds == 2
    assert watching.observed == [
        ("a", "Answer: 1"),
        ("round", (1, [], "1")),
        ("a", "Answer: 1"),
        ("round", (2, ["a"], "1")),
        ("end", trace),
    ]


def test_policies_change_messages_and_not_outputs() -> None:
    def heard(passes: str) -> str:
        stage = Stage(saying(a="Answer: 1", b="Answer: 2"))
        system = SystemConfig(
            agents=[agent("a", max_tokens=1), agent("b")],
            edges=[message("a", "b")],
        )
        trace = stage.run(system, policies=[Watching(passes)])
        assert {step.text for step in trace.steps} == {"Answer: 1", "Answer: 2"}
        return stage.prompts("b")[0]

    assert "Message from" not in heard("")
    assert "Message from a\nno\n" in heard("no")
    assert "Message from a\nver…\n" in heard("very long indeed")


def test_policies_compose_in_order() -> None:
    second = Watching()
    Stage(lambda request: "Answer: 1").run(
        SystemConfig(agents=[agent("a")]), policies=[Watching("changed"), second]
    )
    assert ("a", "changed") in second.observed
