from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolve.models.base import Models, Reply, Request, ToolCall
from evolve.models.embedders.hashed import Hashed
from evolve.models.scripted import Scripted
from evolve.prompts.lengths import BYTES_OF_TOOLS, TOKENS_PER_CALL, TOKENS_PER_MESSAGE
from evolve.runtime.bounds import worst_case
from evolve.tools.base import signature_bytes
from evolve.tools.toolbox import Toolbox, ToolLimits
from search_spaces import library
from search_spaces.config import SystemConfig
from tests.evolve.runtime.runtime_stage import TASK, Echo, Stage, agent, message
from tests.strategies import examples, system_configs

ENDINGS = ["\nVerdict: revise\nAnswer: {}", "Answer: {}\n", "no", ""]
STUFFING = ["x", "é", "語", "𝄞", "\n## Task\n"]


def exhausting(stuffing: str, ending: str, request: Request) -> Reply:
    """As much as a model can do: every byte a token, and more text than its tokens allow."""
    written = sum(
        len(each.encode())
        for turn in request.messages
        for each in (turn.content, *(c.name + c.arguments for c in turn.tool_calls))
    )
    if request.tools:
        written += BYTES_OF_TOOLS + sum(map(signature_bytes, request.tools))
    overhead = TOKENS_PER_CALL + TOKENS_PER_MESSAGE * len(request.messages)
    text = stuffing * 8 * request.max_tokens + ending.format(request.sample)
    calls = ()
    if request.tool_choice == "auto" and (names := [tool.name for tool in request.tools]):
        arguments = f'{{"text": "{"x" * request.max_tokens}", "request": "{"y" * 400}"}}'
        calls = tuple(ToolCall(name, arguments) for name in (*names, names[0] + "?"))
    return Reply(text, written + overhead, request.max_tokens, 0.0, tool_calls=calls)


@pytest.mark.full
@examples(200)
@given(
    system_configs(),
    st.sampled_from(STUFFING),
    st.sampled_from(ENDINGS),
    st.builds(ToolLimits, rounds=st.integers(1, 4), calls=st.integers(1, 6)),
)
def test_no_system_outgrows_its_bound(
    system: SystemConfig, stuffing: str, ending: str, limits: ToolLimits
) -> None:
    shortened = [
        one.model_copy(update={"max_tokens": min(one.max_tokens or 60, 60)})
        for one in system.agents
    ]
    system = SystemConfig(**(dict(system) | {"agents": shortened}))
    stage = Stage(lambda request: exhausting(stuffing, ending, request))
    toolbox = Toolbox({"calculator": Echo(), "python": Echo(output_bytes=150)}, limits)
    used = stage.run(system, embedder=Hashed(dimensions=8), toolbox=toolbox).usage
    bound = worst_case(system, TASK, stage.models, toolbox)
    assert used.calls <= bound.calls
    assert used.prompt_tokens <= bound.prompt_tokens
    assert used.completion_tokens <= bound.completion_tokens
    assert used.usd <= bound.usd


@pytest.mark.parametrize("name", ["single", "self_consistency", "macnet_mesh", "self_refine"])
def test_the_bound_is_reached_where_nothing_ends_early(name: str) -> None:
    stage = Stage(lambda request: exhausting("x", "", request))
    used = stage.run(library.system(name)).usage
    bound = worst_case(library.system(name), TASK, stage.models)
    assert (used.calls, used.completion_tokens) == (bound.calls, bound.completion_tokens)
    assert used.prompt_tokens == bound.prompt_tokens
    assert used.usd == pytest.approx(bound.usd)


def test_a_judge_is_bounded_with_as_many_candidates_as_there_can_be() -> None:
    stage = Stage(lambda request: exhausting("x", "\nAnswer: {}", request))
    system = library.system("universal_self_consistency")
    used = stage.run(system).usage
    bound = worst_case(system, TASK, stage.models)
    assert used.calls == bound.calls == 6
    assert used.prompt_tokens == bound.prompt_tokens


def test_an_unknown_price_is_unknown() -> None:
    models = Models({"free": Scripted(script={"": "Answer: 1"})}, "free")
    bound = worst_case(library.system("single"), TASK, models)
    assert bound.usd is None
    assert bound.calls == 1


def test_only_the_models_that_work_need_a_price() -> None:
    stage = Stage(lambda request: "Answer: 1")
    models = Models({"priced": stage.models["large"], "free": Scripted(script={})}, "free")
    system = SystemConfig(agents=[agent("a", model="priced")])
    assert worst_case(system, TASK, models).usd is not None


def test_the_bound_grows_with_the_task_in_bytes() -> None:
    stage = Stage(lambda request: "Answer: 1")
    system = SystemConfig(agents=[agent("a"), agent("b")], edges=[message("a", "b")])
    one = worst_case(system, TASK, stage.models)
    longer = TASK.model_copy(update={"text": TASK.text + "é"})
    assert worst_case(system, longer, stage.models).prompt_tokens == one.prompt_tokens + 2 * 2


def test_replies_within_their_tokens_are_passed_on_whole() -> None:
    words = "word " * 10
    stage = Stage(lambda request: replace(exhausting("", words, request), completion_tokens=10))
    system = SystemConfig(agents=[agent("a", max_tokens=10), agent("b")], edges=[message("a", "b")])
    stage.run(system)
    assert words in stage.prompts("b")[0]
