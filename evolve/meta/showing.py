"""A search in words for the meta-agent: a system, its standing, the objective and the limits."""

from collections.abc import Iterator, Sequence

from archive.records import Candidate, CostUnit, Standing
from evolve.models.base import Models
from evolve.prompts.quoting import fenced
from evolve.standings.objective import Objective
from evolve.standings.view import ArchiveView
from search_spaces.limits import Limits
from search_spaces.text import shown
from search_spaces.yaml_text import write_system


def system_in_words(view: ArchiveView, candidate: Candidate, limit: int) -> str:
    """A candidate as a system file without defaults, under what is believed about it."""
    standing = standing_in_words(view.standing(candidate.number), view.objective.unit)
    title = f"Candidate {candidate.number}. {standing}"
    config = candidate.config.model_copy(
        update={"name": shown(candidate.config.name), "description": ""}
    )
    return f"{title}\n\n{fenced(write_system(config), limit - len(title.encode()) - 2, 'yaml')}"


def standing_in_words(standing: Standing, unit: CostUnit) -> str:
    """What is believed about a candidate, with its interval."""
    if not standing.evaluations:
        return "It has not been evaluated yet."
    low, high = standing.interval
    cost = "unknown cost" if standing.cost is None else _cost(standing.cost, unit)
    return (
        f"Score {standing.mean:.3f} (95 % interval {low:.3f} to {high:.3f}) "
        f"from {standing.evaluations} evaluations, {cost} per evaluation."
    )


def objective_in_words(view: ArchiveView) -> str:
    """What is searched for, and how good the best system is so far."""
    objective, lines = view.objective, ["Find the system with the highest mean score (0 to 1)."]
    if objective.cost_at_most is not None:
        most = _cost(objective.cost_at_most, objective.unit)
        lines.append(f"An evaluation may cost {most} on average at most.")
    lines.append(f"Of systems within {objective.epsilon:g} of each other the cheaper one wins.")
    best = _best(view, objective)
    if best is not None:
        believed = standing_in_words(best, objective.unit)
        lines.append(f"The best so far is candidate {best.candidate}: {believed}")
    return "\n".join(lines)


def best_in_words(view: ArchiveView, but: Candidate | None, count: int) -> Iterator[str]:
    """The best systems found so far, perhaps but one, each with what is believed about it."""
    others = [each for each in view.evaluated if but is None or each.number != but.number]
    for each in sorted(others, key=lambda other: -view.mean[other.number])[:count]:
        config = each.config.model_copy(update={"name": "", "description": ""})
        believed = standing_in_words(view.standing(each.number), view.objective.unit)
        yield f"Candidate {each.number}. {believed}\n{write_system(config)}"


def limits_in_words(space: Limits, models: Models, only: Sequence[str] = ()) -> Iterator[str]:
    """What the space allows, one line each, the most important first."""
    if only:
        yield f"- kinds of edits: {', '.join(only)}, and no others"
    prices = [_price(name, models) for name in (None, *space.models)]
    for name, price in zip((None, *space.models), prices, strict=True):
        told = f": {price or 'price unknown'}" if any(prices) else ""
        yield f"- model {_named(name)}{told}"
    yield f"- agents: {space.agents}; samples of each: {space.samples}; rounds: {space.rounds}"
    yield f"- temperature: {space.temperature}, or null for the model's own"
    if space.max_tokens is not None:
        yield f"- max_tokens: {space.max_tokens}, or null for the default"
    if space.efforts:
        yield f"- effort: {', '.join(space.efforts)}, or null for the default"
    if space.tools:
        yield f"- tools, for the `tools` of agents that should use them: {', '.join(space.tools)}"
    yield f"- edges: {', '.join(space.edges) or 'none'}"
    if "delegate" in space.edges:
        turns, calls = space.delegation_turns, space.delegation_calls
        yield f"- delegation: turns {turns}, calls {calls}; subordinates have no other edges"
    if "route" in space.edges:
        yield "- `when` of a route: 'task: words', 'output: words', 'else', or '': it chooses"
    if space.memories:
        yield f"- memory: {', '.join(space.memories)}, or null for none"
    yield f"- answer modes: {', '.join(space.answer_modes)}"
    if space.allows_feedback:
        yield f"- stop rules: {', '.join(space.stops)}"
    titles = ", ".join(role.title for role in space.role_options)
    yield f"- roles: {f'any, such as {titles}' if space.roles is None else titles or 'none'}"
    yield f"- each role, prompt and demonstration: {space.prompt_characters} characters"
    yield f"- demonstrations of each agent: {space.max_demonstrations}"


def _best(view: ArchiveView, objective: Objective) -> Standing | None:
    return objective.best([view.standing(each.number) for each in view.evaluated])


def _cost(amount: float, unit: CostUnit) -> str:
    return f"${amount:.6f}" if unit == "usd" else f"{amount:.1f} {unit}"


def _named(name: str | None) -> str:
    return "null, the run's default" if name is None else shown(name)


def _price(name: str | None, models: Models) -> str:
    price = models[name].price if name is None or name in models.names else None
    if price is None:
        return ""
    return f"${price.prompt:g} for a million prompt tokens, ${price.completion:g} for completion"
