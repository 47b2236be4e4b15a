from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from evolve.errors import RunError
from evolve.models.base import Embedder, Reply, Request
from evolve.models.embedders.hashed import Hashed
from evolve.runtime.bounds import worst_case
from search_spaces.config import Agent, Answer, Demonstration, SystemConfig
from tests.evolve.runtime.runtime_stage import TASK, Stage, agent, message, saying, who


def panel(mode: str, *agents: Agent, by: str | None = None) -> SystemConfig:
    extra = [agent(by)] if by else []
    return SystemConfig(agents=[*agents, *extra], answer=Answer(mode=mode, by=by))


def sampled(*texts: str) -> Stage:
    """One text for each sample."""
    return Stage(lambda request: texts[request.sample])


def test_every_sample_has_a_vote_and_equal_answers_count_together() -> None:
    trace = sampled("Answer: 7", "Answer: 1,000.0", "no idea " * 20, "Answer: 1000").run(
        panel("vote", agent("a", samples=4))
    )
    assert trace.answer == "1,000.0"


def test_ties_go_to_the_first_in_canonical_order_whatever_the_names() -> None:
    say = {"Think.": "Answer: 1", "Guess.": "Answer: 2"}
    answers = set()
    for names in (("a", "b"), ("b", "a")):
        agents = [Agent(name=n, prompt=p) for n, p in zip(names, say, strict=True)]
        stage = Stage(lambda request: say[request.messages[0].content])
        answers.add(stage.run(panel("vote", *agents)).answer)
    assert len(answers) == 1


def test_the_last_mode_takes_the_majority_of_one_source() -> None:
    stage = sampled("Answer: 1", "Answer: 2", "Answer: 2.0")
    assert stage.run(panel("last", agent("a", samples=3))).answer == "2"


def test_weights_count_in_a_weighted_vote_alone() -> None:
    agents = [agent("a", weight=3.5), agent("b"), agent("c"), agent("d")]
    lines = saying(a="Answer: 1", b="Answer: 2", c="Answer: 2", d="Answer: 2")
    assert Stage(lines).run(panel("weighted_vote", *agents)).answer == "1"
    assert Stage(lines).run(panel("vote", *agents)).answer == "2"


def test_a_judge_sees_distinct_candidates_and_picks_by_number() -> None:
    order: list[str] = []

    def judged(request: Request) -> str:
        if who(request) != "judge":
            return {"a": "Text A\nAnswer: 1", "b": "Text B\nAnswer: 2", "c": "Answer: 1.0"}[
                who(request)
            ]
        order.append(request.messages[-1].content)
        place = 1 + (order[0].index("Text B") > order[0].index("Answer: 1"))
        return f"Answer: {place}"

    stage = Stage(judged)
    trace = stage.run(panel("judge", agent("a"), agent("b"), agent("c"), by="judge"))
    assert trace.answer == "2"
    assert order[0].count("## Candidate answer") == 2
    assert TASK.text in order[0]
    assert trace.steps[-1].agent == "judge"
    assert trace.remark == ""


def test_a_vote_decides_if_the_judge_does_not() -> None:
    lines = saying(a="Answer: 1", b="Answer: 2", c="Answer: 2", judge="Answer: all of them")
    trace = Stage(lines).run(panel("judge", agent("a"), agent("b"), agent("c"), by="judge"))
    assert trace.answer == "2"
    assert "judge" in trace.remark
    assert trace.failure == ""
    assert trace.usage.calls == 4


def test_a_judge_is_not_asked_about_one_candidate() -> None:
    lines = saying(a="Answer: 1", b="Answer: 1.", judge="never asked")
    trace = Stage(lines).run(panel("judge", agent("a"), agent("b"), by="judge"))
    assert (trace.answer, trace.usage.calls) == ("1", 2)


def test_judging_samples_take_a_majority() -> None:
    picks = ["Answer: 1", "Answer: 2", "?" * 99, "Answer: 2"]

    def say(request: Request) -> str:
        return picks[request.sample] if who(request) == "judge" else f"Answer: {who(request)}"

    system = SystemConfig(
        agents=[agent("x"), agent("y"), agent("judge", samples=4)],
        answer=Answer(mode="judge", by="judge"),
    )
    stage = Stage(say)
    answer = stage.run(system).answer
    shown = stage.prompts("judge")[0]
    assert answer == ("y" if shown.index("Answer: x") < shown.index("Answer: y") else "x")


def test_a_summariser_receives_every_source_and_writes_the_answer() -> None:
    lines = saying(a="I found 3.", b="I found 4.", all="Together.\nAnswer: 7")
    stage = Stage(lines)
    trace = stage.run(panel("summarise", agent("a"), agent("b"), by="all"))
    assert trace.answer == "7"
    (prompt,) = stage.prompts("all")
    assert "## Message from a\nI found 3." in prompt
    assert "## Message from b\nI found 4." in prompt
    assert TASK.instructions in prompt


def test_a_summariser_is_shown_its_nearest_examples() -> None:
    examples = [
        Demonstration(question=question, answer="4")
        for question in ("Who was Cato?", "What is 6 times 8?", "Where is Rome?")
    ]
    one = agent("all", demonstrations=examples, nearest_examples=1)
    answer = Answer(mode="summarise", by="all", sources=["a"])
    system = SystemConfig(agents=[agent("a"), one], answer=answer)
    stage = Stage(saying(a="I found 3.", all="Answer: 7"))
    trace = stage.run(system, embedder=Hashed(dimensions=64))
    shown = [turn.content for turn in stage.heard[-1].messages if turn.role == "assistant"]
    questions = [turn.content for turn in stage.heard[-1].messages[1:-1] if turn.role == "user"]
    assert (shown, questions) == (["Answer: 4"], ["## Task\nWhat is 6 times 8?"])
    bound = worst_case(system, TASK, stage.models)
    assert trace.usage.prompt_tokens <= bound.prompt_tokens


class Directions(Embedder):
    """Looks directions up."""

    rows: dict[str, list[float]]

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float64]:
        rows = np.array([self.rows[text] for text in texts])
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_the_centroid_takes_the_response_in_the_middle() -> None:
    rows = {"Answer: 1": [1.0, 0.0], "Answer: 2": [0.8, 0.2], "Answer: 3": [0.4, 0.6]}
    rows |= {"Answer: 4": [-1.0, 0.1]}
    stage = sampled(*rows)
    trace = stage.run(panel("centroid", agent("a", samples=4)), embedder=Directions(rows=rows))
    # By hand: contributions are the cosines with the mean; the outlier's is negative and pulls the
    # weighted centroid further away from it.
    unit = np.array([np.array(row) / np.linalg.norm(row) for row in rows.values()])
    mean = unit.mean(0)
    psi = unit @ mean / np.linalg.norm(mean)
    centroid = (psi[:, None] * unit).sum(0) / psi.sum()
    nearest = int(np.argmax(unit @ centroid / np.linalg.norm(centroid)))
    assert psi[3] < 0
    assert trace.answer == str(nearest + 1) == "2"


def test_the_centroid_of_equal_answers_needs_no_embedder_but_others_do() -> None:
    same = panel("centroid", agent("a", samples=2))
    assert sampled("Answer: 1", "Answer: 1.0").run(same).answer == "1"
    with pytest.raises(RunError, match="embedder"):
        sampled("Answer: 1", "Answer: 2").run(same)


def test_the_centroid_of_wordings_is_the_common_one() -> None:
    texts = [f"It is blue.\nAnswer: {i}" for i in (1, 2)] + ["zzz\nAnswer: 3"]
    trace = sampled(*texts).run(panel("centroid", agent("a", samples=3)), embedder=Hashed())
    assert trace.answer in ("1", "2")


REFUSED = Reply("I cannot.", 5, 5, 0.1, refusal="policy 7")
CUT = Reply("First of all, we\n12", 5, 50, 0.1, truncated=True)
UNMARKED = Reply("words " * 50, 5, 50, 0.1)
EMPTY = Reply("", 5, 1, 0.1)


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        *((REFUSED, "policy 7"), (CUT, "cut off")),
        *((UNMARKED, "gives no answer"), (EMPTY, "is empty")),
    ],
)
@pytest.mark.parametrize("mode", ["last", "vote", "judge", "centroid", "summarise"])
def test_a_missing_answer_is_a_result_with_a_reason(reply: Reply, why: str, mode: str) -> None:
    by = "z" if mode in ("judge", "summarise") else None
    trace = Stage(lambda request: reply).run(panel(mode, agent("a"), by=by))
    assert trace.answer == ""
    assert why in trace.failure
    assert trace.usage.calls == (2 if mode == "summarise" and reply.text else 1)


def test_different_reasons_are_all_reported() -> None:
    replies = [REFUSED, CUT, CUT]
    trace = Stage(lambda request: replies[request.sample]).run(panel("vote", agent("a", samples=3)))
    assert trace.failure == "the model refused: policy 7; the reply was cut off before an answer"


def test_a_cut_reply_that_marks_its_answer_counts() -> None:
    reply = Reply("Answer: 12\nand that is beca", 5, 50, 0.1, truncated=True)
    assert Stage(lambda request: reply).run(panel("last", agent("a"))).answer == "12"


def test_a_refusal_only_loses_its_vote() -> None:
    replies = [REFUSED, Reply("Answer: 1", 1, 1, 0.1)]
    trace = Stage(lambda request: replies[request.sample]).run(panel("vote", agent("a", samples=2)))
    assert (trace.answer, trace.failure) == ("1", "")


def test_a_summariser_of_nothing_is_not_asked() -> None:
    def say(request: Request) -> Reply:
        return Reply("", 1, 1, 0.1, refusal="no")

    trace = Stage(say).run(panel("summarise", agent("a"), agent("b"), by="z"))
    assert trace.usage.calls == 2
    assert "refused: no" in trace.failure


def test_a_source_amid_the_work_may_be_named() -> None:
    system = SystemConfig(
        agents=[agent("draft"), agent("critic")],
        edges=[message("draft", "critic")],
        answer=Answer(mode="vote", sources=["draft", "critic"]),
    )
    trace = Stage(saying(draft="Answer: 1", critic="?" * 99)).run(system)
    assert trace.answer == "1"
