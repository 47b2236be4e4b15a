"""The progress of a running search as text: budget, best candidates, purchases, new candidates."""

import math
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from archive import fronts
from archive.records import Candidate, Standing
from evolve.allocators.base import Evaluate
from evolve.engine.loop import Engine
from evolve.report import figures
from evolve.report.commands import naming, program
from evolve.report.endings import END_TEXTS
from evolve.report.figures import counted
from evolve.text import clean, one_line
from search_spaces.edits import describe

PATCH_WIDTH = 160
TELLING = 0.02
"""The share of the budget that has to be used before the remaining time is estimated."""


class Progress:
    """Reads the state of an engine; remembers when it started."""

    def __init__(self, engine: Engine) -> None:
        """Starts the clock.

        Args:
            engine: The engine to observe.
        """
        self.engine = engine
        self._began = time.monotonic()
        self._share = self.share

    @property
    def share(self) -> float:
        """The used share of the tightest cap, 0 to 1; time counts as one."""
        engine, seconds = self.engine, self.engine.settings.budget.seconds
        of_time = 0.0 if seconds is None else min(1.0, engine.clock.seconds / seconds)
        return max(engine.state.ledger.share, of_time)

    @property
    def spent(self) -> str:
        """The used share of the budget, what is capped, and the spend."""
        settled, budget = self.engine.state.ledger.settled, self.engine.settings.budget
        share, spent = f"{100 * self.share:.0f} %", figures.total([settled])
        if budget.usd is not None:
            return f"{share}, {spent} of {figures.usd(budget.usd)}"
        caps = {"calls": budget.calls, "tokens": budget.tokens, "evaluations": budget.evaluations}
        for name, cap in caps.items():
            if cap is not None:
                return f"{share}, {getattr(settled, name):,} of {cap:,} {name}"
        return f"{share}, {spent}"

    @property
    def elapsed(self) -> str:
        """The time since the start."""
        return duration(time.monotonic() - self._began)

    @property
    def left(self) -> str:
        """Roughly how long the rest of the budget lasts at this speed; empty if unknown."""
        done = self.share - self._share
        if done < TELLING:
            return ""
        return duration((time.monotonic() - self._began) * (1 - self.share) / done)

    @property
    def bought(self) -> str:
        """Purchases so far."""
        state = self.engine.state
        evaluations = state.ledger.settled.evaluations
        candidates = counted(len(state.candidates), "candidate")
        text = f"{counted(evaluations, 'evaluation')}, {candidates}"
        if unscored := state.unscored.total():
            text += f", {counted(unscored, 'answer')} without a score"
        return text

    @property
    def under_way(self) -> str:
        """Purchases in flight, and those that wait."""
        decisions, traffic = self.engine.purchases.open.values(), self.engine.parts.models.traffic
        proposals = sum(decision.candidate is None for decision in decisions)
        parts = {
            counted(traffic.under_way, "call"): traffic.under_way,
            f"{traffic.waiting:,} waiting for rate limits": traffic.waiting,
            counted(len(decisions) - proposals, "evaluation"): len(decisions) - proposals,
            counted(proposals, "proposal"): proposals,
        }
        return ", ".join(part for part, count in parts.items() if count) or "nothing"

    @property
    def heading(self) -> str:
        """What is searched on, with what, and into which archive."""
        engine = self.engine
        tasks = counted(len(engine.state.tasks), "validation task")
        names = ", ".join(map(clean, engine.settings.models))
        model = "model" if len(engine.settings.models) == 1 else "models"
        archive = engine.parts.archive.name
        shown = f"; watch it with `{program()} watch{naming(Path(archive))}`"
        return f"{tasks}; {model} {names}; archive {clean(archive)}{clean(shown)}"

    @property
    def doing(self) -> str:
        """The current phase of the search."""
        if any(decision.purpose == "confirm" for decision in self.engine.purchases.open.values()):
            return f"confirming on sealed tasks, {len(self.engine.state.confirmed):,} answers in"
        reason = self.engine.end_reason
        return "searching" if reason is None else END_TEXTS[reason]

    @property
    def buying(self) -> str:
        """The latest decision and its reason."""
        latest = self.engine.latest
        if latest is None:
            return ""
        what = f"#{latest.candidate}" if isinstance(latest, Evaluate) else "a new candidate"
        return f"{what}: {latest.why}"

    @property
    def by_purpose(self) -> str:
        """The spend by purpose."""
        spends = figures.by_purpose(self.engine.state.ledger.by_purpose)
        return ", ".join(f"{name} {amount}" for name, amount in spends.items())

    def best(self, standings: Sequence[Standing]) -> Standing | None:
        """The best candidate at present."""
        return self.engine.settings.objective.best(standings)

    def best_seed(self, standings: Sequence[Standing]) -> Standing | None:
        """The best seed at present."""
        candidates = self.engine.state.candidates
        seeds = (
            s for s in standings if s.evaluations and candidates[s.candidate].operator == "seed"
        )
        return max(seeds, key=lambda standing: standing.mean, default=None)

    def title(self, standing: Standing) -> str:
        """A candidate with its score, its cost and its name."""
        candidate = self.engine.state.candidates[standing.candidate]
        unit = self.engine.settings.objective.unit
        known = standing.cost is not None
        cost = f", {figures.cost(standing.cost, unit)} a task" if known else ""
        name = clean(figures.name_of(candidate))
        return f"#{candidate.number} {figures.standing(standing)}{cost}, {name}"

    def front(self, standings: Sequence[Standing], width: int) -> str:
        """The Pareto front, the cheapest first, as much as fits; both ends always do."""
        unit, most = self.engine.state.unit, self.engine.settings.objective.cost_at_most
        within = (s for s in standings if most is None or (s.cost is not None and s.cost <= most))
        parts = [
            f"#{s.candidate} {100 * s.mean:.1f} % {figures.cost(s.cost, unit)}"
            for s in fronts.pareto(within)
        ]
        shown = " · ".join(parts)
        while len(shown) > width and len(parts) > 2:
            parts.pop(len(parts) // 2)
            middle = len(parts) // 2
            shown = " · ".join([*parts[:middle], "…", *parts[middle:]])
        return shown

    def admissions(
        self, standings: Sequence[Standing], most: int
    ) -> Iterator[tuple[str, str, str, str]]:
        """The last candidates made: number, edits in words, gain over the parent, the parent."""
        children = [each for each in self.engine.state.candidates if each.parents]
        for child in reversed(children[-most:]):
            parent = child.parents[0].candidate
            before, after = standings[parent], standings[child.number]
            known = before.evaluations and after.evaluations
            gain = gained(before, after) if known else "not known yet"
            yield f"#{child.number}", self._patch(child), gain, f"from #{parent}"

    def _patch(self, child: Candidate) -> str:
        parent = child.parents[0]
        before = self.engine.state.candidates[parent.candidate].config
        return one_line("; ".join(describe(parent.edits, before)), PATCH_WIDTH)


def gained(before: Standing, after: Standing) -> str:
    """The difference of two standings in points, and what it may be off by, at 95 %."""
    reach = 1.96 * math.hypot(before.deviation, after.deviation)
    return f"{100 * (after.mean - before.mean):+.1f} ± {100 * reach:.1f}"


def duration(seconds: float) -> str:
    """A duration as text, such as 40 s, 12 min or 1 h 5 min."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"
