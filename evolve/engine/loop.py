"""The search loop: decide what to buy, buy it, observe the results, repeat.

    allocator.next ── Propose ──▶ strategy.ask ─▶ space.check ─▶ a new candidate
          │
          └── Evaluate(candidate, task) ─▶ executor.run ─▶ executor.score ─▶ a rollout

A turn records results and decides what to buy next, in one transaction that is committed before
anything is bought.
"""

from collections.abc import Callable, Sequence
from itertools import takewhile

from archive.records import Decision
from evolve.allocators.base import Choice
from evolve.budget.affordability import Affordability
from evolve.budget.ledger import Spend
from evolve.budget.warnings import CapWarnings
from evolve.clock import Stopwatch
from evolve.engine import snapshot
from evolve.engine.decisions import ConfirmDecisions, Decisions, Drafts, SearchDecisions
from evolve.engine.parts import Parts
from evolve.engine.purchases import Purchases
from evolve.engine.restore import Restored
from evolve.engine.results import Results
from evolve.engine.state import SearchState
from evolve.engine.stopping import EndReason
from evolve.engine.views import Views
from evolve.engine.workers import Settled, Workers
from evolve.runfile.settings import RunSettings
from evolve.standings.view import ArchiveView
from evolve.tasks.base import Task

NEARLY = 0.5
"""The used share of the budget above which free slots are explained by it."""


class Engine:
    """A running search.

    Attributes:
        parts: The settings, archive, models and executor of the run.
        state: Candidates, standings and ledger.
        guard: Decides which candidates are affordable.
        clock: The run's clock.
        purchases: The purchases without a result.
        warnings: The warnings that caps are nearly used up.
        end_reason: Why nothing more is bought; None while the search may buy more.
        stopped: Whether `stop` was called.
        on_change: Called after every turn.
        on_warning: Called with the text of every warning.
    """

    def __init__(
        self, parts: Parts, state: SearchState, guard: Affordability, clock: Stopwatch
    ) -> None:
        """Prepares a search; `search` runs it.

        Args:
            parts: The settings, archive, models and executor of the run.
            state: Candidates, standings and ledger; it holds at least the seeds.
            guard: Decides which candidates are affordable.
            clock: The run's clock.
        """
        settings = parts.settings
        self.parts = parts
        self.state = state
        self.guard = guard
        self.clock = clock
        self.purchases = Purchases(state, guard, parts.calls)
        self.warnings = CapWarnings(parts.archive, parts.run, settings.budget)
        self.end_reason: EndReason | None = None
        self.stopped = False
        self.on_change: Callable[[], None] = lambda: None
        self.notes: Sequence[str] = ()
        self.on_warning: Callable[[str], None] = lambda text: None
        self._drafts = Drafts(settings, state, self.purchases, clock)
        self._search = SearchDecisions(settings, state, guard, self.purchases, self._drafts)
        self._views = Views(state, settings, parts.archive, parts.run)
        self._workers = Workers(parts, state, clock)
        self._results = Results(parts, state, guard, self.purchases, self.save)
        self._consistent = True

    @property
    def settings(self) -> RunSettings:
        """The settings of the run."""
        return self.parts.settings

    @property
    def latest(self) -> Choice | None:
        """The latest first choice of the allocator."""
        return self._search.latest

    @property
    def held_up(self) -> str:
        """Why slots are free or calls wait, in one line; empty if neither is so."""
        free = self.settings.concurrency - len(self.purchases.open)
        if waiting := self.parts.calls.held_up:
            return waiting
        if free <= 0 or self.end_reason:
            return ""
        if self.purchases.is_probing:
            return "one evaluation runs alone, until the length of replies is known"
        if self.state.ledger.progress >= NEARLY:
            return "the next purchase does not fit beside those in flight"
        return ""

    async def search(self) -> None:
        """Searches until nothing is worth buying, nothing more fits the budget, or it is stopped.

        Raises:
            OutageError: An endpoint does not answer; all settled results are on disk.
        """
        await self._buy(self._search)
        if self.end_reason is None:
            over_budget = self.guard.exhausted
            self.end_reason = EndReason.SPENT if over_budget else EndReason.SATISFIED

    async def confirm(
        self,
        pairs: Sequence[tuple[int, Task]],
        limit: Callable[[], int] | None = None,
        trial: int = 0,
    ) -> None:
        """Evaluates candidates on sealed tasks, from the budget set aside for that.

        Args:
            pairs: Candidates and tasks, in the order of purchase.
            limit: How many of the pairs, from the first, may be bought at present; none: all. The
                evaluation ends once all of these are settled.
            trial: The number of the repetition; each one draws new samples.

        Raises:
            OutageError: As for `search`.
        """
        self.state.ledger.set_aside = self.state.ledger.for_controls = Spend()
        self.end_reason = None
        state, guard, open_ones = self.state, self.guard, self.purchases
        await self._buy(
            ConfirmDecisions(pairs, state, guard, open_ones, self._drafts, limit, trial)
        )

    def stop(self) -> None:
        """Stops buying; open purchases still finish, and count in `arrival` order."""
        self.stopped = True
        self.end_reason = EndReason.STOPPED

    def resume(self, restored: Restored) -> None:
        """Starts the pending decisions of an interrupted search again."""
        self.purchases.decided = restored.decided
        self.guard.set_aside()
        for decision, view in restored.pending.items():
            if not self.purchases.book_if_affordable(decision):
                self.purchases.book(decision)
            self._workers.start(decision, view)

    def save(self) -> None:
        """Writes the standings and a snapshot to the archive."""
        archive, run = self.parts.archive, self.parts.run
        with archive.group():
            archive.put_standings(run, self.state.standings.all())
            archive.put_snapshot(run, self.state.results_seen, snapshot.save(self.state))

    async def _buy(self, wanted: Decisions) -> None:
        """Takes turns until nothing is open, or the search ends early."""
        try:
            self._turn([], wanted)
            while self.purchases.open and not self._leaves_results:
                self._turn(await self._workers.settled(self.purchases.open), wanted)
                self.on_change()
            await self._workers.finish()
        finally:
            self._workers.cancel()
            if self._consistent:
                self.save()
        if self._results.outage:
            raise self._results.outage

    @property
    def _leaves_results(self) -> bool:
        """Whether the search ends without waiting for open purchases, which a resume repeats.

        In `ticket` order, results observed after the end would be seen too early.
        """
        ends = self.stopped or self._results.outage is not None
        return ends and self.settings.order.by_number

    def _turn(self, arrived: Sequence[Settled], wanted: Decisions) -> None:
        """Records results and buys what is wanted next, all of it or nothing."""
        self._consistent = False
        with self.parts.archive.group():
            if wanted is self._search:
                # At every turn, so that a resumed search sets aside the same amounts.
                self.guard.set_aside()
            failure = self._results.record(arrived)
            self.purchases.refresh()
            self.end_reason = self._results.end_reason or self.end_reason
            self._warn()
            decided = [] if failure else self._decide_all(wanted)
        self._consistent = True
        if failure:
            raise failure
        for decision, view in decided:
            self._workers.start(decision, view)
        self.parts.calls.serve()

    def _decide_all(self, wanted: Decisions) -> list[tuple[Decision, ArchiveView | None]]:
        """All wanted and affordable decisions, a proposal with the view for the strategy."""
        decided: list[Decision] = []
        while some := self._decide(wanted):
            decided += some
        self.parts.archive.add_decisions(self.parts.run, decided)
        proposes = any(decision.purpose == "propose" for decision in decided)
        view = self._views.now() if proposes else None
        return [(decision, view) for decision in decided]

    def _decide(self, wanted: Decisions) -> list[Decision]:
        """Books the most wanted decisions that fit; empty if there are none at present."""
        purchases = self.purchases
        slots = self.settings.order.room(self.settings.concurrency, len(purchases.open))
        if slots <= 0 or self.end_reason or purchases.is_probing:
            return []
        if self.parts.calls.waiting:  # evaluations in flight come first
            return []
        decisions = wanted.next(slots)
        if isinstance(decisions, EndReason):
            self.end_reason = decisions
            return []
        booked = list(takewhile(purchases.book_if_affordable, decisions))
        if booked:
            purchases.decided = booked[-1].number + 1
        elif decisions and not purchases.open:
            self.end_reason = EndReason.SPENT
        return booked

    def _warn(self) -> None:
        used = dict(zip(Spend._fields, self.state.ledger.settled, strict=True))
        others = {"seconds": self.clock.seconds, "candidates": len(self.state.candidates)}
        amounts = {name: amount or 0 for name, amount in (used | others).items()}
        for warning in self.warnings.check(amounts, self.clock.seconds):
            self.on_warning(warning)
