"""The meta-agent's prompts, their size, and the checks of replies."""

import json
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolve.meta import headings
from evolve.meta.assignments import Assignment, Kind, assign
from evolve.standings.view import ArchiveView, Example
from search_spaces.config import Agent, SystemConfig
from search_spaces.errors import ConfigError
from search_spaces.space import SearchSpace
from tests.evolve.meta.meta_stage import edits, example, models, prompt_of, seen
from tests.strategies import examples, search_spaces, system_configs

KINDS: tuple[Kind, ...] = ("edits", "crossover", "whole")


def assigned(
    view: ArchiveView,
    kind: Kind = "edits",
    failures: int = 4,
    prompt_bytes: int = 24_000,
    parent: int = 0,
) -> Assignment:
    return assign(
        kind,
        view,
        models(),
        view.candidates[parent],
        view.candidates[-1] if kind == "crossover" else None,
        Random(1),
        failures=failures,
        prompt_bytes=prompt_bytes,
    )


def payload(assignment: Assignment) -> str:
    return assignment.messages[-1].content


def section(assignment: Assignment, heading: str) -> str:
    return payload(assignment).split(f"{heading}\n")[1].split("\n## ")[0]


def view_with(*given: Example) -> ArchiveView:
    return seen(examples=lambda candidate: given if candidate == 0 else ())


def test_it_is_shown_the_system_and_its_standing() -> None:
    text = section(assigned(seen()), headings.SYSTEM)
    assert "Score 0.500 (95 % interval 0.461 to 0.539) from 40 evaluations, $0.001000" in text
    assert "prompt: Solve it." in text


def test_it_is_shown_the_objective_and_the_best_within_it() -> None:
    text = section(assigned(seen()), headings.OBJECTIVE)
    assert "may cost $0.010000" in text
    # Candidate 4 scores best and is too costly.
    assert "The best so far is candidate 2" in text


def test_it_is_shown_failures_with_feedback_and_traces() -> None:
    wrong = example(outputs=("I guess.\nAnswer: 18",))
    right = example("What is 2 + 2?", value=1.0, outputs=("Answer: 4",), feedback="correct")
    assignment = assigned(view_with(wrong, right))
    failed = section(assignment, headings.FAILED)
    for phrase in (
        "three spiders",
        "expected '24', got '18'",
        "solver, round 1: I guess.",
        "count",
    ):
        assert phrase in failed
    assert "2 + 2" not in failed
    assert "2 + 2" in section(assignment, headings.SOLVED)


def test_at_most_so_many_failures_are_shown() -> None:
    many = [example(f"Question {n}?") for n in range(9)]
    assert section(assigned(view_with(*many), failures=3), headings.FAILED).count("Question") == 3
    assert "None" in section(assigned(view_with(*many), failures=0), headings.FAILED)


def test_scores_by_kind_of_task_begin_with_the_worst() -> None:
    given = [example(domain="logic"), example(value=1.0, domain="sums"), example(domain="sums")]
    lines = section(assigned(view_with(*given)), headings.DOMAINS).strip().splitlines()
    assert lines == ["```", "- logic: 0.00 on 1 tasks", "- sums: 0.50 on 2 tasks", "```"]


def test_it_is_shown_what_was_tried_and_what_it_did() -> None:
    tried = section(assigned(seen()), headings.TRIED)
    assert "- solver: prompt + 'Guess.': score -0.200 ± 0.028" in tried
    assert "- solver: role — → 'mathematician': score +0.200 ± 0.028" in tried
    assert "- solver: temperature default → 0.20: not known yet" in tried.replace("0.2:", "0.20:")


def test_the_prompt_shows_the_history_of_the_system() -> None:
    lineage = section(assigned(seen(), parent=4), headings.LINEAGE)
    assert lineage.index("2 → 4: solver: prompt + 'Check it.'") < lineage.index("0 → 2: solver")
    assert "a seed of the search" in section(assigned(seen()), headings.LINEAGE)


def test_it_is_shown_what_helped_elsewhere() -> None:
    elsewhere = section(assigned(seen(), parent=1), headings.ELSEWHERE)
    assert "prompt + 'Check it.': score +0.100 ± 0.028" in elsewhere
    assert "mathematician" in elsewhere
    assert "Guess" not in elsewhere
    assert "mathematician" not in section(assigned(seen()), headings.ELSEWHERE)


def test_the_prompt_shows_the_limits_with_prices() -> None:
    limits = section(assigned(seen()), headings.LIMITS)
    assert "- model large: $1 for a million prompt tokens, $4 for completion" in limits
    assert "- agents: 1 to 3; samples of each: 1 to 5; rounds: 1 to 3" in limits
    assert "500 characters" in limits


def test_a_crossover_shows_both_systems() -> None:
    assignment = assigned(seen(), "crossover")
    assert "Check it." in section(assignment, headings.OTHER)
    assert "Check it." not in section(assignment, headings.SYSTEM)


long = st.integers(0, 4000).map(lambda size: "```\n## Limits\nignore é " * (size // 20))


@pytest.mark.full
@given(
    config=system_configs(),
    space=search_spaces(),
    texts=st.lists(long, min_size=1, max_size=5),
    kind=st.sampled_from(KINDS),
    prompt_bytes=st.sampled_from([10_000, 24_000]),
)
@examples(60)
def test_a_prompt_keeps_its_size_whatever_is_in_it(
    config: SystemConfig, space: SearchSpace, texts: list[str], kind: Kind, prompt_bytes: int
) -> None:
    agents = [
        agent.model_copy(update={"prompt": texts[0], "role": texts[-1]}) for agent in config.agents
    ]
    large = config.model_copy(update={"agents": tuple(agents), "name": texts[0]})
    given = [example(t, outputs=[t] * 9, domain=t, feedback=t) for t in texts]
    view = seen(space.model_copy(update={"models": ()}), lambda candidate: given)
    candidates = [each.model_copy(update={"config": large}) for each in view.candidates]
    view = replace(view, candidates=tuple(candidates))
    assignment = assigned(view, kind, prompt_bytes=prompt_bytes)
    size = sum(len(message.content.encode()) for message in assignment.messages)
    assert size <= prompt_bytes
    assert headings.ASSIGNMENT in payload(assignment)
    assert payload(assignment).endswith("}")


def test_a_good_reply_makes_a_child() -> None:
    child = assigned(seen()).read(edits(prompt_of("Solve it.\nRead twice."), rationale="hasty"))
    assert child.rationale == "hasty"
    assert child.config.agent("solver").prompt.endswith("Read twice.")


@pytest.mark.parametrize(
    ("reply", "expected_message"),
    [
        (edits(prompt_of("x", agent="boss")), "edit 1 .set_prompt.: there is no agent 'boss'"),
        (edits(prompt_of("x" * 501)), "prompt of 501 characters; allowed: 500"),
        (edits({"edit": "set_model", "agent": "solver", "model": "gpt-9"}), "model 'gpt-9'"),
        (edits(), "this changes nothing"),
        (edits(prompt_of("Solve it.")), "this changes nothing"),
        (edits(prompt_of("Solve it.\nGuess.")), "candidate 1 again, believed to score 0.300"),
        (edits({"edit": "remove_agent", "agent": "solver"}), "agents"),
        (
            edits({"edit": "add_edge", "source": "solver", "target": "solver", "kind": "message"}),
            "cycle",
        ),
        (edits(prompt_of("x" * 150_000)), "150000 characters"),
    ],
)
def test_a_reply_that_does_not_hold_gets_a_reason(reply: str, expected_message: str) -> None:
    with pytest.raises(ConfigError, match=expected_message):
        assigned(seen()).read(reply)


def test_a_proposal_may_not_quote_the_tasks_it_is_compared_on() -> None:
    task = "A farmer has 17 sheep and sells 9 of them to a neighbour. How many are left?"
    assignment = assigned(view_with(example(task)))
    with pytest.raises(ConfigError, match="it quotes a task"):
        assignment.read(edits(prompt_of(f"Solve it. Example:  {task} Answer: 8")))
    shown = {"edit": "set_demonstrations", "agent": "solver"}
    shown["demonstrations"] = [{"question": task, "answer": "8"}]  # type: ignore[assignment]
    with pytest.raises(ConfigError, match="it quotes a task"):
        assignment.read(edits(shown))
    seed = SystemConfig(agents=(Agent(name="solver", prompt=f"As in: {task}"),))
    view = seen(examples=lambda candidate: (example(task),), seed=seed)
    assigned(view).read(edits(prompt_of(f"As in: {task} Check it.")))


def test_a_whole_system_is_read_with_the_edits_that_lead_to_it() -> None:
    system = {
        "name": "pair",
        "agents": [{"name": "solver", "prompt": "Solve it."}, {"name": "second", "prompt": "Too."}],
        "edges": [{"source": "solver", "target": "second", "kind": "message"}],
    }
    reply = json.dumps({"rationale": "two", "system": system})
    child = assigned(seen(), "whole").read(reply)
    assert {edit.edit for edit in child.edits} == {"add_agent", "add_edge", "set_label"}
    with pytest.raises(ConfigError, match="keys 'rationale' and 'system'"):
        assigned(seen(), "whole").read(edits(prompt_of("x")))


def test_equal_chances_give_equal_prompts() -> None:
    given = [example(f"Question {n}?") for n in range(9)]
    assert payload(assigned(view_with(*given))) == payload(assigned(view_with(*given)))
