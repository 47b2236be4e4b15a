"""Whether the answer is the right number, however it is written."""

from functools import lru_cache

from pydantic import Field

from archive.records import Score
from evolve.answers.numbers import numbers
from evolve.tasks.base import Scorer, Task
from evolve.tasks.feedback import verdict_of
from evolve.tasks.truths import alternatives, shown


class Numeric(Scorer):
    r"""1 if the answer holds one number and that is the true one.

    Units, currencies and thousands separators are passed over; 3/4 and \frac{3}{4} are read as
    fractions, 10^6, 3 million and forty-two as numbers. A percent sign may be read or passed over:
    45% equals 0.45 and 45. An answer with several numbers that differ is no answer. A truth that is
    a list holds several accepted numbers.
    """

    tolerance: float = Field(
        default=1e-6, ge=0, description="The largest difference that is still right."
    )

    def check(self, answer: object) -> str:
        """A truth has to hold one number, or a list of them."""
        accepted = alternatives(answer) or ()
        fit = all(not isinstance(each, bool) and numbers(str(each)) for each in accepted)
        return "" if accepted and fit else "expected one number"

    async def score(self, task: Task, answer: str) -> Score:
        """Compares every reading of the one with every reading of the other."""
        given = numbers(answer)
        true = [
            reading
            for truth in alternatives(task.answer) or ()
            for reading in _readings_of_truth(str(truth))
        ]
        right = any(abs(one - other) <= self.tolerance for one in true for other in given)
        return verdict_of(right, shown(task.answer), answer, "" if given else "not one number")


@lru_cache(maxsize=4096)
def _readings_of_truth(truth: str) -> tuple[float, ...]:
    return numbers(truth)  # the same for every answer to a task
