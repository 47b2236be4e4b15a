"""Which parts of a system differ."""

import pytest

from search_spaces.config import Agent, Answer, Demonstration, Edge, SystemConfig
from search_spaces.parts import Part, changed_parts

SOLVER = Agent(name="solver", prompt="Solve it.")
CRITIC = Agent(name="critic", prompt="Find faults.")
EXAMPLE = Demonstration(question="1 + 1?", answer="2")


def single(**changes: object) -> SystemConfig:
    return SystemConfig(agents=(SOLVER.model_copy(update=changes),))


TEAM = SystemConfig(agents=(SOLVER, CRITIC), edges=(Edge(source="solver", target="critic"),))


@pytest.mark.parametrize(
    ("after", "parts"),
    [
        (single(), ()),
        (single(name="writer"), ()),
        (single(model="large"), ("model",)),
        (single(prompt="Solve it step by step."), ("wording",)),
        (single(name="writer", role="writer"), ("wording",)),
        (single(demonstrations=(EXAMPLE,)), ("examples",)),
        (single(temperature=0.2), ("sampling",)),
        (single(tools=("calculator",)), ("tools",)),
        (single(memory="own"), ("memory",)),
        (SystemConfig(agents=single(samples=5).agents, answer=Answer(mode="vote")), ("votes",)),
        (TEAM, ("topology",)),
        (
            SystemConfig(
                agents=(SOLVER, CRITIC.model_copy(update={"model": "large"})), edges=TEAM.edges
            ),
            ("model", "topology"),
        ),
    ],
)
def test_parts_that_differ_from_a_single_agent(
    after: SystemConfig, parts: tuple[Part, ...]
) -> None:
    assert changed_parts(single(), after) == parts
    assert changed_parts(after, single()) == parts


def test_agents_of_the_same_name_are_compared() -> None:
    other = SystemConfig(
        agents=(SOLVER, CRITIC.model_copy(update={"prompt": "Approve it."})), edges=TEAM.edges
    )
    assert changed_parts(TEAM, other) == ("wording",)


def test_other_edges_are_another_topology() -> None:
    apart = SystemConfig(agents=(SOLVER, CRITIC), answer=Answer(mode="vote"))
    assert changed_parts(TEAM, apart) == ("topology",)
