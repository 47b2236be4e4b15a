"""A probabilistic configuration, learned by policy gradient.

A configuration is built from named choices: how many agents, which edges, which roles, models
and words. Each choice has a distribution of its own. Candidates are drawn from all of them
together, in groups; a candidate's advantage is how much better it is than its group, in the group's
standard deviations (MasHost, 2025, after GRPO), and REINFORCE (Williams, 1992) moves the logits of
what it chose, Δ = η·advantage; the term −η·advantage·p for all options drops out, because the
advantages of a group add up to 0. Each message edge is a choice of its own, at even odds at first,
as in GPTSwarm (Zhuge et al., 2024). The logits are computed anew from the history at every request.
"""

from collections.abc import Mapping, Sequence
from math import exp, isnan, log
from random import Random
from typing import Literal, TypeVar

from pydantic import Field

from archive.records import Candidate, Choice
from evolve.models.base import Models
from evolve.standings.view import ArchiveView
from evolve.strategies.base import Proposal, Strategy
from search_spaces.config import SystemConfig
from search_spaces.draft import Draft
from search_spaces.space import SearchSpace

Option = TypeVar("Option", bound="str | None")
Logits = dict[str, dict[str, float]]

ATTEMPTS = 10
"""Draws before one that is already known is accepted."""

BINS = 5
"""Into how many equal parts the range of a real number is cut."""


class PolicyGradient(Strategy):
    """Draws configurations from distributions that what did well makes likelier."""

    rate: float = Field(default=0.3, gt=0, description="η: how far one candidate moves the logits.")
    group: int = Field(default=8, ge=2, description="How many candidates are compared at once.")
    cost: float = Field(
        default=0.0, ge=0, description="What a doubling of the mean cost takes off the score."
    )
    edges: Literal["free", "topologies"] = Field(
        default="free", description="Whether each edge is drawn by itself, or a known topology."
    )
    certainty: float = Field(
        default=0.98, gt=0, le=1, description="What no option is likelier than, so none dies out."
    )

    async def ask(self, view: ArchiveView, models: Models, rng: Random) -> Proposal | None:
        """See `Strategy.ask`."""
        logits = self.logits(view)
        for _ in range(ATTEMPTS):
            drawn = Drawn(logits, self.certainty, rng)
            config = view.space.build(drawn)
            if self.edges == "free" and "message" in view.space.edges:
                config = _with_drawn_edges(config, view.space, drawn)
            if view.find(config) is None:
                return Proposal(config, operator="policy", choices=drawn.choices)
        return None

    def logits(self, view: ArchiveView) -> Logits:
        """The logits of every option that was ever chosen, by the choice's name; others are 0."""
        learned: Logits = {}
        taught = [each for each in view.evaluated if each.choices]
        for start in range(0, len(taught) - self.group + 1, self.group):
            group = taught[start : start + self.group]
            steps = [
                (name, option, advantage)
                for each, advantage in zip(group, self._advantages(view, group), strict=True)
                for name, option in labelled(each.choices).items()
            ]
            for name, option, advantage in steps:
                known = learned.setdefault(name, {})
                known[option] = known.get(option, 0.0) + self.rate * advantage
        return learned

    def _advantages(self, view: ArchiveView, group: Sequence[Candidate]) -> list[float]:
        rewards = [self.reward(view, each.number) for each in group]
        mean = sum(rewards) / len(rewards)
        spread = (sum((each - mean) ** 2 for each in rewards) / len(rewards)) ** 0.5
        return [(each - mean) / (spread + 1e-3) for each in rewards]

    def reward(self, view: ArchiveView, candidate: int) -> float:
        """The posterior mean, less what the cost takes off."""
        cost, known = float(view.cost[candidate]), view.cost[view.cost > 0]
        if not self.cost or isnan(cost) or cost <= 0:
            return float(view.mean[candidate])
        return float(view.mean[candidate]) - self.cost * log(cost / float(known.mean()), 2)


def _with_drawn_edges(config: SystemConfig, space: SearchSpace, drawn: "Drawn") -> SystemConfig:
    """The configuration with its message edges drawn one by one, each from an earlier agent."""
    draft = Draft.of(config)
    workers = draft.workers
    draft.edges = {edge for edge in draft.edges if edge[2] != "message"}
    for later in range(1, len(workers)):
        for earlier in range(later):
            if drawn.categorical(f"edge_{earlier}_{later}", ("no", "yes")) == "yes":
                draft.edges.add((workers[earlier], workers[later], "message"))
    return space.fit(draft)


class Drawn:
    """Choices drawn from a softmax of logits; notes what was chosen."""

    def __init__(self, logits: Mapping[str, Mapping[str, float]], most: float, rng: Random) -> None:
        """Draws nothing yet.

        Args:
            logits: By the choice's name and the option's label; 0 for others.
            most: What no option is likelier than.
            rng: Where chance comes from.
        """
        self.choices: dict[str, Choice] = {}
        self._logits = logits
        self._most = most
        self._rng = rng

    def categorical(self, name: str, options: Sequence[Option]) -> Option:
        """One of the options."""
        chosen = options[self._place(name, [label(option) for option in options])]
        self.choices[name] = chosen
        return chosen

    def integer(self, name: str, low: int, high: int) -> int:
        """An integer from low to high, both included."""
        count = high - low + 1
        place = (
            self._rng.randrange(count)
            if count > 50  # a seed, of which nothing can be learned
            else self._place(name, [label(number) for number in range(low, high + 1)])
        )
        self.choices[name] = low + place
        return low + place

    def real(self, name: str, low: float, high: float) -> float:
        """A number from low to high, in a part of the range that is chosen."""
        place = self._place(f"{name}.part", [label(number) for number in range(BINS)])
        self.choices[f"{name}.part"] = place
        drawn = low + (high - low) * (place + self._rng.random()) / BINS
        self.choices[name] = drawn
        return drawn

    def _place(self, name: str, labels: Sequence[str]) -> int:
        logits = [self._logits.get(name, {}).get(each, 0.0) for each in labels]
        powers = [exp(each - max(logits)) for each in logits]
        chances = [each / sum(powers) for each in powers]
        rest = (1 - self._most) / len(chances)
        weights = [min(each, self._most) + rest for each in chances]
        return self._rng.choices(range(len(labels)), weights)[0]


def label(option: Choice) -> str:
    """An option as the key of its logit."""
    return repr(option)


def labelled(choices: Mapping[str, Choice]) -> dict[str, str]:
    """What was chosen, by the choice's name, where it can be chosen again."""
    return {
        name: label(chosen) for name, chosen in choices.items() if not isinstance(chosen, float)
    }
