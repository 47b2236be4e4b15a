from search_spaces.config import Agent, Answer, Edge, SystemConfig
from search_spaces.operators.specialists import answering


def routed(*whens: str) -> SystemConfig:
    names = [f"expert_{number}" for number in range(len(whens))]
    return SystemConfig(
        agents=[Agent(name="router"), *(Agent(name=name) for name in names)],
        edges=[
            Edge(source="router", target=name, kind="route", when=when)
            for name, when in zip(names, whens, strict=True)
        ],
        answer=Answer(mode="vote"),
    )


def name_of(agent: Agent | None) -> str | None:
    return agent.name if agent else None


def test_the_agent_is_known_that_answers_a_task_by_itself() -> None:
    config = routed("task: sum", "else")
    assert name_of(answering(config, "a sum of two")) == "expert_0"
    assert name_of(answering(config, "a town")) == "expert_1"
    assert name_of(answering(SystemConfig(agents=[Agent(name="one")]), "any")) == "one"


def test_it_is_unknown_where_several_work_or_a_model_chooses() -> None:
    assert answering(routed("task: sum", "task: two", "else"), "a sum of two") is None
    assert answering(routed("", "else"), "a town") is None
    pair = SystemConfig(
        agents=[Agent(name="a"), Agent(name="b")], edges=[Edge(source="a", target="b")]
    )
    assert answering(pair, "any") is None
