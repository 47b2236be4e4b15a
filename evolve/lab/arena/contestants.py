"""Contestants of an arena, and their settings derived from a landscape's run file."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

from pydantic import Field

from evolve.allocators.base import ALLOCATORS
from evolve.runfile import presets
from evolve.runfile.settings import RunSettings, as_json, from_json, load_run_file
from evolve.strategies.base import STRATEGIES
from search_spaces.errors import ConfigError
from search_spaces.frozen import Frozen

META = "meta"
"""The name of the meta-agent's model in presets."""

_WRITTEN = re.compile(r"(?P<search>[^+@]+)(?P<meta>\+meta)?(@(?P<allocator>\w+))?")


class Contestant(NamedTuple):
    """A search: a strategy or a preset, perhaps with another allocator.

    Attributes:
        name: As written by users: ``genetic``, ``default+meta``, ``aflow``, ``default@full``.
        keys: The keys of a run file that it sets.
    """

    name: str
    keys: Mapping[str, Any]

    @classmethod
    def named(cls, written: str) -> Self:
        """The contestant of a name.

        Raises:
            ConfigError: There is no such strategy, preset or allocator.
        """
        found = _WRITTEN.fullmatch(written)
        if found is None:
            raise ConfigError(f"{written!r}: expected NAME, NAME+meta or NAME@ALLOCATOR")
        search, keys = found["search"], dict[str, Any]()
        if search in STRATEGIES.names():
            keys["strategy"] = {search: {"model": META}} if found["meta"] else search
        elif search in presets.names() or search.endswith(".yaml"):
            keys["preset"] = search
        else:
            known = ", ".join([*STRATEGIES.names(), *presets.names()])
            raise ConfigError(f"no strategy or preset is called {search!r}; known: {known}")
        if found["allocator"]:
            ALLOCATORS.find(found["allocator"])
            keys["allocator"] = found["allocator"]
        return cls(written, keys)


class Terms(Frozen):
    """Equal for all contestants: the budget, the number of tasks, and the meta-agent."""

    share: float = Field(
        default=1.0, description="The factor of every cap of the landscape's budget."
    )
    tasks: int | None = Field(default=None, description="Validation tasks; None: all.")
    meta: str = Field(
        default="",
        description="The landscape's model that is the meta-agent; empty: its `meta`, or its "
        "most expensive model.",
    )
    sealed: int | None = Field(
        default=None, description="Sealed tasks that systems are scored on afterwards; None: all."
    )
    fronts: bool = Field(
        default=False,
        description="Whether fronts of accuracy and cost are scored, too, besides the winner.",
    )


def settings_for(landscape: str, contestant: Contestant, seed: int, terms: Terms) -> RunSettings:
    """The run file of a match.

    Args:
        landscape: A run file, or the name of one that ships with evolve.
        contestant: The contestant.
        seed: The seed of everything random in it.
        terms: The terms that are equal for all contestants.

    Raises:
        ConfigError: The two do not fit together.
    """
    given = load_run_file(landscape)
    values = json.loads(as_json(given))
    budget = {name: cap * terms.share for name, cap in given.budget if cap is not None}
    values["budget"] = {
        n: cap if n in ("usd", "seconds") else int(cap) for n, cap in budget.items()
    }
    if terms.tasks is not None:
        values["tasks"]["validation"] = terms.tasks
    models = values["models"]
    if META not in models:
        models[META] = models[_meta_agent(given, terms.meta, landscape)]
    keys = dict(contestant.keys)
    if preset := keys.pop("preset", ""):
        values = presets.with_preset(values, preset, prevails=True)
    # All winners are scored on sealed tasks afterwards, so the run's confirmation may be minimal.
    values |= {**keys, "seed": seed, "confirm": {"tasks": 2, "controls": False}}
    return from_json(json.dumps(values), f"{landscape} with {contestant.name}")


def _meta_agent(given: RunSettings, wanted: str, landscape: str) -> str:
    if wanted and wanted not in given.models:
        known = ", ".join(given.models)
        raise ConfigError(f"{landscape}: --meta {wanted!r} is none of its models: {known}")
    return wanted or _most_expensive(list(given.models), given)


def _most_expensive(names: Sequence[str], given: RunSettings) -> str:
    def price(name: str) -> float:
        known = given.models[name].price
        return -1.0 if known is None else known.completion

    return max(names, key=price)
