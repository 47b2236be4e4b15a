"""Whether the answer is the truth, spelling aside."""

from archive.records import Score
from evolve.answers import normalise
from evolve.tasks.base import Scorer, Task
from evolve.tasks.feedback import verdict_of


class Exact(Scorer):
    """1 if answer and truth are equal, case, spacing, outer punctuation, number format aside."""

    async def score(self, task: Task, answer: str) -> Score:
        """Compares normalised texts."""
        truth = str(task.answer)
        return verdict_of(normalise(answer) == normalise(truth), truth, answer)
