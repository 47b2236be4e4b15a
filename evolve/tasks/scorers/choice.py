"""Whether the answer names the right options of a multiple choice."""

from archive.records import Score
from evolve.answers.letters import letters
from evolve.tasks.base import Scorer, Task
from evolve.tasks.feedback import verdict_of


class Choice(Scorer):
    """1 if the answer names the same letters as the truth, as in B, (b), 'B) Paris' or 'option B'.

    A truth with several letters, such as 'A,C' or a list of them, asks for all of these and no
    other. An answer that names more letters than are right, or hedges, is wrong.
    """

    def check(self, answer: object) -> str:
        """A truth has to name letters."""
        return "" if _truth(answer) else "expected a letter such as B, or several such as A,C"

    async def score(self, task: Task, answer: str) -> Score:
        """Compares sets of letters."""
        truth, given = _truth(task.answer), letters(answer)
        why = "" if given else "names no option"
        if len(given) > len(truth):
            why = f"names {len(given)} options"
        return verdict_of(given == truth, ", ".join(sorted(truth)), answer, why)


def _truth(answer: object) -> frozenset[str]:
    """The letters of a truth; none where a part of it is no letter."""
    parts = answer if isinstance(answer, list | tuple) else [answer]
    named = [letters(part) if isinstance(part, str) else frozenset() for part in parts]
    return frozenset().union(*named) if all(named) else frozenset()
