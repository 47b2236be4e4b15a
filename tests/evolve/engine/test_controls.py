"""Which controls a winner is compared with."""

from archive.controls import CONTROL
from archive.records import Candidate, Rollout, Score, Trace, Usage
from evolve.budget.ledger import Budget
from evolve.budget.list_price import ListPrice, price_list, unlisted
from evolve.engine.controls import Planned, control_candidate, main_model, plan_controls
from evolve.engine.state import SearchState
from evolve.models.price import Price
from evolve.tasks.base import Task, TaskInput
from search_spaces import library
from search_spaces.config import Agent, Answer, SystemConfig
from search_spaces.draft import Draft
from search_spaces.edits import apply
from search_spaces.label_choice import LabelChoice
from search_spaces.single import MOST_VOTES, with_votes

TASK = Task(number=0, split="validation", input=TaskInput(id="t", text="How many?"), answer="1")
SINGLE, CHAIN, VOTES, TEAM = map(
    library.system, ("single", "chain_of_thought", "self_consistency", "critic_solver")
)


def on(model: str | None, config: SystemConfig) -> SystemConfig:
    return Draft.of(config).on(model).build()


def searched(
    *systems: tuple[SystemConfig, float | None, float], list_price: ListPrice = unlisted
) -> SearchState:
    """A search of systems with their score (None: not evaluated) and cost; the first is a seed."""
    state = SearchState([TASK], Budget(evaluations=100), "usd", list_price)
    for number, (config, score, cost) in enumerate(systems):
        operator = "made" if number else "seed"
        state.add(Candidate(number=number, config=config, operator=operator))
        if score is not None:
            state.observe(_rollout(state, number, score, cost))
    return state


def _rollout(state: SearchState, candidate: int, score: float, usd: float) -> Rollout:
    return Rollout(
        decision=state.results_seen,
        position=state.results_seen,
        candidate=candidate,
        task=0,
        score=Score(value=score),
        trace=Trace(answer="1", usage=Usage(calls=1, usd=usd)),
        at=1.0,
    )


def planned(state: SearchState, winner: int, seed: int = 0) -> tuple[Planned, ...]:
    return plan_controls(state, winner, seed, "small")


def test_a_team_is_compared_with_as_many_votes_of_the_best_single_agent_as_it_costs() -> None:
    state = searched((SINGLE, 0.4, 0.01), (TEAM, 1.0, 0.045), (CHAIN, 0.9, 0.015))
    (control,) = planned(state, 1)
    assert (control.control.kind, control.control.votes) == ("single", 3)
    assert control.config == with_votes(CHAIN, 3)
    candidate = control_candidate(control, state)
    assert (candidate.number, candidate.operator) == (3, CONTROL)
    (parent,) = candidate.parents
    assert parent.candidate == 2
    assert apply(CHAIN, parent.edits).id == candidate.id


def test_costs_that_are_nearly_equal_count_as_equal() -> None:
    state = searched((SINGLE, 0.4, 0.01), (TEAM, 1.0, 0.0391))
    assert planned(state, 1)[0].control.votes == 4


def test_a_single_agent_without_a_second_vote_is_a_control_itself() -> None:
    state = searched((SINGLE, 0.4, 0.01), (TEAM, 1.0, 0.019), (CHAIN, 0.9, 0.018))
    (control,) = planned(state, 1)
    assert (control.control.votes, control.config) == (1, CHAIN)


def test_a_control_that_is_the_seed_is_left_out() -> None:
    assert planned(searched((SINGLE, 0.4, 0.01), (TEAM, 1.0, 0.019)), 1) == ()


def test_a_single_agent_that_costs_more_than_the_winner_is_no_control() -> None:
    (control,) = planned(searched((VOTES, 0.4, 0.04), (TEAM, 1.0, 0.02), (CHAIN, 0.9, 0.03)), 1)
    assert (control.control.kind, control.config) == ("single", None)


def test_a_single_agent_without_results_is_no_control() -> None:
    (control,) = planned(searched((VOTES, 0.4, 0.04), (TEAM, 1.0, 0.02), (CHAIN, None, 0.0)), 1)
    assert control.config is None


def test_votes_have_a_limit_and_cost_something() -> None:
    state = searched((SINGLE, 0.4, 1e-6), (TEAM, 1.0, 1.0))
    assert planned(state, 1)[0].control.votes == MOST_VOTES
    free = searched((TEAM, 0.4, 0.0), (on("large", TEAM), 1.0, 0.0), (SINGLE, 0.5, 0.0))
    assert planned(free, 1)[-1].control.votes == 1


def test_choices_among_labels_are_not_repeated() -> None:
    choice = LabelChoice(labels=("yes", "no"))
    agent = SINGLE.agents[0].model_copy(update={"label_choice": choice})
    chooser = SystemConfig(agents=(agent,))
    state = searched((SINGLE, 0.4, 0.01), (TEAM, 1.0, 0.05), (chooser, 0.9, 0.01))
    (control,) = planned(state, 1)
    assert (control.control.votes, control.config) == (1, chooser)
    state = searched((chooser, 0.4, 0.01), (on("large", SINGLE), 1.0, 0.05))
    assert planned(state, 1) == (), "its calibration is that of another model"


def test_a_winner_on_another_model_is_compared_with_the_best_seed_on_it() -> None:
    state = searched((SINGLE, 0.4, 0.01), (on("large", CHAIN), 1.0, 0.05))
    (control,) = planned(state, 1)
    assert (control.control.kind, control.control.model) == ("model", "large")
    assert control.config == on("large", SINGLE)
    assert control.parent == 0
    back = searched((on("large", SINGLE), 0.4, 0.01), (CHAIN, 1.0, 0.05))
    assert planned(back, 1)[0].control.model == "small", "the run's default model"


def test_votes_come_from_the_winners_model_if_a_call_costs_more_there() -> None:
    prices = {"small": Price(prompt=1, completion=1), "large": Price(prompt=4, completion=4)}
    team = on("large", TEAM)
    known = price_list(prices, "small")
    state = searched((CHAIN, 0.4, 0.01), (team, 1.0, 0.13), list_price=known)
    model, single = planned(state, 1)
    assert (model.control.kind, model.control.model) == ("model", "large")
    assert (single.control.kind, single.control.model, single.control.votes) == (
        "single",
        "large",
        3,
    )
    assert single.config == with_votes(on("large", CHAIN), 3)
    dear = searched((CHAIN, 0.4, 0.01), (team, 1.0, 0.03), list_price=known)
    assert planned(dear, 1)[-1].config == with_votes(CHAIN, 3), (
        "one call costs more than the winner"
    )
    cheaper = searched((on("large", CHAIN), 0.4, 0.04), (TEAM, 1.0, 0.09), list_price=known)
    assert planned(cheaper, 1)[-1].config == with_votes(on("large", CHAIN), 2)


def test_a_winner_that_is_the_best_seed_on_another_model_has_no_model_control() -> None:
    assert planned(searched((SINGLE, 0.4, 0.01), (on("large", SINGLE), 1.0, 0.05)), 1) == ()


def test_the_model_of_most_samples_counts() -> None:
    agents = (
        Agent(name="a", model="small", samples=2),
        Agent(name="b", model="large"),
        Agent(name="c", model="large", samples=2),
    )
    assert main_model(SystemConfig(agents=agents, answer=Answer(mode="vote"))) == "large"


def test_a_system_is_one_control_only() -> None:
    team = on("large", TEAM)
    state = searched((SINGLE, 0.4, 0.01), (team, 1.0, 0.05), (on("large", SINGLE), 0.6, 0.05))
    (control,) = planned(state, 1)
    assert control.control.kind == "model"


def test_the_best_seed_as_winner_needs_no_control() -> None:
    assert planned(searched((TEAM, 1.0, 0.05), (SINGLE, 0.4, 0.01)), 0) == ()
