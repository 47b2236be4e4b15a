"""Counts of answers that could not be scored."""

from collections import Counter
from collections.abc import Iterable, Iterator

ATTEMPTS = 3
"""Unscored answers of one candidate to one task after which no further one is bought."""


class UnscoredAnswers:
    """The number of unscored answers of each candidate to each task.

    Attributes:
        in_a_row: The number of unscored answers since the last scored one.
    """

    def __init__(self, counts: Iterable[tuple[int, int, int]] = (), in_a_row: int = 0) -> None:
        """Starts with given counts.

        Args:
            counts: Candidates, numbers of tasks, and counts.
            in_a_row: The number of unscored answers since the last scored one.
        """
        self.in_a_row = in_a_row
        self._times = Counter({(candidate, task): times for candidate, task, times in counts})

    def __iter__(self) -> Iterator[tuple[int, int, int]]:
        return ((candidate, task, times) for (candidate, task), times in self._times.items())

    def add(self, candidate: int, task: int, *, given_up: bool = False) -> None:
        """Adds an evaluation without a score; only a scorer's failure counts as one in a row."""
        self._times[candidate, task] += 1
        self.in_a_row += not given_up

    def times(self, candidate: int, task: int) -> int:
        """The count of a candidate on a task."""
        return self._times[candidate, task]

    def is_abandoned(self, candidate: int, task: int) -> bool:
        """Whether a candidate is not evaluated on a task again."""
        return self._times[candidate, task] >= ATTEMPTS

    @property
    def abandoned(self) -> list[tuple[int, int]]:
        """The (candidate, task) pairs that are not evaluated again."""
        return [pair for pair, times in self._times.items() if times >= ATTEMPTS]

    def total(self) -> int:
        """The total count."""
        return self._times.total()
