"""The loop: buy what the allocator names next, learn what comes back, until nothing is wanted.

    allocator.next ── Propose ──▶ strategy.ask ─▶ space.check ─▶ a new candidate
          │
          └── Evaluate(candidate, task) ─▶ executor.run ─▶ executor.score ─▶ a rollout

What a turn takes in and decides is one transaction, on disk before anything is bought.
"""

from collections.abc import Callable, Sequence
from itertools import takewhile
from random import Random
from typing import TypeAlias

from archive.records import Birth, Candidate, Decision, Purpose, Rollout, Unscored
from evolve.admission import Admission
from evolve.allocators.base import Choice, Evaluate, InFlight
from evolve.cap_warnings import CapWarnings
from evolve.clock import Stopwatch
from evolve.errors import OutageError
from evolve.ledger import NOTHING, Spend
from evolve.parts import Parts
from evolve.recall import Recall
from evolve.restoring import Restored
from evolve.settling import birth_of, rollout_of, unscored_of
from evolve.state import SearchState
from evolve.strategies.base import Proposal
from evolve.tasks.base import Task
from evolve.view import ArchiveView
from evolve.workers import Answered, Settled, Unjudged, Workers

Wanted: TypeAlias = Callable[[int], list[Decision]]
"""Names what to buy next, at most so much."""

SNAPSHOT_EVERY = 1_000
"""Results between two snapshots: what a resume has to learn again at most."""

EARLY = (10, 30, 100, 300)
"""Further results after which there is one, for readers of a young run."""

UNSCORED_IN_A_ROW = 20
"""Answers in a row that nobody could score, after which the scorer counts as out of order."""

SPENT, SATISFIED = "the budget allows no further purchase", "nothing left is worth buying"
"""How a search ends that cannot buy what it wants, and one that could."""


class Engine:
    """One search, and everything about it that is not yet learned."""

    def __init__(
        self, parts: Parts, state: SearchState, admission: Admission, clock: Stopwatch
    ) -> None:
        """Prepares a search; `search` runs it.

        Args:
            parts: What the run is made of.
            state: What is learned so far: the seeds at least.
            admission: Who of them can be afforded.
            clock: The run's clock.
        """
        self.parts = parts
        self.state = state
        self.admission = admission
        self.clock = clock
        self.settings = parts.settings
        self.open: dict[int, Decision] = {}
        self.decided = 0
        self.latest: Choice | None = None
        self.ended = ""
        self.stopped = False
        self.outage: OutageError | None = None
        self.on_change: Callable[[], None] = lambda: None
        self.on_warning: Callable[[str], None] = lambda text: None
        self._random = Random()
        self._pairs: set[tuple[int, int]] = set()
        self._proposing = 0
        self._probe: int | None = None
        self._kept = True
        self.warnings = CapWarnings(parts.archive, parts.run, self.settings.budget)
        self._workers = Workers(parts, state, clock)
        self._recall = Recall(parts.archive, parts.run, state.tasks)

    async def search(self) -> None:
        """Searches until nothing is worth buying, nothing more fits the budget, or it is stopped.

        Raises:
            OutageError: An endpoint does not serve; all that was settled is on disk.
        """
        await self._buy(self._wanted)
        self.ended = self.ended or (SPENT if self.admission.stints else SATISFIED)

    async def confirm(self, pairs: Sequence[tuple[int, Task]]) -> None:
        """Evaluates candidates on sealed tasks, which nothing is set aside for any more.

        Raises:
            OutageError: As for `search`.
        """
        self.state.ledger.set_aside = Spend()
        self.ended = ""

        def remaining(room: int) -> list[Decision]:
            longest = max(map(self.admission.seconds_of, {one for one, _ in pairs}), default=0.0)
            if self._time_is_up(longest):
                return []
            under_way = {(d.candidate, d.task) for d in self.open.values()}
            left = [
                (candidate, task)
                for candidate, task in pairs
                if (candidate, task.number) not in self.state.confirmed
                and (candidate, task.number) not in under_way
                and not self.state.gave_up(candidate, task.number)
            ]
            return [
                self._decision("confirm", candidate, task, place)
                for place, (candidate, task) in enumerate(left[:room])
            ]

        await self._buy(remaining)

    async def _buy(self, wanted: Wanted) -> None:
        try:
            self._turn([], wanted)
            while self.open and not (self._gives_up and self.settings.order.by_number):
                self._turn(await self._workers.settled(self.open), wanted)
                self.on_change()
            await self._workers.finish()
        finally:
            self._workers.cancel()
            if self._kept:
                self.save()
        if self.outage:
            raise self.outage

    def _turn(self, arrived: Sequence[Settled], wanted: Wanted) -> None:
        """Takes results in and buys what is wanted then; all of it is kept, or nothing."""
        self._kept = False
        with self.parts.archive.group():
            failure = self._take(arrived)
            self._warn()
            decided = [] if failure else self._decide_all(wanted)
        self._kept = True
        if failure:
            raise failure
        for decision, view in decided:
            self._workers.start(decision, view)

    def _warn(self) -> None:
        used = dict(zip(Spend._fields, self.state.ledger.settled, strict=True))
        others = {"seconds": self.clock.seconds, "candidates": len(self.state.candidates)}
        amounts = {name: amount or 0 for name, amount in (used | others).items()}
        for warning in self.warnings.check(amounts, self.clock.seconds):
            self.on_warning(warning)

    @property
    def _gives_up(self) -> bool:
        """Whether the search ends early; by number, results taken then would be seen too soon."""
        return self.stopped or self.outage is not None

    def stop(self) -> None:
        """Buys nothing more; what is under way still ends, and by arrival it is also taken."""
        self.stopped = True
        self.ended = "it was stopped"

    def resume(self, restored: Restored) -> None:
        """Goes on where an interrupted search was."""
        self.decided = restored.decided
        self.admission.set_aside()
        for decision, view in restored.pending.items():
            if not self._book_if_affordable(decision):
                self._book(decision)
            self._workers.start(decision, view)

    def save(self) -> None:
        """Writes standings and a snapshot."""
        archive, run = self.parts.archive, self.parts.run
        with archive.group():
            archive.put_standings(run, self.state.standings.all())
            archive.put_snapshot(run, self.state.taken, self.state.save())

    # Deciding

    def _decide_all(self, wanted: Wanted) -> list[tuple[Decision, ArchiveView | None]]:
        """Everything that is wanted now and fits, each with what a strategy is to see for it."""
        decided: list[Decision] = []
        while some := self._decide(wanted):
            decided += some
        self.parts.archive.add_decisions(self.parts.run, decided)
        view = None
        if any(decision.purpose == "propose" for decision in decided):
            examples = self._recall.until(self.state.taken)
            view = self.state.view(self.settings.space, self.settings.objective, examples)
        return [(decision, view) for decision in decided]

    def _decide(self, wanted: Wanted) -> list[Decision]:
        """Books what is wanted most; nothing if nothing is wanted, or nothing now."""
        room = self.settings.order.room(self.settings.concurrency, len(self.open))
        if room <= 0 or self.ended or self._probe in self.open:
            return []
        decisions = wanted(room)
        affordable = list(takewhile(self._book_if_affordable, decisions))
        if affordable:
            self.decided = affordable[-1].number + 1
        elif decisions and not self.open:
            self.ended = SPENT
        return affordable

    def _wanted(self, room: int) -> list[Decision]:
        """What the allocator names next."""
        self.admission.set_aside()
        if self._time_is_up(self.admission.seconds_to_end(self.settings.concurrency)):
            return []
        able = self.admission.affordable()
        if (most := self.settings.objective.cost_at_most) is not None:
            able &= self.state.standings.within(most)
        can_propose = self._can_propose()
        if not (self.open or can_propose or able.any()):
            self.ended = SPENT
            return []

        def choices(proposals: bool) -> list[Choice]:
            # Nothing is thought up that would not fit; one more, for what only fits alone.
            slots = int(min(room, 1 + proposals + self.admission.at_once(able)))
            self._random.seed(f"{self.settings.seed}/allocate/{self.decided}")
            return self.settings.allocator.choose(
                self.state.standings,
                able,
                InFlight(self._pairs | self.state.given_up, self._proposing),
                proposals,
                slots,
                self._random,
            )

        early = self.state.ledger.progress < self.settings.proposes_until
        chosen = choices(can_propose and early)
        if can_propose and not (early or chosen or self.open):
            chosen = choices(proposals=True)  # what there is has been told apart
        self.latest = chosen[0] if chosen else self.latest
        return [self._chosen(choice, place) for place, choice in enumerate(chosen)]

    def _can_propose(self) -> bool:
        """Whether a strategy has something to propose, and there is room for what it makes."""
        most = self.settings.budget.candidates
        return (
            not self.state.strategy_rests
            and (most is None or len(self.state.candidates) + self._proposing < most)
            and self.state.ledger.fits(
                self.admission.proposing.plus(Spend(evaluations=1)), alone=True
            )
        )

    def _time_is_up(self, needed: float) -> bool:
        """Whether no more than the seconds that are needed is left; ends what is wanted then."""
        cap = self.settings.budget.seconds
        if cap is None or self.clock.seconds + needed < cap:
            return False
        self.ended = "the time is up"
        return True

    def _chosen(self, choice: Choice, place: int) -> Decision:
        if not isinstance(choice, Evaluate):
            return self._decision("propose", place=place, why=choice.why)
        trial = int(self.state.standings.counts[choice.candidate, choice.task])
        task = self.state.tasks[choice.task]
        return self._decision("search", choice.candidate, task, place, trial, choice.why)

    def _decision(
        self,
        purpose: Purpose,
        candidate: int | None = None,
        task: Task | None = None,
        place: int = 0,
        trial: int = 0,
        why: str = "",
    ) -> Decision:
        if candidate is not None and task is not None:
            # Another answer than the one that nobody could score.
            trial += self.state.unscored[candidate, task.number]
        return Decision(
            number=self.decided + place,
            purpose=purpose,
            candidate=candidate,
            task=None if task is None else task.number,
            trial=trial,
            after=self.state.taken,
            at=max(self.clock.seconds, self.state.last_at),
            why=why,
        )

    def _book_if_affordable(self, decision: Decision) -> bool:
        """Books a purchase that fits beside others even if unknown models keep no limits.

        One that only fits if they do is made alone.
        """
        ledger = self.state.ledger
        last = decision.purpose == "confirm"
        aside = NOTHING if last else self.admission.feared_aside
        fits = ledger.fits(self.admission.feared(decision.candidate), set_aside=aside)
        if not (fits or self.open) and ledger.fits(self._worst(decision), last=last):
            self._probe, fits = decision.number, True
        if fits:
            self._book(decision)
        return fits

    def _book(self, decision: Decision) -> None:
        self._reserve(decision)
        self.open[decision.number] = decision
        self._pairs |= self._pair(decision)
        self._proposing += decision.purpose == "propose"

    def _reserve(self, decision: Decision) -> None:
        alone = decision.number == self._probe
        worst = self._worst(decision) if alone else self.admission.feared(decision.candidate)
        self.state.ledger.reserve(decision.number, decision.purpose, worst)

    def _worst(self, decision: Decision) -> Spend:
        if decision.candidate is None:
            return self.admission.proposing
        return self.admission.worst[decision.candidate]

    def _pair(self, decision: Decision) -> set[tuple[int, int]]:
        if decision.purpose != "search" or decision.candidate is None or decision.task is None:
            return set()
        return {(decision.candidate, self.state.column[decision.task])}

    # Taking

    def _take(self, arrived: Sequence[Settled]) -> Exception | None:
        """Writes results and learns them; returns what ends the run, if one is a failure."""
        failure: Exception | None = None
        self._take_rollouts(
            [(one, one.outcome) for one in arrived if isinstance(one.outcome, Answered)]
        )
        for one in arrived:
            if isinstance(one.outcome, OutageError):
                self.outage = one.outcome
                self.ended = "an endpoint does not serve"
                self._close(one.decision)
            elif isinstance(one.outcome, Exception):
                failure = failure or one.outcome
            elif isinstance(one.outcome, Unjudged):
                self._take_unscored(one, one.outcome)
            elif not isinstance(one.outcome, Answered):
                self._take_proposal(one.decision, one.outcome, one.at)
        return failure

    def _take_rollouts(self, settled: Sequence[tuple[Settled, Answered]]) -> None:
        rollouts = [
            rollout_of(one, answered, self.state.taken + place)
            for place, (one, answered) in enumerate(settled)
        ]
        self.parts.archive.add_rollouts(self.parts.run, rollouts, self.settings.traces)
        for (one, _), rollout in zip(settled, rollouts, strict=True):
            self._learn(one.decision, rollout)

    def _take_unscored(self, settled: Settled, unjudged: Unjudged) -> None:
        """Books an answer and learns nothing from it; a scorer that always fails is an outage."""
        unscored = unscored_of(settled, unjudged, self.state.taken)
        self.parts.archive.add_unscored(self.parts.run, unscored)
        self._learn(settled.decision, unscored)
        if self.state.unscored_in_a_row >= UNSCORED_IN_A_ROW:
            self.outage = OutageError(
                f"{self.state.unscored_in_a_row} answers in a row could not be scored, the last "
                f"because {unscored.reason}"
            )
            self.ended = "no answer can be scored"

    def _take_proposal(self, decision: Decision, proposal: Proposal | None, at: float) -> None:
        birth, born = birth_of(
            decision, proposal, at, self.state, self.admission, self.settings.space
        )
        if born is not None:
            self.parts.archive.add_candidate(self.parts.run, born)
        self.parts.archive.add_birth(self.parts.run, birth, self.settings.traces)
        self._learn(decision, birth, born)

    def _learn(
        self,
        decision: Decision,
        result: Rollout | Birth | Unscored,
        born: Candidate | None = None,
    ) -> None:
        self._close(decision)
        known = dict(self.state.excess.seen)
        self.state.learn(result, born, decision.at)
        if self.state.excess.seen != known:
            self.admission.revise()
            for other in self.open.values():
                self._reserve(other)
        if born is not None:
            self.admission.admit(born.config)
        if self.state.taken % SNAPSHOT_EVERY == 0 or self.state.taken in EARLY:
            self.save()

    def _close(self, decision: Decision) -> None:
        del self.open[decision.number]
        self._pairs -= self._pair(decision)
        self._proposing -= decision.purpose == "propose"
