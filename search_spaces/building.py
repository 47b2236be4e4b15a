"""Builds a configuration from named choices, for random sampling and for TPE.

``build`` makes named choices one by one. Within one space a name always has the same options or
range, as Optuna requires of parameters; which names occur depends on earlier choices.
"""

from collections.abc import Sequence
from random import Random
from typing import Protocol, TypeVar

from search_spaces.config import Agent, Answer, Delegation, Stop, SystemConfig
from search_spaces.draft import Draft, fresh_name
from search_spaces.library import Fragment, Role
from search_spaces.limits import MADE_BY_AN_AGENT, Limits
from search_spaces.projection import fit
from search_spaces.prompts import compose
from search_spaces.topologies import TOPOLOGIES, debate
from search_spaces.wiring import routers

Option = TypeVar("Option", bound=str | None)

MAX_FRAGMENTS = 2
"""The most prompt fragments of an agent as it is built; operators may add more."""

SEEDS = 1000
"""The number of different draws of a random topology."""


class Choices(Protocol):
    """The source of choices: a random generator, or the trial of an optimiser."""

    def categorical(self, name: str, options: Sequence[Option]) -> Option:
        """One of the options."""

    def integer(self, name: str, low: int, high: int) -> int:
        """An integer from low to high, both included."""

    def real(self, name: str, low: float, high: float) -> float:
        """A number from low to high."""


class RandomChoices:
    """Chooses uniformly."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng

    def categorical(self, name: str, options: Sequence[Option]) -> Option:
        """One of the options."""
        return self.rng.choice(options)

    def integer(self, name: str, low: int, high: int) -> int:
        """An integer from low to high, both included."""
        return self.rng.randint(low, high)

    def real(self, name: str, low: float, high: float) -> float:
        """A number from low to high."""
        return self.rng.uniform(low, high)


def build(limits: Limits, choose: Choices) -> SystemConfig:
    """Builds a configuration of the space from named choices."""
    return _Builder(limits, choose).build()


class _Builder:
    def __init__(self, limits: Limits, choose: Choices) -> None:
        self.limits = limits
        self.choose = choose
        mode = self._one_of("answer", limits.answer_modes)
        count = self._integer("agents", limits.agents.min, limits.agents.max)
        # `fit` adds the agent that makes the answer, if the mode needs one.
        workers = max(1, count - (mode in MADE_BY_AN_AGENT))
        self.places = [f"agent_{number}" for number in range(workers)]
        self.draft = Draft(agents={place: Agent(name=place) for place in self.places})
        self.draft.answer = Answer(mode=mode)
        self.reviewer: str | None = None
        self.directors: set[str] = set()

    def build(self) -> SystemConfig:
        self._repeat()
        self._join()
        if self.draft.answer.mode != "last":
            self._choose_sources()
        self._fill_in()
        return fit(self.draft, self.limits)

    def _repeat(self) -> None:
        """Chooses the rounds, the feedback edges and the stop rule."""
        draft, limits, places = self.draft, self.limits, self.places
        draft.rounds = self._integer("rounds", limits.rounds.min, limits.rounds.max)
        if draft.rounds == 1 or not limits.allows_feedback:
            return
        who = self._one_of("feedback", ("own", "review", "everyone"))
        if who == "review" and len(places) > 1:
            self.reviewer = places[-1]
        elif who == "everyone":
            draft.edges |= debate(places)
        rule = self._one_of("stop", limits.stops)
        by = (self.reviewer or places[-1]) if rule == "approved" else None
        draft.stop = Stop(rule=rule, by=by)

    def _join(self) -> None:
        """Adds the edges of a topology, then those of the reviewer and of self-feedback."""
        draft = self.draft
        doers = [place for place in self.places if place != self.reviewer]
        if len(doers) > 1:
            name = self._one_of("topology", self.limits.topology_options)
            drawn = name in ("random", "small_world")
            seed = self._integer("topology.seed", 0, SEEDS - 1) if drawn else 0
            draft.edges |= TOPOLOGIES[name](doers, Random(f"{name}/{seed}"))
            if draft.arrows("delegate"):
                draft.delegation = self._delegation()
        self.directors = {source for source, _ in draft.arrows("delegate", "route")}
        ends = [name for name in draft.sources if name != self.reviewer]
        if draft.rounds > 1:
            draft.edges |= {(end, end, "feedback") for end in ends}
        if self.reviewer:
            draft.edges |= {(end, self.reviewer, "message") for end in ends}
            draft.edges |= {(self.reviewer, end, "feedback") for end in ends}
            draft.answer_from(ends)

    def _choose_sources(self) -> None:
        """Chooses the sources of the answer: the last agents, or all whose output is an answer."""
        unheard = {self.reviewer, *self.draft.subordinates, *routers(self.draft.edges)}
        doers = [place for place in self.places if place not in unheard]
        if len(doers) > 1 and self._one_of("sources", ("ends", "everyone")) == "everyone":
            self.draft.answer_from(doers)

    def _fill_in(self) -> None:
        """Chooses the agent at each place, and names it after its role."""
        sources = self.draft.sources
        names: dict[str, str] = {}
        for place in self.places:
            role = self._role(place, place in sources)
            agent = self._agent(place, role, place in sources)
            self.draft.agents[place] = agent
            names[place] = fresh_name(role.name if role else "agent", names.values())
        self.draft.rename(names)

    def _role(self, place: str, is_source: bool) -> Role | None:
        if place == self.reviewer:
            what, roles = "reviewer", self.limits.roles_that("reviews")
        elif place in self.directors:
            what, roles = "director", self.limits.roles_that("directs")
        elif is_source:
            what, roles = "answerer", self.limits.roles_that("answers")
        else:
            what, roles = "role", self.limits.roles_that("answers", "prepares", "reviews")
        known = {role.name: role for role in roles}
        return known[self._one_of(f"{place}.{what}", tuple(known))] if known else None

    def _agent(self, place: str, role: Role | None, is_source: bool) -> Agent:
        limits = self.limits
        tokens, samples = limits.max_tokens, limits.samples.min
        if is_source and self.draft.answer.mode != "last":
            samples = self._integer(f"{place}.samples", samples, limits.samples.max)
            if len(self.draft.sources) == 1:  # one sample would leave nothing to choose from
                samples = limits.samples.clamp(max(2, samples))
        fields = {
            "name": place,
            "role": role.title if role else "",
            "prompt": compose(role, self._fragments(place)),
            "model": self._one_of(f"{place}.model", (None, *limits.models)),
            "effort": self._one_of(f"{place}.effort", (None, *limits.efforts)),
            "temperature": self._temperature(f"{place}.temperature"),
            "max_tokens": tokens and self._integer(f"{place}.max_tokens", tokens.min, tokens.max),
            "samples": samples,
            "tools": self._tools(place),
            "memory": self._one_of(f"{place}.memory", (None, *limits.memories)),
        }
        return Agent.model_validate(fields)

    def _tools(self, place: str) -> tuple[str, ...]:
        given = {
            tool: self._one_of(f"{place}.tool.{tool}", ("", tool)) for tool in self.limits.tools
        }
        return tuple(tool for tool in given.values() if tool)

    def _delegation(self) -> Delegation:
        turns, calls = self.limits.delegation_turns, self.limits.delegation_calls
        return Delegation(
            turns=self._integer("delegation.turns", turns.min, turns.max),
            calls=self._integer("delegation.calls", calls.min, calls.max),
        )

    def _fragments(self, place: str) -> list[Fragment]:
        known = {fragment.name: fragment for fragment in self.limits.fragment_options}
        count = self._integer(f"{place}.fragments", 0, min(MAX_FRAGMENTS, len(known)))
        names = [
            self._one_of(f"{place}.fragment_{number}", tuple(known)) for number in range(count)
        ]
        return [known[name] for name in dict.fromkeys(names)]

    def _temperature(self, name: str) -> float:
        span = self.limits.temperature
        drawn = self.choose.real(name, span.min, span.max) if span.min < span.max else span.min
        return span.clamp(round(drawn, 2))

    def _one_of(self, name: str, options: Sequence[Option]) -> Option:
        return self.choose.categorical(name, options) if len(options) > 1 else options[0]

    def _integer(self, name: str, low: int, high: int) -> int:
        return self.choose.integer(name, low, high) if low < high else low
