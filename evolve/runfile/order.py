"""The order in which results are observed, and how far decisions may run ahead of them."""

from abc import abstractmethod
from typing import Literal

from pydantic import Field, model_serializer

from search_spaces.frozen import Frozen


class Order(Frozen):
    """The rule that says when the next decision may be made.

    A run file writes it as its kind, or as ``{kind: {option: value}}``.
    """

    kind: str = Field(description="Which rule.")

    @model_serializer
    def _as_written(self) -> str | dict[str, dict[str, object]]:
        options = {name: value for name, value in self if name != "kind"}
        return {self.kind: options} if options else self.kind

    @abstractmethod
    def room(self, concurrency: int, open_decisions: int) -> int:
        """How many decisions may be made now.

        Args:
            concurrency: How many evaluations may run at once.
            open_decisions: The number of decisions without an observed result.
        """

    @property
    @abstractmethod
    def by_number(self) -> bool:
        """Whether results are observed by decision number rather than as they arrive."""


class Arrival(Order):
    """Results are observed as they arrive; a decision is made for every free slot."""

    kind: Literal["arrival"] = "arrival"

    def room(self, concurrency: int, open_decisions: int) -> int:
        """Every slot that is free."""
        return concurrency - open_decisions

    @property
    def by_number(self) -> bool:
        """As they arrive."""
        return False


class Ticket(Order):
    """Decision n sees exactly the results 1 … n−lag, whatever the timing."""

    kind: Literal["ticket"] = "ticket"
    lag: float = Field(default=3.0, ge=1, description="In multiples of the concurrency.")

    def room(self, concurrency: int, open_decisions: int) -> int:
        """One, while fewer than the lag are open: each decision sees its own prefix."""
        return 1 if open_decisions < round(self.lag * concurrency) else 0

    @property
    def by_number(self) -> bool:
        """By number."""
        return True
