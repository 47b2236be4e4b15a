"""What the budget rules read of a search."""

from collections.abc import Mapping
from typing import Protocol

from archive.records import Purpose
from evolve.budget.ledger import Ledger
from evolve.budget.spend import Spends
from evolve.standings import Standings


class Consumed(Protocol):
    """The consumption of candidates so far."""

    @property
    def used(self) -> Spends:
        """The total consumption of each candidate's evaluations."""


class Seeded(Protocol):
    """The candidates of a search."""

    @property
    def seeds(self) -> list[int]:
        """The numbers of the seeds."""

    @property
    def models(self) -> list[frozenset[str]]:
        """The names of the models of each candidate."""

    @property
    def asked_once(self) -> list[bool]:
        """Whether each candidate is a single agent that is asked once."""


class Search(Protocol):
    """The data from which the reserve is computed."""

    @property
    def ledger(self) -> Ledger:
        """The ledger, with settled spend and caps."""

    @property
    def standings(self) -> Standings:
        """Posterior means and deviations of all candidates."""

    @property
    def consumption(self) -> Consumed:
        """The consumption of candidates so far."""

    @property
    def candidates(self) -> Seeded:
        """The candidates."""


class TimedConsumption(Consumed, Protocol):
    """The consumption of candidates so far, seconds included."""

    @property
    def seconds(self) -> list[float]:
        """The total consumption of each candidate's evaluations."""

    @property
    def slowest(self) -> Mapping[Purpose, float]:
        """The longest purchase of each purpose."""


class TimedSearch(Search, Protocol):
    """A search whose evaluations were timed."""

    @property
    def consumption(self) -> TimedConsumption:
        """The consumption of candidates so far."""
