"""What a running search has to tell: how far it is, what is best, what it buys, what is new."""

import math
import time
from collections.abc import Iterator, Sequence

from archive import fronts
from archive.records import Candidate, Standing
from evolve.allocators.base import Evaluate
from evolve.engine import Engine
from evolve.report import figures
from evolve.report.console import clean, one_line
from search_spaces.describe import describe

PATCH_WIDTH = 160
TELLING = 0.02
"""The part of the budget that has to be used before the time that is left can be told."""


class Progress:
    """Looks at an engine now and then, and remembers when it began to look."""

    def __init__(self, engine: Engine) -> None:
        """Begins to look.

        Args:
            engine: At what.
        """
        self.engine = engine
        self._began = time.monotonic()
        self._share = self.share

    @property
    def share(self) -> float:
        """How much of the tightest cap is used, 0 to 1; time is one of them."""
        engine, seconds = self.engine, self.engine.settings.budget.seconds
        of_time = 0.0 if seconds is None else min(1.0, engine.clock.seconds / seconds)
        return max(engine.state.ledger.share, of_time)

    @property
    def spent(self) -> str:
        """The part of the budget that is used, and the money."""
        spent, cap = self.engine.state.ledger.settled.usd, self.engine.settings.budget.usd
        of_cap = "" if cap is None else f" of {figures.usd(cap)}"
        return f"{100 * self.share:.0f} %, {figures.usd(spent)}{of_cap}"

    @property
    def elapsed(self) -> str:
        """How long it was looked at."""
        return duration(time.monotonic() - self._began)

    @property
    def left(self) -> str:
        """About how long the rest of the budget lasts at this speed; empty where nobody knows."""
        done = self.share - self._share
        if done < TELLING:
            return ""
        return duration((time.monotonic() - self._began) * (1 - self.share) / done)

    @property
    def bought(self) -> str:
        """What was bought so far."""
        state = self.engine.state
        evaluations = state.ledger.settled.evaluations
        told = f"{evaluations:,} evaluations, {len(state.candidates)} candidates"
        if unscored := state.unscored.total():
            told += f", {unscored:,} answers without a score"
        return told

    @property
    def under_way(self) -> str:
        """What is not yet settled, and who waits."""
        decisions, traffic = self.engine.open.values(), self.engine.parts.models.traffic
        counts = {
            "calls": traffic.under_way,
            "waiting for rate limits": traffic.waiting,
            "evaluations": sum(decision.candidate is not None for decision in decisions),
            "proposals": sum(decision.candidate is None for decision in decisions),
        }
        return (
            ", ".join(f"{count:,} {what}" for what, count in counts.items() if count) or "nothing"
        )

    @property
    def doing(self) -> str:
        """What the search is at."""
        if any(decision.purpose == "confirm" for decision in self.engine.open.values()):
            return f"confirming on sealed tasks, {len(self.engine.state.confirmed):,} answers in"
        return self.engine.ended or "searching"

    @property
    def buying(self) -> str:
        """What was named last, and why."""
        latest = self.engine.latest
        if latest is None:
            return ""
        what = f"#{latest.candidate}" if isinstance(latest, Evaluate) else "a new candidate"
        return f"{what}: {latest.why}"

    @property
    def by_purpose(self) -> str:
        """What the money went into."""
        spends = self.engine.state.ledger.by_purpose.items()
        return ", ".join(
            f"{name} {figures.usd(spend.usd)}" for name, spend in spends if spend.calls
        )

    def best(self, standings: Sequence[Standing]) -> Standing | None:
        """Who is best now."""
        return self.engine.settings.objective.best(standings)

    def best_seed(self, standings: Sequence[Standing]) -> Standing | None:
        """Which of those that were there at the start is best now."""
        candidates = self.engine.state.candidates
        seeds = (
            s for s in standings if s.evaluations and candidates[s.candidate].operator == "seed"
        )
        return max(seeds, key=lambda standing: standing.mean, default=None)

    def who(self, standing: Standing) -> str:
        """A candidate with its score, its cost and its name."""
        candidate = self.engine.state.candidates[standing.candidate]
        cost = "" if standing.usd is None else f", {figures.usd(standing.usd)} a task"
        name = clean(figures.name_of(candidate))
        return f"#{candidate.number} {figures.standing(standing)}{cost}, {name}"

    def front(self, standings: Sequence[Standing], width: int) -> str:
        """The best for every cost, the cheapest first, as many as fit; the ends always do."""
        most = self.engine.settings.objective.cost_at_most
        within = (s for s in standings if most is None or (s.usd is not None and s.usd <= most))
        told = [
            f"#{s.candidate} {100 * s.mean:.1f} % {figures.usd(s.usd)}"
            for s in fronts.pareto(within)
        ]
        shown = " · ".join(told)
        while len(shown) > width and len(told) > 2:
            told.pop(len(told) // 2)
            middle = len(told) // 2
            shown = " · ".join([*told[:middle], "…", *told[middle:]])
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
    """A time as people say it, such as 40 s, 12 min or 1 h 5 min."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"
