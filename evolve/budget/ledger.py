"""The ledger: worst cases are reserved before purchases, actual costs settled after them.

What is settled, reserved and set aside never exceeds a cap, so neither does what is spent. A
reservation is released when the search *observes* the result, so under ``ticket`` order the
available room does not depend on timing.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple, Self

from pydantic import Field, model_validator

from archive.records import Purpose, Usage
from evolve.errors import BudgetError
from search_spaces.frozen import Frozen

DEVIATIONS = 3.0
SPARE = 3.0
"""The margin of unanswered calls above the expected number: standard deviations, and a constant."""

PICO = 10**12

KEPT = 0.02
"""The share of every cap that is kept for unanswered calls before their rate is known."""

NO_PRICE = (
    "budget.usd caps the spend but a model has no price; give every model "
    "`price: {prompt: …, completion: …}` in USD per million tokens, or cap "
    "calls or tokens instead"
)
"""Why a run cannot be bought."""


class Budget(Frozen):
    """Caps on a whole run: searching, proposing and confirming together."""

    usd: float | None = Field(default=None, gt=0, description="US dollars; needs every price.")
    evaluations: int | None = Field(default=None, gt=0, description="Task evaluations.")
    calls: int | None = Field(default=None, gt=0, description="Model calls.")
    tokens: int | None = Field(default=None, gt=0, description="Prompt and completion tokens.")
    seconds: float | None = Field(default=None, gt=0, description="The run's clock.")
    candidates: int | None = Field(
        default=None, gt=0, description="Configurations that the search makes."
    )

    @model_validator(mode="after")
    def _caps_something(self) -> Self:
        if self.model_dump(exclude_none=True) == {}:
            raise ValueError("name at least one cap: usd, evaluations, calls, tokens, seconds, …")
        return self


class Spend(NamedTuple):
    """The consumption of every capped quantity; ``usd`` None: a price is unknown."""

    usd: float | None = 0.0
    evaluations: int = 0
    calls: int = 0
    tokens: int = 0

    @classmethod
    def of(cls, usage: Usage, evaluations: int) -> "Spend":
        """The spend of model calls made for that many evaluations."""
        return cls(usage.usd, evaluations, usage.calls, usage.tokens)

    def plus(self, other: "Spend") -> "Spend":
        """Both together."""
        usd = None if self.usd is None or other.usd is None else self.usd + other.usd
        return Spend(
            usd,
            self.evaluations + other.evaluations,
            self.calls + other.calls,
            self.tokens + other.tokens,
        )

    def minus(self, other: "Spend") -> "Spend":
        """The remainder without a part of it."""
        usd = None if self.usd is None or other.usd is None else self.usd - other.usd
        return Spend(
            usd,
            self.evaluations - other.evaluations,
            self.calls - other.calls,
            self.tokens - other.tokens,
        )

    def smallest(self, other: "Spend") -> "Spend":
        """The smaller of both in every quantity."""
        usd = None if self.usd is None or other.usd is None else min(self.usd, other.usd)
        return Spend(
            usd,
            min(self.evaluations, other.evaluations),
            min(self.calls, other.calls),
            min(self.tokens, other.tokens),
        )

    def times(self, count: int) -> "Spend":
        """The same, several times."""
        usd = None if self.usd is None else self.usd * count
        return Spend(usd, self.evaluations * count, self.calls * count, self.tokens * count)

    def part(self, share: float) -> "Spend":
        """A share of it, which may be more than the whole, rounded up."""
        usd = None if self.usd is None else self.usd * share
        return Spend(usd, *(math.ceil(amount * share) for amount in self[1:]))

    def largest(self, other: "Spend") -> "Spend":
        """The larger of both in every quantity."""
        usd = None if self.usd is None or other.usd is None else max(self.usd, other.usd)
        return Spend(
            usd,
            max(self.evaluations, other.evaluations),
            max(self.calls, other.calls),
            max(self.tokens, other.tokens),
        )


NOTHING = Spend()


class _Reservation(NamedTuple):
    """The reservation of a purchase in flight."""

    purpose: Purpose
    planned: Spend
    exposed: Spend


class _Sum:
    """A sum of spends that does not depend on their order: in whole picodollars."""

    def __init__(self) -> None:
        self._amounts = [0] * len(Spend._fields)
        self._unpriced = 0

    @property
    def spend(self) -> Spend:
        return Spend(None if self._unpriced else self._amounts[0] / PICO, *self._amounts[1:])

    def add(self, spend: Spend, sign: int) -> None:
        self._unpriced += sign * (spend.usd is None)
        amounts = (math.ceil((spend.usd or 0.0) * PICO), *spend[1:])
        self._amounts = [a + sign * more for a, more in zip(self._amounts, amounts, strict=True)]


class Ledger:
    """Keeps settled and reserved spend below the caps of a budget."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.by_purpose: dict[Purpose, Spend] = {}
        self.settled = NOTHING
        """Spend on results that the search has observed."""
        self.set_aside = NOTHING
        self.for_controls = NOTHING
        """The part of what is set aside that purchases in flight may use."""
        self.may_lose = False
        """Whether calls without an answer may be billed."""
        self._reserved: dict[int, _Reservation] = {}
        self._arrived: dict[int, Spend] = {}
        self._planned, self._exposed = _Sum(), _Sum()
        caps = [getattr(budget, name) for name in Spend._fields]
        self._caps = [(place, cap) for place, cap in enumerate(caps) if cap is not None]
        usd, _, calls, tokens = (cap or 0 for cap in caps)
        self._kept = Spend(usd * KEPT, 0, int(calls * KEPT), int(tokens * KEPT))

    @property
    def caps(self) -> tuple[float, ...]:
        """The cap of each quantity; infinite where there is none."""
        caps = dict(self._caps)
        return tuple(caps.get(place, math.inf) for place in range(len(Spend._fields)))

    @property
    def reserved(self) -> Spend:
        """The planned spend of purchases in flight: their worst cases, or expected costs."""
        return self._planned.spend

    @property
    def exposed(self) -> Spend:
        """The worst case of purchases in flight, for the calls that they have started."""
        return self._exposed.spend

    def allowance(self, calls: int) -> Spend:
        """The allowance for unanswered calls among so many, from the rate and cost so far."""
        kept = self._kept if self.may_lose else NOTHING
        lost = self.by_purpose.get("lost", NOTHING)
        if not lost.calls:
            return kept
        expected = calls * lost.calls / self.settled.calls
        share = (expected + DEVIATIONS * math.sqrt(expected) + SPARE) / lost.calls
        return kept.largest(lost.part(share))

    def fits(
        self,
        worst: Spend,
        *,
        set_aside: Spend | None = None,
        alone: bool = False,
        last: bool = False,
    ) -> bool:
        """Whether a purchase of that worst case could not break a cap.

        Args:
            worst: The purchase's worst case.
            set_aside: What must remain after it, instead of the present reserve.
            alone: Whether it is to be made when nothing else is in flight.
            last: Whether the run ends with it, so that unanswered calls may use the remainder.

        Raises:
            BudgetError: There is a cap in USD and a price is unknown.
        """
        reserved = NOTHING if alone else self.reserved
        aside = self.set_aside if set_aside is None else set_aside
        spare = NOTHING if last else self.allowance(reserved.calls + worst.calls)
        exposed = NOTHING if alone else self.exposed
        return self._holds(self.settled, reserved, aside, worst, spare) and self._holds(
            self.settled, exposed, worst
        )

    def covers(self, more: Spend, *, lend: bool = False) -> bool:
        """Whether the worst case of the purchases in flight may grow by that much.

        Args:
            more: The worst case of another call.
            lend: Whether it may use the reserve, as where no call can be unanswered.
        """
        aside = NOTHING
        if self.may_lose and not lend:
            aside = self.set_aside.minus(self.for_controls)
        return self._holds(self.settled, self.exposed, more, aside)

    def _holds(self, *spends: Spend) -> bool:
        """Whether all of them together keep every cap."""
        for place, cap in self._caps:
            total = 0.0
            for spend in spends:
                amount = spend[place]
                if amount is None:
                    raise BudgetError(NO_PRICE)
                total += amount
            if total > cap:
                return False
        return True

    @property
    def room(self) -> tuple[float, ...]:
        """The remainder of each capped quantity when nothing is in flight; infinite without cap."""
        settled, aside, spare = self.settled, self.set_aside, self.allowance(0)
        room = [math.inf] * len(Spend._fields)
        for place, cap in self._caps:
            used = (settled[place] or 0) + (aside[place] or 0) + (spare[place] or 0)
            room[place] = cap - used
        return tuple(room)

    def binding(self, more: Spend) -> str:
        """The name of the cap that leaves the least room for a purchase of that much."""
        total = self.settled.plus(self.exposed).plus(more)
        shares = {Spend._fields[place]: (total[place] or 0) / cap for place, cap in self._caps}
        return max(shares, key=lambda name: shares[name], default="")

    @property
    def reserved_for(self) -> set[int]:
        """The numbers of the purchases in flight, or not yet observed."""
        return set(self._reserved)

    def reserve(
        self, decision: int, purpose: Purpose, planned: Spend, exposed: Spend | None = None
    ) -> None:
        """Reserves budget for a purchase until it is settled.

        Args:
            decision: The purchase's number.
            purpose: Its purpose.
            planned: The planned spend: its worst case, or its expected cost.
            exposed: The worst case without another call; None: as planned.
        """
        self._release(decision)
        one = _Reservation(purpose, planned, planned if exposed is None else exposed)
        self._reserved[decision] = one
        self._planned.add(one.planned, 1)
        self._exposed.add(one.exposed, 1)

    def settle(self, decision: int, purpose: Purpose, actual: Spend) -> None:
        """Books the actual cost of a purchase and releases the rest of its reservation."""
        self._release(decision)
        self._arrived.pop(decision, None)
        self._book(purpose, actual)

    def _release(self, decision: int) -> None:
        if decision in self._reserved:
            one = self._reserved.pop(decision)
            self._planned.add(one.planned, -1)
            self._exposed.add(one.exposed, -1)

    def lose(self, actual: Spend) -> None:
        """Books the worst case of a call without an answer.

        It may be repeated if the ledger `has_room`: its reservation still covers one answer.
        """
        self._book("lost", actual)

    @property
    def has_room(self) -> bool:
        """Whether the purchases in flight fit, as far as their costs are known.

        They may use the reserve: a purchase that has started has priority over the next one.
        """
        worst = (self._arrived.get(number, one.exposed) for number, one in self._reserved.items())
        return self._holds(self.settled.plus(_total(worst)))

    @property
    def under_way(self) -> int:
        """The number of purchases without an outcome."""
        return len(self._reserved.keys() - self._arrived.keys())

    def arrive(self, decision: int, actual: Spend) -> None:
        """Records the cost of a purchase before the search observes its result."""
        self._arrived[decision] = actual

    def _book(self, purpose: Purpose, actual: Spend) -> None:
        self.know(purpose, self.by_purpose.get(purpose, NOTHING).plus(actual))

    def know(self, purpose: Purpose, spent: Spend) -> None:
        """Replaces the spend of a purpose."""
        self.by_purpose[purpose] = spent
        self.settled = _total(self.by_purpose.values())

    @property
    def share(self) -> float:
        """The settled share of the tightest cap, 0 to 1."""
        return self._share(NOTHING)

    @property
    def progress(self) -> float:
        """The settled share of the tightest cap less the reserve, 0 to 1."""
        return self._share(self.set_aside)

    def _share(self, aside: Spend) -> float:
        settled = self.settled
        shares = [
            min(1.0, (settled[place] or 0) / max(cap - (aside[place] or 0), 1e-12))
            for place, cap in self._caps
        ]
        return max(shares, default=0.0)


def _total(spends: Iterable[Spend]) -> Spend:
    total = NOTHING
    for spend in spends:
        total = total.plus(spend)
    return total
