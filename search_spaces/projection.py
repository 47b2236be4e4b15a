"""Fits a draft into limits, to a near working system that they allow.

A draft that already is one is not changed, so every operator may end with ``fit``.
"""

from search_spaces.config import (
    Agent,
    Answer,
    AnswerMode,
    Delegation,
    Stop,
    StopRule,
    SystemConfig,
    default_sources,
)
from search_spaces.draft import Draft
from search_spaces.graph import reaching, working_order
from search_spaces.library import role
from search_spaces.limits import MADE_BY_AN_AGENT, MAX_EXAMPLES, Limits
from search_spaces.routes import OTHERWISE, is_certain
from search_spaces.wiring import FLOW, EdgeKey, heard_along, routers

_NEAREST: dict[AnswerMode, tuple[AnswerMode, ...]] = {
    "last": ("summarise", "judge", "vote", "weighted_vote", "centroid"),
    "vote": ("weighted_vote", "centroid", "judge", "summarise", "last"),
    "weighted_vote": ("vote", "centroid", "judge", "summarise", "last"),
    "judge": ("summarise", "last", "vote", "weighted_vote", "centroid"),
    "summarise": ("judge", "last", "centroid", "vote", "weighted_vote"),
    "centroid": ("vote", "weighted_vote", "judge", "summarise", "last"),
}
_MAKERS = {"judge": "judge", "summarise": "summariser"}
_STOPS: tuple[StopRule, ...] = ("never", "consensus", "approved")


def fit(draft: Draft, limits: Limits) -> SystemConfig:
    """Turns the draft, which it changes, into a working system within the limits."""
    _fit_agents(draft, limits)
    _fit_answer(draft, limits)
    _fit_edges(draft, limits)
    _fit_number(draft, limits)
    _fit_sources(draft, limits)
    _fit_rounds(draft, limits)
    _fit_delegation(draft, limits)
    _fit_routes(draft)
    return draft.build()


def cut(text: str, characters: int) -> str:
    """The text, or as many whole sentences or else words of it as fit."""
    if len(text) <= characters:
        return text
    kept = text[:characters]
    for mark in (".", " "):
        if (place := kept.rfind(mark)) > characters // 2:
            return kept[: place + 1].strip()
    return kept.strip()


def _fit_agents(draft: Draft, limits: Limits) -> None:
    for name, agent in draft.agents.items():
        draft.agents[name] = _fit_agent(agent, limits)


def _fit_agent(agent: Agent, limits: Limits) -> Agent:
    characters, tokens = limits.prompt_characters, limits.max_tokens
    changes = {
        "role": cut(agent.role, characters) if limits.allows_role(agent.role) else "",
        "prompt": cut(agent.prompt, characters),
        "model": agent.model if agent.model in limits.models else None,
        "effort": agent.effort if agent.effort in limits.efforts else None,
        "samples": limits.samples.clamp(agent.samples),
        "temperature": agent.temperature
        if agent.temperature is None
        else limits.temperature.clamp(agent.temperature),
        "max_tokens": tokens.clamp(agent.max_tokens) if tokens and agent.max_tokens else None,
        "tools": tuple(tool for tool in agent.tools if tool in limits.tools),
        "memory": agent.memory if agent.memory in limits.memories else None,
    }
    held = tuple(each for each in agent.demonstrations if each.length <= characters)
    nearest = agent.nearest_examples
    if nearest is not None:
        nearest = min(nearest, limits.max_demonstrations) or None
    most = MAX_EXAMPLES if nearest else limits.max_demonstrations
    shown = {"demonstrations": held[:most], "nearest_examples": nearest}
    return Agent.model_validate(dict(agent) | changes | shown)


def _fit_answer(draft: Draft, limits: Limits) -> None:
    """Chooses an allowed mode, and adds or removes the agent that makes the answer."""
    mode, maker = draft.answer.mode, draft.answer.by
    if mode not in limits.answer_modes:
        mode = next(near for near in _NEAREST[mode] if near in limits.answer_modes)
    if maker not in draft.agents:
        maker = None
    sources = [name for name in draft.answer.sources if name in draft.agents and name != maker]
    if mode in MADE_BY_AN_AGENT:
        maker = maker or draft.add(_maker(mode, limits)).name
    elif maker is not None:
        sources = _dismiss(draft, maker, mode, sources)
        maker = None
    draft.answer = Answer(mode=mode, sources=tuple(sources), by=maker)


def _maker(mode: AnswerMode, limits: Limits) -> Agent:
    known = role(_MAKERS[mode])
    title = known.title if limits.allows_role(known.title) else ""
    agent = Agent(name=known.name, role=title, prompt=known.prompt)
    return _fit_agent(agent, limits)


def _dismiss(draft: Draft, maker: str, mode: AnswerMode, sources: list[str]) -> list[str]:
    """Moves or removes an agent that no longer makes the answer; returns the new sources."""
    heard = draft.sources
    if mode == "last":
        draft.edges |= {(source, maker, "message") for source in heard}
        return [maker]
    if len(draft.agents) > 1:
        draft.remove(maker)
    return sources


def _fit_edges(draft: Draft, limits: Limits) -> None:
    """Keeps the edges that the limits, the agents and acyclicity allow, in a fixed order.

    Delegate edges come first, because no other edge may touch a subordinate.
    """
    kinds = set(limits.edges) if limits.allows_feedback else set(limits.edges) - {"feedback"}
    workers = set(draft.workers)
    outward = {*draft.answer.sources, draft.stop.by}
    wanted, draft.edges = sorted(draft.edges, key=_delegates_first), set()
    for edge in wanted:
        source, target, kind = edge
        fits = kind in kinds and {source, target} <= workers and not closes_cycle(draft, edge)
        if kind == "delegate":
            fits = fits and target not in outward
        else:
            fits = fits and draft.subordinates.isdisjoint((source, target))
        if kind == "route":
            fits = fits and source not in outward
        if fits:
            draft.edges.add(edge)


def _delegates_first(edge: EdgeKey) -> tuple[bool, EdgeKey]:
    return edge[2] != "delegate", edge


def closes_cycle(draft: Draft, edge: EdgeKey) -> bool:
    """Whether the edge would close a cycle of message and route edges, or of delegate edges."""
    source, target, kind = edge
    if kind == "feedback":
        return False
    along = draft.flow if kind in FLOW else draft.arrows("delegate")
    return target in reaching([source], along)


def _fit_number(draft: Draft, limits: Limits) -> None:
    if not draft.workers:
        known = role("solver")
        title = known.title if limits.allows_role(known.title) else ""
        draft.add(_fit_agent(Agent(name="solver", role=title, prompt=known.prompt), limits))
    while len(draft.agents) > limits.agents.max:
        _drop(draft, _least_missed(draft))
    while len(draft.agents) < limits.agents.min:
        clone(draft, draft.sources[-1])


def _least_missed(draft: Draft) -> str:
    """The agent to drop first: the most upstream, but approvers late and sources last."""
    order = working_order(draft.workers, draft.flow)
    return min(order, key=lambda name: (name in draft.sources, name == draft.stop.by))


def _drop(draft: Draft, name: str) -> None:
    draft.remove(name)
    draft.answer_from(source for source in draft.answer.sources if source != name)


def clone(draft: Draft, name: str) -> str:
    """Adds a copy of an agent with the same edges; returns the name of the copy."""
    twin = draft.add(draft.agents[name]).name
    swap = {name: twin}
    draft.edges |= {
        (swap.get(source, source), swap.get(target, target), kind)
        for source, target, kind in draft.edges
        if name in (source, target)
    }
    draft.conditions |= {
        (swap.get(source, source), swap.get(target, target)): when
        for (source, target), when in draft.conditions.items()
        if name in (source, target)
    }
    sources = draft.answer.sources
    if name in sources and draft.answer.mode != "last":
        draft.answer_from([*sources, twin])
    return twin


def _fit_sources(draft: Draft, limits: Limits) -> None:
    """Ensures one source if the mode needs it, and a path from every agent to the answer."""
    if draft.answer.mode == "last" and len(draft.sources) > 1:
        _join(draft, limits)
    while lost := _lost(draft):
        ends = _ends(draft, lost)
        if len(draft.agents) > limits.agents.min:
            _drop(draft, lost[0])
        elif draft.answer.mode != "last":
            draft.answer_from([*draft.answer.sources, *ends])
        elif not _attach(draft, ends[-1], draft.sources[0], limits):
            draft.answer_from([])  # then the sinks answer, and all other agents reach one
            _join(draft, limits)


def _join(draft: Draft, limits: Limits) -> None:
    """Makes the last source in working order the only one, with edges from the others."""
    order = working_order(draft.workers, draft.flow)
    *others, main = sorted(draft.sources, key=order.index)
    draft.answer_from([main])
    for other in others:
        _attach(draft, other, main, limits)
    if default_sources(order, draft.edges) == [main]:
        draft.answer_from([])


def _attach(draft: Draft, source: str, target: str, limits: Limits) -> bool:
    """Adds a message edge, else a feedback or delegate edge; returns whether it could."""
    message: EdgeKey = (source, target, "message")
    if "message" in limits.edges and not closes_cycle(draft, message):
        draft.edges.add(message)
        return True
    if limits.allows_feedback:
        draft.edges.add((source, target, "feedback"))
    elif "delegate" in limits.edges:
        routes = {edge for edge in draft.edges if edge[2] != "delegate" and source in edge[:2]}
        draft.edges = draft.edges - routes | {(target, source, "delegate")}
        return True
    return limits.allows_feedback


def _lost(draft: Draft) -> list[str]:
    heard = reaching(draft.sources, heard_along(draft.edges))
    return [name for name in draft.workers if name not in heard]


def _ends(draft: Draft, lost: list[str]) -> list[str]:
    """Those of the lost agents that may be sources: neither subordinates nor routers.

    There is at least one: an agent that delegates to a lost subordinate, or that a lost router
    selects, is lost too.
    """
    unheard = draft.subordinates | routers(draft.edges)
    return [name for name in lost if name not in unheard]


def _fit_rounds(draft: Draft, limits: Limits) -> None:
    if limits.rounds.min > 1 and not draft.arrows("feedback"):
        source = draft.sources[0]
        draft.edges.add((source, source, "feedback"))
    if draft.arrows("feedback"):
        draft.rounds = limits.rounds.clamp(max(2, draft.rounds))
    else:
        draft.rounds = 1
    draft.stop = _fit_stop(draft, limits) if draft.rounds > 1 else Stop()


def _fit_delegation(draft: Draft, limits: Limits) -> None:
    delegates = bool(draft.arrows("delegate"))
    draft.delegation = limits.fit_delegation(draft.delegation) if delegates else Delegation()


def _fit_routes(draft: Draft) -> None:
    """Ensures that every router has a route that is open if no rule applies."""
    for router in sorted(routers(draft.edges)):
        ways = [edge for edge in sorted(draft.edges) if edge[0] == router and edge[2] == "route"]
        if not any(is_certain(draft.condition(way)) for way in ways):
            draft.conditions[ways[-1][:2]] = OTHERWISE


def _fit_stop(draft: Draft, limits: Limits) -> Stop:
    rule, by = draft.stop.rule, draft.stop.by
    if rule not in limits.stops or (rule == "approved" and by not in _approvers(draft)):
        rule = next(each for each in _STOPS if each in limits.stops)
        by = None
    if rule != "approved":
        return Stop(rule=rule)
    return Stop(rule=rule, by=by or _approvers(draft)[-1])


def _approvers(draft: Draft) -> list[str]:
    return _ends(draft, draft.workers)
