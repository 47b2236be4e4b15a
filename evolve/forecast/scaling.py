"""A scaled-down run: each of its evaluations stands for several of the run itself.

A search that is stopped early is a poor guide: evaluations get two to five times as
costly on the way. So the caps, the tasks and what is under way at once are divided by a number, and
a score is the mean of so many (the standings learn from its scatter what such a score is worth).
The search goes through all its stages, and makes about as many candidates, in fewer evaluations.
"""

from collections.abc import Mapping
from math import ceil

from evolve.forecast.extrapolation import Whole
from evolve.runfile.settings import RunSettings
from evolve.tasks.files import LEAST

_DIVIDED = ("usd", "evaluations", "calls", "tokens")

_OF_CANDIDATES = 0.25
"""By which power of the number a run makes more candidates than a shorter one: of ten ordinary ones
that were 14 times shorter, each made about half as many."""

_SPARE = 8.0
"""How many worst cases of an evaluation a shorter run is given on top, so that those which nearly
fit the budget of the run fit its as well."""

_SHORTER = 0.8
"""Of a cap; with more than that a shorter run is no quicker, and less like the run."""

_GROWTH = 0.12
"""By which power of the number an evaluation takes more than in a shorter run, where no cap makes
calls, tokens or money count: twelve runs that were drawn at random went on to larger teams."""

_COUNTING = frozenset(("calls", "tokens", "usd"))
_GROWING = _COUNTING | {"prompt_tokens", "completion_tokens"}


def shortened(settings: RunSettings, times: int, purchase: Mapping[str, float]) -> RunSettings:
    """The run, so many times shorter.

    Args:
        settings: The run.
        times: How many evaluations each stands for.
        purchase: The worst case of an evaluation or proposal, which does not get smaller.
    """
    if times == 1:
        return settings
    tasks = settings.tasks.load(settings.seed)
    confirmed = min(settings.confirm.tasks or tasks.sealed, tasks.sealed)
    caps = settings.budget.model_dump(exclude_none=True)
    for name in _DIVIDED:
        if name in caps:
            spare = 0.0 if name == "evaluations" else _SPARE * purchase[name]
            cap = caps[name] / times + (1 - 1 / times) * spare
            caps[name] = cap if name == "usd" else ceil(cap)
    fewer = {"validation": max(LEAST, ceil(len(tasks.validation) / times))}
    return settings.model_copy(
        update={
            "budget": type(settings.budget)(**caps),
            "concurrency": max(1, settings.concurrency // times),
            "tasks": settings.tasks.model_copy(update=fewer),
            "confirm": settings.confirm.model_copy(
                update={"tasks": max(LEAST, round(confirmed / times))}
            ),
        }
    )


def is_shorter(shorter: RunSettings, settings: RunSettings) -> bool:
    """Whether a run is so in all its caps, although some is spare."""
    less = shorter.budget.model_dump(exclude_none=True)
    caps = settings.budget.model_dump(exclude_none=True)
    return all(less[name] < _SHORTER * caps[name] for name in _DIVIDED if name in caps)


def lengthened(settings: RunSettings, shorter: RunSettings, expected: Whole, times: int) -> Whole:
    """What the run takes of which a shorter one takes so much.

    As much is left of the cap that ends it as in the shorter one, though no larger a share: what is
    too little for another purchase is no less for a larger cap.

    Args:
        settings: The run.
        shorter: The shorter one.
        expected: What that takes.
        times: How many times shorter it is.
    """
    caps, binding = settings.budget.model_dump(exclude_none=True), expected.binding
    if binding in _DIVIDED and binding in caps:
        cap, used = getattr(shorter.budget, binding), expected.totals[binding]
        caps[binding] = max(caps[binding] - max(0.0, cap - used), caps[binding] * used / cap)
    made = times**_OF_CANDIDATES
    proposing = {name: made * expected.proposing.get(name, 0.0) for name in expected.totals}
    evaluating = {
        name: total - expected.proposing.get(name, 0.0) for name, total in expected.totals.items()
    }
    unbound = not _COUNTING & caps.keys() and settings.space.agents.max > 1
    growth = times**_GROWTH if unbound else 1.0
    evaluating |= {name: growth * evaluating[name] for name in _GROWING & evaluating.keys()}
    lengths = [
        (min(caps[name], times * expected.totals[name]) - proposing[name]) / evaluating[name]
        for name in _DIVIDED
        if name in caps and evaluating.get(name)
    ]
    longer = min(lengths, default=float(times))
    totals = {name: longer * evaluating[name] + proposing[name] for name in expected.totals}
    totals["seconds"] = expected.totals["seconds"] * longer / times
    totals["candidates"] = made * expected.totals["candidates"]
    calls = {model: longer * growth * amount for model, amount in expected.calls.items()}
    tokens = {model: longer * growth * amount for model, amount in expected.tokens.items()}
    return Whole(totals, proposing, calls, tokens, expected.binding)
