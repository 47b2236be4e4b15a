"""Changes that a simulated designer may propose: instructions, roles, models, and more samples.

Each remedy changes a draft of a system, or leaves it unchanged where it does not apply.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final, TypeAlias

from evolve.simulator.landscape import Domain
from evolve.simulator.reader import read
from evolve.simulator.vocabulary import Feature, Role
from search_spaces.config import Agent, Answer
from search_spaces.draft import Draft

WORDS: Final[Mapping[Feature, tuple[str, ...]]] = {
    "step_by_step": (
        "Show each step of the calculation before you move on.",
        "Work through it slowly, one operation at a time.",
    ),
    "verify": (
        "When you are done, recompute the result and correct it if it is off.",
        "Double-check the result against the question before you commit to it.",
    ),
    "restate": (
        "Start by repeating the question in your own words.",
        "First note what is given and what is wanted.",
    ),
    "plan": (
        "Break the task down into parts and settle them in turn.",
        "Split the question into smaller questions and combine what you get.",
    ),
    "alternatives": (
        "Try a second approach from scratch and see whether it leads to the same place.",
        "Weigh several interpretations before you settle on one.",
    ),
    "eliminate": (
        "Go through all possible cases and rule out those that violate a condition.",
        "Strike out whatever contradicts a statement until one case is left.",
    ),
    "tabulate": (
        "Keep a table of what is known so far.",
        "Draw up a grid and fill it in as you go.",
    ),
    "spell": (
        "Take words apart letter by letter.",
        "Write each word as single characters, separated by spaces.",
    ),
    "principle": (
        "Name the underlying rule and apply it.",
        "Recall the formula that governs this kind of question.",
    ),
    "units": (
        "Convert everything to the same unit first.",
        "Carry units along in every line.",
    ),
    "format": (
        "Give the result in exactly the requested form.",
        "Mind the required format of the final line.",
    ),
    "independent": ("Judge for yourself instead of following what others say.",),
    "combine": ("Merge what the others found into one result.",),
    "elaborate": ("Explain at length and leave nothing out.",),
    "concise": ("Be brief.",),
    "hasty": ("Answer immediately.",),
}
"""Wordings of each instruction by a designer."""

LORE: Final[tuple[Feature, ...]] = (
    *("step_by_step", "step_by_step", "verify", "verify", "restate", "plan", "alternatives"),
    *("principle", "tabulate", "format", "elaborate", "concise", "hasty"),
)
"""Common advice of designers without insight; some of it does harm."""

EXPERTS: Final[Mapping[Role, str]] = {
    "arithmetic": "careful accountant",
    "logic": "expert in deduction and puzzles",
    "language": "linguist",
    "time": "expert in calendars and schedules",
    "units": "engineer who converts measurements daily",
    "critic": "meticulous examiner",
    "planner": "strategist",
    "judge": "arbiter",
    "expert": "experienced specialist",
}
"""Wordings of each role by a designer."""

_MOST_SAMPLES = 5
_LONGER = 1.1
"""The assumed factor of an instruction on the cost."""

_READING = 1.5
"""Assumed cost of an agent that reads other agents' work; one that only answers costs 1."""


@dataclass(frozen=True)
class Case:
    """A designer's information: the kind of task that fails, its knowledge, and the options."""

    focus: Domain
    knows: bool
    """Whether it knows what helps in that kind of task."""
    tried: frozenset[Feature]
    room: float
    """The allowed cost of an evaluation, as a multiple of the present one."""
    prices: Mapping[str | None, float]
    """The costs of models by name; None is the run's default."""
    most_agents: int


Remedy: TypeAlias = Callable[[Draft, Case, Random], float]
"""Changes the draft; returns the assumed factor on its cost, 0 if nothing was changed."""


def instruct(draft: Draft, case: Case, rng: Random) -> float:
    """Adds an instruction that the kind of task rewards, or common advice."""
    chosen = draft.sources if rng.random() < 0.5 else [rng.choice(draft.sources)]
    prompts = "\n".join(draft.agents[name].prompt for name in chosen)
    minded = read(prompts).features | case.tried
    if case.knows:
        rewards = {feature: gain for feature, gain in case.focus.rewards.items() if gain > 0}
    else:
        rewards = {feature: float(LORE.count(feature)) for feature in LORE}
    options = {f: gain for f, gain in rewards.items() if f in WORDS and f not in minded}
    if not options:
        return 0
    (feature,) = rng.choices(list(options), [gain**2 for gain in options.values()])
    line = rng.choice(WORDS[feature])
    for name in chosen:
        _set(draft, name, prompt=f"{draft.agents[name].prompt}\n{line}".strip())
    return _LONGER


def cast(draft: Draft, case: Case, rng: Random) -> float:
    """Gives an answering agent an expert role."""
    name = rng.choice(draft.sources)
    fitting = [role for role, gain in case.focus.roles.items() if gain > 0]
    if case.knows and fitting:
        role = EXPERTS[max(fitting, key=lambda role: case.focus.roles[role])]
    else:
        role = EXPERTS[rng.choice(sorted(EXPERTS))]
    if draft.agents[name].role == role:
        return 0
    _set(draft, name, role=role)
    return 1


def promote(draft: Draft, case: Case, rng: Random) -> float:
    """Runs an agent on the most expensive model that the cost limit allows."""
    name = rng.choice(sorted(draft.agents))
    agent = draft.agents[name]
    share = agent.samples / _calls(draft)
    now = case.prices.get(agent.model, 0)
    factors = {
        model: 1 + share * (price / now - 1)
        for model, price in case.prices.items()
        if price > now > 0
    }
    able = {model: factor for model, factor in factors.items() if factor <= case.room}
    if not able:
        return 0
    model = max(able, key=lambda model: able[model])
    _set(draft, name, model=model)
    return able[model]


def sample_more(draft: Draft, case: Case, rng: Random) -> float:
    """Draws more samples of a source, and aggregates them by vote."""
    name = rng.choice(draft.sources)
    now = draft.agents[name].samples
    samples = min(now + 2, _MOST_SAMPLES)
    factor = 1 + (samples - now) / _calls(draft)
    if samples == now or factor > case.room or (case.knows and case.focus.alike > 0.5):
        return 0
    _set(draft, name, samples=samples)
    if draft.answer.mode == "last":
        draft.answer = Answer(mode="vote", sources=tuple(draft.sources))
    return factor


def add_checker(draft: Draft, case: Case, rng: Random) -> float:
    """Adds an agent that checks a source's output and gives the answer."""
    factor = 1 + _READING / _calls(draft)
    full = len(draft.agents) >= case.most_agents or factor > case.room
    if full or (case.knows and case.focus.checkable < 0):
        return 0
    checked = rng.choice(draft.sources)
    checker = draft.add(
        Agent(
            name="checker",
            role="meticulous reviewer",
            prompt="Derive the answer by yourself, compare it with the one you are shown, and "
            "state the right one.",
        )
    ).name
    draft.edges.add((checked, checker, "message"))
    if draft.answer.sources:
        draft.answer_from({*draft.answer.sources, checker} - {checked})
    return factor


def appoint_judge(draft: Draft, case: Case, rng: Random) -> float:
    """Adds a judge of several outputs, on an equally good model."""
    several = sum(draft.agents[name].samples for name in draft.sources)
    if len(draft.agents) >= case.most_agents or several < 2 or draft.answer.by:
        return 0
    prices, calls = case.prices, _calls(draft)
    usual = prices.get(None) or 1.0
    factors = {model: 1 + _READING * price / usual / calls for model, price in prices.items()}
    able = {model: factor for model, factor in factors.items() if factor <= case.room}
    if not able:
        return 0
    model = max(able, key=lambda model: able[model])
    sources = tuple(draft.sources)
    prompt = "Check every candidate and choose the soundest."
    judge = draft.add(Agent(name="judge", role="judge", prompt=prompt, model=model)).name
    draft.answer = Answer(mode="judge", sources=sources, by=judge)
    return able[model]


def save(draft: Draft, case: Case, rng: Random) -> float:
    """Makes a system cheaper: fewer samples, else a cheaper model."""
    name = rng.choice(sorted(draft.agents))
    agent = draft.agents[name]
    if case.room >= 1:
        return 0
    if agent.samples > 1:
        _set(draft, name, samples=agent.samples - 1)
        return 1 - 1 / (_calls(draft) + 1)
    cheapest = min(case.prices, key=lambda model: case.prices[model], default=agent.model)
    if cheapest == agent.model:
        return 0
    _set(draft, name, model=cheapest)
    return 1


REMEDIES: Final[Sequence[tuple[Remedy, float, float]]] = (
    (save, 10.0, 10.0),
    (instruct, 5.0, 3.0),
    (cast, 1.5, 1.5),
    (promote, 2.5, 1.5),
    (sample_more, 1.0, 1.5),
    (add_checker, 0.7, 1.5),
    (appoint_judge, 0.7, 1.0),
)
"""Every remedy with its odds for a designer with insight, and for one without."""


def remedied(draft: Draft, case: Case, rng: Random, changes: int = 1) -> None:
    """Applies remedies in random order, within the cost limit."""
    for _ in range(changes):
        weights = {
            remedy: knowing if case.knows else guessing for remedy, knowing, guessing in REMEDIES
        }
        while weights:
            (remedy,) = rng.choices(list(weights), list(weights.values()))
            del weights[remedy]
            if factor := remedy(draft, case, rng):
                case = replace(case, room=case.room / factor)
                break


def _calls(draft: Draft) -> int:
    """The number of replies in a round."""
    return sum(agent.samples for agent in draft.agents.values())


def _set(draft: Draft, name: str, **fields: object) -> None:
    draft.agents[name] = draft.agents[name].model_copy(update=fields)
