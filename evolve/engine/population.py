"""The candidates of a search."""

from collections.abc import Iterator, Sequence
from typing import overload

from archive.controls import CONTROL
from archive.records import Candidate
from evolve.budget.overruns import models_of
from search_spaces.single import is_asked_once


class Population(Sequence[Candidate]):
    """The candidates by number.

    Attributes:
        number_of: Their numbers by content id.
        seeds: The numbers of those that the search started from.
        controls: The numbers of those that were made to compare a winner with.
        models: The names of the models that each one uses.
        asked_once: Whether each one is a single agent that is asked once.
    """

    def __init__(self) -> None:
        """Starts empty."""
        self.number_of: dict[str, int] = {}
        self.seeds: list[int] = []
        self.controls: list[int] = []
        self.asked_once: list[bool] = []
        self.models: list[frozenset[str]] = []
        self._candidates: list[Candidate] = []

    @overload
    def __getitem__(self, number: int) -> Candidate: ...

    @overload
    def __getitem__(self, number: slice) -> Sequence[Candidate]: ...

    def __getitem__(self, number: int | slice) -> Candidate | Sequence[Candidate]:
        return self._candidates[number]

    def __len__(self) -> int:
        return len(self._candidates)

    def __iter__(self) -> Iterator[Candidate]:
        return iter(self._candidates)

    def add(self, candidate: Candidate) -> None:
        """Adds the next candidate."""
        self._candidates.append(candidate)
        self.number_of[candidate.id] = candidate.number
        self.models.append(models_of(candidate.config))
        self.asked_once.append(is_asked_once(candidate.config))
        if candidate.operator == "seed":
            self.seeds.append(candidate.number)
        elif candidate.operator == CONTROL:
            self.controls.append(candidate.number)
