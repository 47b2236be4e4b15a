"""Controls: what a winner's cost buys without a search, to be tested beside the winner.

Automatic multi-agent systems often lose to one agent at equal cost, most of all to votes of its
answers (Wang et al., "Reasoning in token economies: budget-aware evaluation of LLM reasoning
strategies", 2024). So a winner is compared with up to two systems that no search is needed for:

- the *model control*, the best seed on the winner's model, where that is another one;
- the *single-agent control*, the best single agent found, with as many votes as cost what the
  winner costs; on the winner's model, if a call costs more there, since more votes of a weaker
  model are no match for a stronger one.

Neither is bought in the search. One that the search itself has made keeps its number; another one
becomes a candidate with the operator `CONTROL`, which is never evaluated in the search and never
wins.
"""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from archive.controls import CONTROL, Control
from archive.records import Candidate, Parent
from evolve.engine.state import SearchState
from search_spaces.config import SystemConfig
from search_spaces.draft import Draft
from search_spaces.edits import diff
from search_spaces.single import MOST_VOTES, is_asked_once, with_votes

SAME_COST = 1.05
"""The ratio to the winner's mean cost up to which costs count as equal."""


class Planned(NamedTuple):
    """A control with its configuration, and the candidate that it was made from.

    Both are None if no candidate of the run fits.
    """

    control: Control
    config: SystemConfig | None = None
    parent: int | None = None


def plan_controls(
    state: SearchState, winner: int, seed: int, default_model: str
) -> tuple[Planned, ...]:
    """The controls of a winner, except those that are the winner, the seed or another control.

    Args:
        state: The search, which has ended.
        winner: The candidate to confirm.
        seed: The seed that it is compared with; none are needed if it is the winner.
        default_model: The model of agents that name none.
    """
    if winner == seed:
        return ()
    known = {state.candidates[each].id for each in (winner, seed)}
    of_seed = main_model(state.candidates[seed].config)
    planned = []
    for each in (*_model_control(state, winner, seed), *_single_control(state, winner)):
        if each.config is None:
            planned.append(each)
        elif each.config.id not in known:
            known.add(each.config.id)
            model = main_model(each.config)
            name = "" if model == of_seed else model or default_model
            control = each.control.model_copy(update={"model": name})
            planned.append(each._replace(control=control))
    return tuple(planned)


def control_candidate(planned: Planned, state: SearchState) -> Candidate:
    """A planned control as the next candidate of the search."""
    assert planned.config is not None and planned.parent is not None  # noqa: PT018
    before = state.candidates[planned.parent].config
    edits = diff(before, planned.config)
    return Candidate(
        number=len(state.candidates),
        config=planned.config,
        operator=CONTROL,
        parents=(Parent(candidate=planned.parent, edits=edits),),
        rationale="what the winner's cost buys without a search",
    )


def main_model(config: SystemConfig) -> str | None:
    """The model that most samples of a system's agents come from; None is the default one."""
    samples: Counter[str | None] = Counter()
    for agent in config.agents:
        samples[agent.model] += agent.samples
    return samples.most_common(1)[0][0]


def _model_control(state: SearchState, winner: int, seed: int) -> Iterator[Planned]:
    before = state.candidates[seed].config
    model = main_model(state.candidates[winner].config)
    if model != main_model(before) and not before.chooses_labels:
        yield Planned(Control(kind="model", candidate=None), _on(before, model), seed)


def _single_control(state: SearchState, winner: int) -> Iterator[Planned]:
    before = state.candidates[winner].config
    if is_asked_once(before):
        return
    costs, most = state.standings.cost, SAME_COST * float(state.standings.cost[winner])
    best = _best_single(state, most)
    if best is None:
        yield Planned(Control(kind="single", candidate=None))
        return
    config, cost = state.candidates[best].config, float(costs[best])
    votes = 1
    if not config.chooses_labels:  # which would choose the same every time
        moved = _on(config, main_model(before))
        times = _price_ratio(state, moved, config)
        if times >= 1 and cost * times <= most:
            config, cost = moved, cost * times
        # Of what costs nothing, any number would do.
        votes = max(1, min(MOST_VOTES, int(most / cost))) if cost > 0 else 1
    control = Control(kind="single", candidate=None, votes=votes)
    yield Planned(control, with_votes(config, votes), best)


def _best_single(state: SearchState, most: float) -> int | None:
    """The best evaluated single agent that is asked once and costs at most so much."""
    standings = state.standings
    costs, means = standings.cost, standings.mean
    fitting = [
        each.number
        for each in state.candidates
        if standings.evaluations[each.number]
        and is_asked_once(each.config)
        and costs[each.number] <= most
    ]
    return max(fitting, key=lambda number: float(means[number]), default=None)


def _on(config: SystemConfig, model: str | None) -> SystemConfig:
    return Draft.of(config).on(model).build()


def _price_ratio(state: SearchState, config: SystemConfig, other: SystemConfig) -> float:
    """How many times as much a system costs as another one, by the price list; 1 without one."""
    mine, its = state.list_price(config), state.list_price(other)
    return mine / its if mine is not None and its else 1.0
