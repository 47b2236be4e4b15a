"""Operators on specialists: an agent for each domain of the tasks, behind rules on their words."""

import re
from collections.abc import Mapping
from functools import lru_cache
from random import Random

from search_spaces.config import Agent, Answer, Demonstration, SystemConfig
from search_spaces.draft import Draft
from search_spaces.edits import Edits
from search_spaces.operators.examples import COUNTS, balanced, by_domain, shuffled
from search_spaces.operators.landing import landed
from search_spaces.routes import OTHERWISE, opening, telling_phrases
from search_spaces.space import SearchSpace


def specialise(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Turns an agent that answers by itself into a specialist for each domain, behind rules."""
    counts = [count for count in COUNTS if 1 < count <= space.max_demonstrations]
    return specialists(config, space, rng, rng.choice(counts)) if counts else None


def merge_specialists(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Puts one specialist in the place of two, with examples of both."""
    routers = sorted({source for source, _ in config.arrows("route")})
    if not routers:
        return None
    router = rng.choice(routers)
    targets = [target for source, target in config.arrows("route") if source == router]
    if len(targets) < 2:
        return None
    kept, gone = rng.sample(targets, 2)
    draft = Draft.of(config)
    held = [*draft.agents[kept].demonstrations, *draft.agents[gone].demonstrations]
    held = shuffled(dict.fromkeys(held), rng)[: space.max_demonstrations]
    draft.agents[kept] = draft.agents[kept].model_copy(update={"demonstrations": tuple(held)})
    rules = [draft.conditions.get((router, name), "") for name in (kept, gone)]
    draft.conditions[router, kept] = _either(*rules)
    draft.remove(gone)
    return landed(config, draft, space)


def specialists(config: SystemConfig, space: SearchSpace, rng: Random, count: int) -> Edits | None:
    """Puts a specialist for each domain in the place of the agent of a system of one.

    Every specialist inherits the agent and is shown so many examples of its own domain.
    """
    if len(config.agents) > 1 or count > space.max_demonstrations:
        return None
    (agent,) = config.agents
    shown = {
        name: tuple(balanced(held, rng)[:count]) for name, held in by_domain(space.examples).items()
    }
    made = {
        name: agent.model_copy(update={"demonstrations": held, "nearest_examples": None})
        for name, held in shown.items()
    }
    return behind_rules(config, space, made)


def behind_rules(
    config: SystemConfig, space: SearchSpace, agents: Mapping[str, Agent]
) -> Edits | None:
    """Puts an agent for each domain in the place of all agents of a system.

    A rule on the task's words says which one works, so that routing costs no call.

    Args:
        config: The system.
        space: The space; the domains are those of its examples.
        agents: The agent of each domain.

    Returns:
        The edits; None if the space has no room for the agents, or words do not tell the domains.
    """
    rules = domain_rules(space.examples)
    if "route" not in space.edges or len(agents) + 1 not in space.agents or not rules:
        return None
    draft = Draft(agents={}, name=config.name, description=config.description)
    router = draft.add(Agent(name="router", samples=space.samples.min)).name
    for name in sorted(agents, key=lambda each: rules[each] == OTHERWISE):
        added = draft.add(agents[name].model_copy(update={"name": agent_name(name)})).name
        draft.edges.add((router, added, "route"))
        draft.conditions[router, added] = rules[name]
    draft.answer = Answer(mode="vote")
    return landed(config, draft, space)


def domain_of(text: str, rules: Mapping[str, str]) -> str:
    """The domain of a task by the rules on its words; empty if they do not tell.

    Args:
        text: The task.
        rules: The condition of each domain; see `domain_rules`.
    """
    by_words = (name for name, rule in rules.items() if opening(rule).found_in(text))
    otherwise = (name for name, rule in rules.items() if rule == OTHERWISE)
    return next(by_words, next(otherwise, ""))


def answering(config: SystemConfig, text: str) -> Agent | None:
    """The agent that answers a task by itself: the only one, or the one that rules choose.

    Args:
        config: The system.
        text: The task.

    Returns:
        The agent; None if several agents work on such a task, or it is not known which.
    """
    if len(config.agents) == 1:
        return config.agents[0]
    routers = {edge.source for edge in config.edges}
    targets = {edge.target: opening(edge.when) for edge in config.edges if edge.kind == "route"}
    if len(routers) != 1 or routers | set(targets) != {agent.name for agent in config.agents}:
        return None
    if any(each.kind not in ("task", "else") for each in targets.values()):
        return None
    opened = [name for name, each in targets.items() if each.kind == "task" and each.found_in(text)]
    opened = opened or [name for name, each in targets.items() if each.kind == "else"]
    return next((a for a in config.agents if [a.name] == opened), None)


def agent_name(domain: str) -> str:
    """An agent's name for a domain."""
    plain = "_".join(re.findall(r"[a-z0-9]+", domain.casefold()))[:30].strip("_")
    return plain if plain[:1].isalpha() else f"domain_{plain}".strip("_")


@lru_cache(maxsize=4)
def domain_rules(examples: tuple[Demonstration, ...]) -> Mapping[str, str]:
    """The condition on a task's words for each domain of the examples; empty if words do not tell.

    Finding them is costly, and they are the same in a whole search.
    """
    domains = by_domain(examples)
    questions = {name: [each.question for each in held] for name, held in domains.items()}
    phrases = telling_phrases(questions)
    if not phrases:
        return {}
    rules = {name: f"task: {', '.join(words)}" for name, words in phrases.items()}
    return rules | {name: OTHERWISE for name in domains if name not in phrases}


def _either(first: str, second: str) -> str:
    """The rule of a route that opens where either of two did; a choice where they cannot join."""
    if OTHERWISE in (first, second):
        return OTHERWISE
    (kind, _, words), (other, _, more) = first.partition(": "), second.partition(": ")
    return f"{kind}: {words}, {more}" if kind == other == "task" else ""
