"""Operators on worked examples: which ones an agent is shown, how many, and in which order.

The examples come from `SearchSpace.examples`: the run file's own and those of training tasks.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from random import Random

from search_spaces.config import Agent, Demonstration, SystemConfig
from search_spaces.edits import Edits
from search_spaces.operators.landing import changed
from search_spaces.space import SearchSpace

COUNTS = (1, 2, 4, 6, 8, 12, 16)
"""How many examples a new set has; small sets and large ones are equally likely."""

NEAREST = (2, 3, 4, 6, 8)
"""How many of many examples an agent is shown for each task."""


def show_examples(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Shows an agent a new set of examples: of all domains in turn, of one, or at random."""
    agent = rng.choice(config.agents)
    counts = [count for count in COUNTS if count <= space.max_demonstrations]
    if not counts or not space.examples:
        return None
    ways = [lambda: shuffled(space.examples, rng), lambda: balanced(space.examples, rng)]
    if len(domains := by_domain(space.examples)) > 1:
        ways.append(lambda: shuffled(domains[rng.choice(sorted(domains))], rng))
    chosen = rng.choice(ways)()[: rng.choice(counts)]
    return _shown(config, agent, space, chosen, None)


def show_nearest_examples(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Shows an agent, of all examples, those that are most like the task at hand."""
    agent = rng.choice(config.agents)
    counts = [count for count in NEAREST if count <= space.max_demonstrations]
    counts = [count for count in counts if count != agent.nearest_examples]
    if not counts or len(space.examples) <= min(counts):
        return None
    held = agent.demonstrations if agent.nearest_examples else balanced(space.examples, rng)
    return _shown(config, agent, space, held, rng.choice(counts))


def add_example(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Shows an agent one more example."""

    def add(held: list[Demonstration]) -> bool:
        unused = [each for each in space.examples if each not in held]
        if unused:
            held.insert(rng.randint(0, len(held)), rng.choice(unused))
        return bool(unused)

    return _edited(config, space, rng, 0, add)


def drop_example(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Shows an agent one example less."""

    def drop(held: list[Demonstration]) -> bool:
        del held[rng.randrange(len(held))]
        return True

    return _edited(config, space, rng, 1, drop)


def swap_example(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Shows an agent another example in the place of one, of the same domain if there is one."""

    def swap(held: list[Demonstration]) -> bool:
        place = rng.randrange(len(held))
        unused = [each for each in space.examples if each not in held]
        alike = [each for each in unused if each.domain == held[place].domain]
        if unused:
            held[place] = rng.choice(alike or unused)
        return bool(unused)

    return _edited(config, space, rng, 1, swap)


def reorder_examples(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Shows an agent its examples in another order."""

    def reorder(held: list[Demonstration]) -> bool:
        rng.shuffle(held)
        return True

    return _edited(config, space, rng, 2, reorder)


def few_shot(config: SystemConfig, space: SearchSpace, rng: Random, count: int) -> Edits | None:
    """Shows the agent of a system of one so many examples, domains and answers evenly."""
    chosen = balanced(space.examples, rng)[: min(count, space.max_demonstrations)]
    return _shown(config, config.agents[0], space, chosen, None)


def nearest_shot(config: SystemConfig, space: SearchSpace, rng: Random, count: int) -> Edits | None:
    """Shows the agent of a system of one, of all examples, so many that are most like the task."""
    if len(space.examples) <= count or count > space.max_demonstrations:
        return None
    return _shown(config, config.agents[0], space, balanced(space.examples, rng), count)


def balanced(examples: Iterable[Demonstration], rng: Random) -> list[Demonstration]:
    """All examples in an order of which every prefix holds domains, and answers within, evenly."""
    groups: dict[str, dict[str, list[Demonstration]]] = defaultdict(lambda: defaultdict(list))
    for each in shuffled(examples, rng):
        groups[each.domain][each.answer].append(each)
    return _in_turn([_in_turn(list(answers.values())) for answers in groups.values()])


def by_domain(examples: Iterable[Demonstration]) -> dict[str, list[Demonstration]]:
    """The examples of each domain; empty where there are fewer than two domains."""
    found: dict[str, list[Demonstration]] = defaultdict(list)
    for each in examples:
        if each.domain:
            found[each.domain].append(each)
    return dict(found) if len(found) > 1 else {}


def shuffled(examples: Iterable[Demonstration], rng: Random) -> list[Demonstration]:
    """The examples in random order."""
    drawn = list(examples)
    rng.shuffle(drawn)
    return drawn


def _edited(
    config: SystemConfig,
    space: SearchSpace,
    rng: Random,
    least: int,
    change: Callable[[list[Demonstration]], bool],
) -> Edits | None:
    """Changes the examples of a random agent that has at least so many; None if that fails."""
    agents = [agent for agent in config.agents if len(agent.demonstrations) >= least]
    if not agents:
        return None
    agent = rng.choice(agents)
    held = list(agent.demonstrations)
    if not change(held):
        return None
    return _shown(config, agent, space, held, agent.nearest_examples if held else None)


def _in_turn(groups: Sequence[list[Demonstration]]) -> list[Demonstration]:
    """The first of every group, then the second of every group, and so on."""
    longest = max(map(len, groups), default=0)
    return [group[place] for place in range(longest) for group in groups if place < len(group)]


def _shown(
    config: SystemConfig,
    agent: Agent,
    space: SearchSpace,
    examples: Iterable[Demonstration],
    nearest: int | None,
) -> Edits | None:
    fields = {"demonstrations": tuple(examples), "nearest_examples": nearest}
    return changed(config, agent.name, space, **fields)
