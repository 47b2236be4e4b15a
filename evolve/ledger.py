"""Spend: the worst case is reserved before a purchase, the actual is settled after it.

What is settled, reserved and set aside never exceeds a cap, so neither does what is spent. A
reservation is given back when the search *takes* the result, so under ``ticket`` order what fits
does not depend on timing.
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
"""How many more calls than expected may be lost: standard deviations of the number, and a few."""

PICO = 10**12

KEPT = 0.02
"""The share of every cap that is kept for lost calls, before it is known how many there are."""

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
    candidates: int | None = Field(default=None, gt=0, description="Configurations made.")

    @model_validator(mode="after")
    def _caps_something(self) -> Self:
        if self.model_dump(exclude_none=True) == {}:
            raise ValueError("name at least one cap: usd, evaluations, calls, tokens, seconds, …")
        return self


class Spend(NamedTuple):
    """What a purchase takes from every capped quantity; ``usd`` None: a price is unknown."""

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


class Ledger:
    """Keeps settled and reserved spend below the caps of a budget."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.by_purpose: dict[Purpose, Spend] = {}
        self.settled = NOTHING
        """What was spent on results that the search has taken."""
        self.set_aside = NOTHING
        self.may_lose = False
        """Whether calls may be billed that bring no answer."""
        self._reserved: dict[int, tuple[Purpose, Spend]] = {}
        self._arrived: dict[int, Spend] = {}
        self._sums = [0] * len(Spend._fields)
        self._unpriced = 0
        caps = [getattr(budget, name) for name in Spend._fields]
        self._caps = [(place, cap) for place, cap in enumerate(caps) if cap is not None]
        usd, _, calls, tokens = (cap or 0 for cap in caps)
        self._kept = Spend(usd * KEPT, 0, int(calls * KEPT), int(tokens * KEPT))

    @property
    def reserved(self) -> Spend:
        """The worst case of what is under way."""
        usd = None if self._unpriced else self._sums[0] / PICO
        return Spend(usd, *self._sums[1:])

    def allowance(self, calls: int) -> Spend:
        """What may be lost of so many calls, going by how many were lost so far, and of what."""
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
            set_aside: What must remain after it, instead of what is set aside now.
            alone: Whether it is to be made when nothing else is under way.
            last: Whether the run ends with it, so that calls that get lost may take what is left.

        Raises:
            BudgetError: There is a cap in USD and a price is unknown.
        """
        reserved = NOTHING if alone else self.reserved
        aside = self.set_aside if set_aside is None else set_aside
        spare = NOTHING if last else self.allowance(reserved.calls + worst.calls)
        return self._holds(self.settled, reserved, aside, worst, spare)

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
        """What is left of each capped quantity when nothing is under way; infinite without cap."""
        settled, aside, spare = self.settled, self.set_aside, self.allowance(0)
        room = [math.inf] * len(Spend._fields)
        for place, cap in self._caps:
            used = (settled[place] or 0) + (aside[place] or 0) + (spare[place] or 0)
            room[place] = cap - used
        return tuple(room)

    def reserve(self, decision: int, purpose: Purpose, worst: Spend) -> None:
        """Sets the worst case of a purchase apart until it is settled."""
        self._release(decision)
        self._reserved[decision] = purpose, worst
        self._add(worst, 1)

    def settle(self, decision: int, purpose: Purpose, actual: Spend) -> None:
        """Books what a purchase came to and gives the rest of its reservation back."""
        self._release(decision)
        self._arrived.pop(decision, None)
        self._book(purpose, actual)

    def _release(self, decision: int) -> None:
        if decision in self._reserved:
            self._add(self._reserved.pop(decision)[1], -1)

    def _add(self, worst: Spend, sign: int) -> None:
        # In whole picodollars, so that the sum does not depend on the order of its parts.
        self._unpriced += sign * (worst.usd is None)
        amounts = (math.ceil((worst.usd or 0.0) * PICO), *worst[1:])
        self._sums = [have + sign * more for have, more in zip(self._sums, amounts, strict=True)]

    def lose(self, actual: Spend) -> None:
        """Books what a call without an answer may have cost.

        It may be made again if there `has_room`: what is reserved for it still covers one answer.
        """
        self._book("lost", actual)

    @property
    def has_room(self) -> bool:
        """Whether what is under way fits, as far as it is known what it came to.

        What is set aside is lent to it: a purchase that was begun comes before the next one.
        """
        worst = (self._arrived.get(number, worst) for number, (_, worst) in self._reserved.items())
        return self._holds(self.settled.plus(_total(worst)))

    @property
    def under_way(self) -> int:
        """How many purchases have not come to anything yet."""
        return len(self._reserved.keys() - self._arrived.keys())

    def arrive(self, decision: int, actual: Spend) -> None:
        """Learns what a purchase came to, before the search takes it."""
        self._arrived[decision] = actual

    def _book(self, purpose: Purpose, actual: Spend) -> None:
        self.know(purpose, self.by_purpose.get(purpose, NOTHING).plus(actual))

    def know(self, purpose: Purpose, spent: Spend) -> None:
        """Takes over what was spent for a purpose, in place of what was known of it."""
        self.by_purpose[purpose] = spent
        self.settled = _total(self.by_purpose.values())

    @property
    def share(self) -> float:
        """How much of the tightest cap is settled, 0 to 1."""
        return self._share(NOTHING)

    @property
    def progress(self) -> float:
        """How much of the tightest cap, less what is set aside, is settled, 0 to 1."""
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
