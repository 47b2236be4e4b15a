"""The next decisions: of the allocator in a search, of a fixed list in a confirmation."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Protocol

from archive.records import Decision, Purpose
from evolve.allocators.base import Choice, Evaluate, InFlight, Propose
from evolve.budget.affordability import Affordability
from evolve.budget.ledger import Spend
from evolve.clock import Stopwatch
from evolve.engine.purchases import Purchases
from evolve.engine.state import SearchState
from evolve.engine.stopping import EndReason
from evolve.runfile.settings import RunSettings
from evolve.tasks.base import Task


class Decisions(Protocol):
    """A source of decisions."""

    def next(self, slots: int) -> list[Decision] | EndReason:
        """Up to `slots` decisions, the most wanted first, or the reason to end.

        An empty list waits for the next result, or ends the purchases if nothing is open.
        """


class Drafts:
    """Makes decisions with their numbers, trials and times."""

    def __init__(
        self, settings: RunSettings, state: SearchState, purchases: Purchases, clock: Stopwatch
    ) -> None:
        """Keeps the sources of numbers, trials and times."""
        self._cap = settings.budget.seconds
        self._state = state
        self._purchases = purchases
        self._clock = clock

    def proposal(self, place: int, why: str) -> Decision:
        """A decision to propose, the `place`-th of this turn."""
        return self._draft("propose", place, why=why)

    def evaluation(
        self,
        purpose: Purpose,
        candidate: int,
        task: Task,
        place: int,
        trial: int = 0,
        why: str = "",
    ) -> Decision:
        """A decision to evaluate, the `place`-th of this turn."""
        # An answer that could not be scored counts as a trial, so the next one is a new sample.
        trial += self._state.unscored.times(candidate, task.number)
        return self._draft(purpose, place, candidate, task.number, trial, why)

    def is_too_late(self, needed: float) -> bool:
        """Whether fewer than `needed` seconds of the budget are left."""
        return self._cap is not None and self._clock.seconds + needed >= self._cap

    def _draft(
        self,
        purpose: Purpose,
        place: int,
        candidate: int | None = None,
        task: int | None = None,
        trial: int = 0,
        why: str = "",
    ) -> Decision:
        return Decision(
            number=self._purchases.decided + place,
            purpose=purpose,
            candidate=candidate,
            task=task,
            trial=trial,
            after=self._state.results_seen,
            at=max(self._clock.seconds, self._state.last_at),
            why=why,
        )


class SearchDecisions:
    """The allocator's choices among affordable purchases.

    Attributes:
        latest: The allocator's latest first choice, for display.
    """

    def __init__(
        self,
        settings: RunSettings,
        state: SearchState,
        guard: Affordability,
        purchases: Purchases,
        drafts: Drafts,
    ) -> None:
        """Keeps the inputs of decisions.

        Args:
            settings: The allocator, the objective and the caps.
            state: Candidates, standings and ledger.
            guard: Decides which candidates are affordable.
            purchases: The open purchases.
            drafts: Makes the decisions.
        """
        self.latest: Choice | None = None
        self._settings = settings
        self._state = state
        self._guard = guard
        self._purchases = purchases
        self._drafts = drafts
        self._random = Random()
        self._opening = settings.strategy.opening(settings.space)

    def next(self, slots: int) -> list[Decision] | EndReason:
        """See `Decisions.next`."""
        self._guard.set_aside()
        if self._drafts.is_too_late(self._guard.seconds_to_end(self._settings.concurrency)):
            return EndReason.TIME_UP
        eligible = self._guard.affordable()
        eligible[self._state.candidates.controls] = False
        if (most := self._settings.objective.cost_at_most) is not None:
            eligible &= self._state.standings.within(most)
        can_propose = self._can_propose()
        if not (self._purchases.open or can_propose or eligible.any()):
            return EndReason.SPENT

        def choices(can_propose: bool) -> list[Choice]:
            # As many as fit, and one more that may only fit alone.
            most = int(min(slots, 1 + can_propose + self._guard.at_once(eligible)))
            self._random.seed(f"{self._settings.seed}/allocate/{self._purchases.decided}")
            in_flight = InFlight(
                self._purchases.pairs | self._state.abandoned, self._purchases.proposals
            )
            return self._settings.allocator.choose(
                self._state.standings, eligible, in_flight, can_propose, most, self._random
            )

        early = self._state.ledger.progress < self._settings.proposes_until
        opening = self._made < self._opening
        # One at a time: what an opening proposes depends on what it has proposed.
        opens = can_propose and early and opening and not self._purchases.proposals
        chosen = choices(can_propose and early and not opening)
        if opens:
            chosen = [Propose("an opening of the strategy"), *chosen][:slots]
        if can_propose and not (early or chosen or self._purchases.open):
            chosen = choices(True)  # no evaluation of the known candidates is worth buying
        self.latest = chosen[0] if chosen else self.latest
        return [self._decision(choice, place) for place, choice in enumerate(chosen)]

    @property
    def _made(self) -> int:
        """How many candidates the strategy has proposed."""
        known = self._state.candidates
        return len(known) - len(known.seeds) - len(known.controls)

    def _can_propose(self) -> bool:
        """Whether the strategy, the cap on candidates and the budget allow another proposal."""
        most, state = self._settings.budget.candidates, self._state
        made = len(state.candidates.seeds) + self._made
        return (
            not state.strategy_exhausted
            and (most is None or made + self._purchases.proposals < most)
            and state.ledger.fits(
                self._guard.worst.proposal().plus(Spend(evaluations=1)), alone=True
            )
        )

    def _decision(self, choice: Choice, place: int) -> Decision:
        if not isinstance(choice, Evaluate):
            return self._drafts.proposal(place, choice.why)
        trial = int(self._state.standings.counts[choice.candidate, choice.task])
        task = self._state.tasks[choice.task]
        return self._drafts.evaluation("search", choice.candidate, task, place, trial, choice.why)


class ConfirmDecisions:
    """The pairs of a fixed list that are neither settled, nor open, nor abandoned."""

    def __init__(
        self,
        pairs: Sequence[tuple[int, Task]],
        state: SearchState,
        guard: Affordability,
        purchases: Purchases,
        drafts: Drafts,
        limit: Callable[[], int] | None = None,
        trial: int = 0,
    ) -> None:
        """Keeps the list.

        Args:
            pairs: Candidates and tasks, in the order of purchase.
            state: Holds the settled and abandoned pairs.
            guard: Estimates the duration of an evaluation.
            purchases: The open purchases.
            drafts: Makes the decisions.
            limit: How many of the pairs may be bought at present; none: all.
            trial: The number of the repetition; each one draws new samples.
        """
        self._trial = trial
        self._limit = limit or (lambda: len(pairs))
        self._pairs = pairs
        self._state = state
        self._guard = guard
        self._purchases = purchases
        self._drafts = drafts

    def next(self, slots: int) -> list[Decision] | EndReason:
        """See `Decisions.next`."""
        candidates = {candidate for candidate, _ in self._pairs}
        longest = max(map(self._guard.seconds_of, candidates), default=0.0)
        if self._drafts.is_too_late(longest):
            return EndReason.TIME_UP
        opened = {(each.candidate, each.task) for each in self._purchases.open.values()}
        left = [
            (candidate, task)
            for candidate, task in self._pairs[: self._limit()]
            if (candidate, task.number) not in self._state.confirmed
            and (candidate, task.number) not in opened
            and not self._state.unscored.is_abandoned(candidate, task.number)
        ]
        return [
            self._drafts.evaluation("confirm", candidate, task, place, self._trial)
            for place, (candidate, task) in enumerate(left[:slots])
        ]
