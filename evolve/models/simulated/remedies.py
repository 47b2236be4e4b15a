"""What a designer of systems may try: instructions in its own words, roles, models, and more work.

Each remedy changes a draft of a system, or leaves it alone where it has nothing to offer there.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final, TypeAlias

from evolve.models.simulated.landscape import Domain
from evolve.models.simulated.reader import read
from evolve.models.simulated.vocabulary import Feature, Role
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
"""How a designer words an instruction."""

LORE: Final[tuple[Feature, ...]] = (
    *("step_by_step", "step_by_step", "verify", "verify", "restate", "plan", "alternatives"),
    *("principle", "tabulate", "format", "elaborate", "concise", "hasty"),
)
"""What designers advise who do not know better; some of it does harm."""

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
"""How a designer words a role."""

_MOST_SAMPLES = 5
_LONGER = 1.1
"""What an instruction is taken to multiply the cost by."""

_READING = 1.5
"""What one who reads others' work is taken to cost, where one who only answers costs 1."""


@dataclass(frozen=True)
class Case:
    """What a designer goes by: the kind of task that fails, what it knows, and what there is."""

    focus: Domain
    knows: bool
    """Whether it knows what helps in that kind of task, or guesses."""
    tried: frozenset[Feature]
    room: float
    """How many times its present cost an evaluation may cost."""
    prices: Mapping[str | None, float]
    """What models cost, by name; None is the run's default."""
    most_agents: int


Remedy: TypeAlias = Callable[[Draft, Case, Random], float]
"""Changes the draft; returns what it takes the cost to be multiplied by, 0 where it did nothing."""


def instruct(draft: Draft, case: Case, rng: Random) -> float:
    """Tells those who answer to do what their kind of task rewards, or what is commonly advised."""
    told = draft.sources if rng.random() < 0.5 else [rng.choice(draft.sources)]
    prompts = "\n".join(draft.agents[name].prompt for name in told)
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
    for name in told:
        _set(draft, name, prompt=f"{draft.agents[name].prompt}\n{line}".strip())
    return _LONGER


def cast(draft: Draft, case: Case, rng: Random) -> float:
    """Makes somebody who answers an expert."""
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
    """Runs somebody on the dearest model that the cost leaves room for."""
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
    """Asks a source more often, and lets the outputs vote."""
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
    """Lets somebody check a source's output and answer in its place."""
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
    """Lets a judge choose where several outputs are there to choose from, on as good a model."""
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
    """Makes a system that is too dear cheaper: fewer samples, else a cheaper model."""
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
"""Every remedy with how readily it is tried by who knows what helps, and by who guesses."""


def remedied(draft: Draft, case: Case, rng: Random, changes: int = 1) -> None:
    """Changes a draft by remedies in random order, within what its cost leaves room for."""
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
    """How many replies a round takes."""
    return sum(agent.samples for agent in draft.agents.values())


def _set(draft: Draft, name: str, **fields: object) -> None:
    draft.agents[name] = draft.agents[name].model_copy(update=fields)
