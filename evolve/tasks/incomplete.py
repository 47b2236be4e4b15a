"""Rows that lack what a task needs: its text or its answer."""

from collections.abc import Sequence

from evolve.data.rows import Row
from evolve.errors import TaskError

_NAMED = 8
"""Places that a message names."""


class IncompleteError(TaskError):
    """A task file has rows without text or answer, which may be left out."""

    def __init__(self, problem: str) -> None:
        """Describes the rows, without what to do about them.

        Args:
            problem: How many there are, and where.
        """
        super().__init__(
            f"{problem}; complete them, or leave them out with `tasks.incomplete: leave_out` in a "
            "run file, --leave-out with `evolve init`"
        )
        self.problem = problem


def incomplete(source: str, rows: int, lacking: Sequence[tuple[Row, TaskError]]) -> str:
    """How many rows lack text or answer, where they are, and why the first does.

    Args:
        source: The task file.
        rows: All rows.
        lacking: The rows concerned, each with its error.
    """
    places = [row.place for row, _ in lacking]
    kind = places[0].partition(" ")[0]
    numbers = ", ".join(place.removeprefix(f"{kind} ") for place in places[:_NAMED])
    more = ", …" if len(places) > _NAMED else ""
    plural = "s" if len(places) > 1 else ""
    lacks = "lack" if len(places) > 1 else "lacks"
    why = str(lacking[0][1]).rpartition(f"{places[0]}: ")[2]
    return (
        f"{source}: {len(lacking)} of {rows} rows {lacks} text or answer "
        f"({kind}{plural} {numbers}{more}): {why}"
    )
