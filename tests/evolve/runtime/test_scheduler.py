import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.records import Trace
from evolve import clock
from evolve.errors import OutageError
from evolve.models.base import Model, Models, Reply, Request
from evolve.models.embedders.hashed import Hashed
from evolve.runtime.scheduler import run_system
from search_spaces import library
from search_spaces.config import Answer, Stop, SystemConfig
from search_spaces.errors import ConfigError
from tests.evolve.runtime.runtime_stage import (
    TASK,
    Stage,
    agent,
    feedback,
    message,
    pseudorandom,
    saying,
    who,
)
from tests.strategies import examples, system_configs


def config(*agents: str, **fields: object) -> SystemConfig:
    return SystemConfig(agents=[agent(name) for name in agents], **fields)


def spoken(trace: Trace) -> list[tuple[str, int]]:
    return [(step.agent, step.round) for step in trace.steps]


def test_one_agent_answers_and_the_trace_is_complete() -> None:
    stage = Stage(lambda request: Reply("So it is.\nAnswer: 42", 30, 7, 1.5))
    trace = stage.run(config("solver"))
    assert trace.answer == "42"
    assert (trace.failure, trace.remark, trace.rounds) == ("", "", 1)
    (step,) = trace.steps
    assert (step.agent, step.round, step.sample, step.model) == ("solver", 1, 0, "small")
    assert step.text == "So it is.\nAnswer: 42"
    assert step.usage == trace.usage
    assert (step.usage.prompt_tokens, step.usage.completion_tokens) == (30, 7)
    assert step.usage.usd == pytest.approx((30 * 0.1 + 7 * 0.7) / 1e6)
    assert step.usage.seconds == 1.5
    (request,) = stage.heard
    assert request.max_tokens == 50
    assert [m.role for m in request.messages] == ["system", "user"]
    assert TASK.text in request.messages[1].content
    assert TASK.instructions in request.messages[1].content


def test_sampling_parameters_and_models_reach_the_request() -> None:
    stage = Stage(lambda request: "Answer: 1")
    wild = agent("a", model="large", temperature=1.5, top_p=0.4, effort="low", max_tokens=9)
    trace = stage.run(SystemConfig(agents=[wild]))
    (request,) = stage.heard
    assert (request.temperature, request.top_p, request.effort) == (1.5, 0.4, "low")
    assert request.max_tokens == 9
    assert trace.steps[0].model == "large"


def test_messages_arrive_in_their_round() -> None:
    stage = Stage(saying(a="one", b="two", c="Answer: 3"))
    trace = stage.run(config("a", "b", "c", edges=[message("a", "c"), message("b", "c")]))
    (prompt,) = stage.prompts("c")
    assert "## Message from a\none" in prompt
    assert "## Message from b\ntwo" in prompt
    assert trace.answer == "3"
    assert trace.usage.calls == 3


def test_branches_run_concurrently() -> None:
    waits = {"slow": 9.0, "fast": 1.0, "next": 1.0, "end": 1.0}
    finished: dict[str, float] = {}

    class Timed(Model):
        async def complete(self, request: Request) -> Reply:
            await asyncio.sleep(waits[who(request)])
            finished[who(request)] = asyncio.get_running_loop().time()
            return Reply("Answer: 1", 1, 1, waits[who(request)])

    system = config(
        "slow", "fast", "next", "end",
        edges=[message("fast", "next"), message("next", "end"), message("slow", "end")],
    )  # fmt: skip
    clock.run(run_system(system, TASK, Models({"m": Timed()}, "m")), virtual=True)
    assert finished == {"fast": 1.0, "next": 2.0, "slow": 9.0, "end": 10.0}


def test_samples_run_at_once() -> None:
    stage = Stage(lambda request: Reply("Answer: 1", 1, 1, 2.0))

    async def timed() -> float:
        await run_system(SystemConfig(agents=[agent("a", samples=5)]), TASK, stage.models)
        return asyncio.get_running_loop().time()

    assert clock.run(timed(), virtual=True) == 2.0
    assert [request.sample for request in stage.heard] == [0, 1, 2, 3, 4]


def test_feedback_carries_the_last_round() -> None:
    stage = Stage(saying(solver=["Answer: 1", "Answer: 2", "Answer: 3"], critic=["bad", "good"]))
    system = config(
        "solver",
        "critic",
        edges=[message("solver", "critic"), feedback("critic", "solver")],
        rounds=3,
        answer=Answer(sources=["solver"]),
    )
    trace = stage.run(system)
    first, second, third = stage.prompts("solver")
    assert "Message from" not in first
    assert "## Message from critic\nbad" in second
    assert "## Your previous answer\nAnswer: 1" in second
    assert "## Message from solver\nAnswer: 2" in stage.prompts("critic")[1]
    assert "## Your previous answer\nbad" in stage.prompts("critic")[1]
    assert "## Message from critic\ngood" in third
    assert trace.answer == "3"


def test_agents_without_a_recipient_skip_the_last_round() -> None:
    stage = Stage(saying(solver=["Answer: 1", "Answer: 2"], critic=["bad"]))
    system = config(
        "solver",
        "critic",
        edges=[message("solver", "critic"), feedback("critic", "solver")],
        rounds=2,
        answer=Answer(sources=["solver"]),
    )
    trace = stage.run(system)
    assert sorted(spoken(trace)) == [("critic", 1), ("solver", 1), ("solver", 2)]
    assert trace.answer == "2"


def test_a_self_loop_shows_the_previous_answer_and_no_message() -> None:
    stage = Stage(saying(a=["Answer: 1", "Answer: 2", "Answer: 3"]))
    trace = stage.run(config("a", edges=[feedback("a", "a")], rounds=3))
    assert [step.text for step in trace.steps] == ["Answer: 1", "Answer: 2", "Answer: 3"]
    assert "Message from" not in "".join(stage.prompts("a"))
    assert "## Your previous answer\nAnswer: 2" in stage.prompts("a")[2]


def test_an_agent_without_new_input_keeps_its_output() -> None:
    lines = saying(plan="the plan", a=["one", "two"], b=["Answer: 1", "Answer: 2"])
    stage = Stage(lines)
    system = config(
        "plan",
        "a",
        "b",
        edges=[message("plan", "a"), message("a", "b"), feedback("b", "a")],
        rounds=2,
    )
    trace = stage.run(system)
    assert sorted(spoken(trace)) == [("a", 1), ("a", 2), ("b", 1), ("b", 2), ("plan", 1)]
    assert "the plan" in stage.prompts("a")[1]
    assert trace.answer == "2"


def test_over_two_edges_the_older_message_comes_first_and_a_standing_one_once() -> None:
    stage = Stage(saying(still="same", a=["old", "new"], b=["Answer: 1"] * 2))
    system = config(
        "still",
        "a",
        "b",
        edges=[
            *(kind(source, "b") for source in ("a", "still") for kind in (message, feedback)),
            feedback("a", "a"),
        ],
        rounds=2,
    )
    stage.run(system)
    prompt = stage.prompts("b")[1]
    assert prompt.count("same") == 1
    assert prompt.index("Message from a\nold") < prompt.index("Message from a\nnew")


def test_others_receive_the_first_text_of_the_majority() -> None:
    texts = iter(["Hm. Answer: 1", "First.\nAnswer: 2", "Second.\nAnswer: 2", "Answer: 0"])
    stage = Stage(lambda request: next(texts))
    system = SystemConfig(
        agents=[agent("many", samples=3), agent("one")], edges=[message("many", "one")]
    )
    stage.run(system)
    (prompt,) = stage.prompts("one")
    assert "First." in prompt
    assert "Second." not in prompt
    assert "Hm." not in prompt


def test_what_is_passed_on_is_cut_but_the_answer_is_read_whole() -> None:
    long = "é" * 100 + "\nAnswer: 5"
    stage = Stage(saying(a=long, b="Answer: 6"))
    system = SystemConfig(
        agents=[agent("a", max_tokens=5), agent("b")],
        edges=[message("a", "b")],
    )
    stage.run(system)
    (prompt,) = stage.prompts("b")
    assert "é" * 13 + "…\n" in prompt
    assert "é" * 14 not in prompt
    alone = Stage(saying(a=long)).run(SystemConfig(agents=[agent("a", max_tokens=5)]))
    assert alone.answer == "5"
    assert alone.steps[0].text == long


def test_silence_is_no_message() -> None:
    stage = Stage(saying(a="", b="Answer: 6"))
    stage.run(config("a", "b", edges=[message("a", "b")]))
    assert "Message from" not in stage.prompts("b")[0]


def test_half_a_character_does_not_get_through() -> None:
    stage = Stage(saying(a="so \ud800", b="Answer: 6"))
    trace = stage.run(config("a", "b", edges=[message("a", "b")]))
    trace.model_dump_json().encode()
    stage.prompts("b")[0].encode()


@pytest.mark.parametrize("branches", [1, 3])
def test_an_outage_passes_and_nothing_is_left_running(branches: int) -> None:
    names = [f"a{i}" for i in range(branches)]
    cancelled = []

    class Failing(Model):
        async def complete(self, request: Request) -> Reply:
            if who(request) == names[-1]:
                await asyncio.sleep(1)
                raise OutageError("gone") from TimeoutError("late")
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                cancelled.append(who(request))
                raise
            return Reply("Answer: 1", 1, 1, 60)

    async def run() -> int:
        system = config(*names, answer=Answer(mode="vote"))
        with pytest.raises(OutageError, match="gone") as caught:
            await run_system(system, TASK, Models({"m": Failing()}, "m"))
        assert isinstance(caught.value.__cause__, TimeoutError)
        assert asyncio.get_running_loop().time() == 1.0
        return len(asyncio.all_tasks())

    assert clock.run(run(), virtual=True) == 1
    assert sorted(cancelled) == names[:-1]


def test_an_outage_is_reported_before_what_else_went_wrong() -> None:
    class Broken(Model):
        async def complete(self, request: Request) -> Reply:
            if who(request) == "a":
                try:
                    await asyncio.sleep(5)
                finally:
                    raise OutageError("gone")
            raise LookupError("a bug")

    system = SystemConfig(
        agents=[agent("a", samples=2), agent("b", samples=2)], answer=Answer(mode="vote")
    )
    with pytest.raises(OutageError):
        asyncio.run(run_system(system, TASK, Models({"m": Broken()}, "m")))


def test_cancelling_cancels_the_calls() -> None:
    async def run() -> int:
        stage = Stage(lambda request: Reply("Answer: 1", 1, 1, 60.0))
        system = config("a", "b", answer=Answer(mode="vote"))
        work = asyncio.create_task(run_system(system, TASK, stage.models))
        await asyncio.sleep(1)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        return len(asyncio.all_tasks())

    assert clock.run(run(), virtual=True) == 1


def test_an_unknown_model_is_named() -> None:
    with pytest.raises(ConfigError, match="did you mean 'large'"):
        Stage(lambda request: "").run(SystemConfig(agents=[agent("a", model="larg")]))


def run_whatever(system: SystemConfig, say: Callable[[Request], Reply]) -> tuple[Stage, Trace]:
    stage = Stage(say)
    return stage, stage.run(system, embedder=Hashed(dimensions=32))


@pytest.mark.full
@examples(150)
@given(system_configs(tools=()), st.sampled_from(["x", "y"]))
def test_timing_changes_nothing(system: SystemConfig, latency: str) -> None:
    _, at_once = run_whatever(system, pseudorandom)
    _, later = run_whatever(system, lambda request: pseudorandom(request, latency))
    silent = [
        step.model_copy(update={"usage": step.usage.model_copy(update={"seconds": 0.0})})
        for step in later.steps
    ]
    assert tuple(silent) == at_once.steps
    concluding = [(step.round, step.agent == system.answer.by) for step in later.steps]
    assert concluding == sorted(concluding)
    assert (later.answer, later.failure, later.remark, later.rounds) == (
        *(at_once.answer, at_once.failure),
        *(at_once.remark, at_once.rounds),
    )


@pytest.mark.full
@examples(150)
@given(system_configs(tools=()), st.randoms(use_true_random=False))
def test_names_and_listing_change_nothing(system: SystemConfig, random: object) -> None:
    renamed = rename(system, random)
    assert renamed.id == system.id
    one, before = run_whatever(system, pseudorandom)
    other, after = run_whatever(renamed, pseudorandom)
    assert sorted(map(repr, one.heard)) == sorted(map(repr, other.heard))
    assert [step.text for step in before.steps] == [step.text for step in after.steps]
    assert (before.answer, before.usage) == (after.answer, after.usage)


def rename(system: SystemConfig, random: object) -> SystemConfig:
    names = [f"n{i}" for i in range(len(system.agents))]
    random.shuffle(names)
    new = {one.name: name for one, name in zip(system.agents, names, strict=True)}
    agents = [one.model_copy(update={"name": new[one.name]}) for one in system.agents]
    random.shuffle(agents)
    answer, stop = system.answer, system.stop
    return SystemConfig(
        agents=agents,
        edges=[e.model_copy(update={"source": new[e.source], "target": new[e.target]})
               for e in system.edges],
        rounds=system.rounds,
        stop=Stop(rule=stop.rule, by=new.get(stop.by)),
        answer=Answer(
            mode=answer.mode, sources=[new[n] for n in answer.sources], by=new.get(answer.by)
        ),
        delegation=system.delegation,
    )  # fmt: skip


@pytest.mark.full
@examples(150)
@given(system_configs(tools=()), st.booleans())
def test_no_two_calls_of_a_system_are_the_same_draw(system: SystemConfig, alike: bool) -> None:
    if alike:
        same = {"role": "", "prompt": "", "model": None, "demonstrations": (), "max_tokens": 9}
        same |= {"temperature": None, "top_p": None, "effort": None}
        agents = [one.model_copy(update=same) for one in system.agents]
        system = SystemConfig(**(dict(system) | {"agents": agents}))
    stage = Stage(lambda request: "Answer: same")
    for trial in range(2):
        stage.run(system, embedder=Hashed(dimensions=32), trial=trial)
    requests = [(who(r), r) for r in stage.heard]
    assert len({repr(request) for request in requests}) == len(requests)


@pytest.mark.parametrize("name", sorted(library.systems()))
def test_library_systems_work(name: str) -> None:
    stage = Stage(lambda request: "I think so.\nVerdict: approved\nAnswer: 1")
    trace = stage.run(library.system(name), embedder=Hashed())
    assert trace.answer == "1"
    assert {step.agent for step in trace.steps} <= {a.name for a in library.system(name).agents}
