"""Whether the answer is the right number, however it is written."""

import math
import re
from functools import lru_cache

from pydantic import Field

from archive.records import Score
from evolve.tasks.base import Scorer, Task
from evolve.tasks.feedback import verdict_of

_DIGITS = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+"
_NUMBER = re.compile(
    rf"(?P<sign>(?<![\w)])[-+])?(?<![\w.,])(?P<top>{_DIGITS})(?:e(?P<power>[-+]?\d{{1,3}}))?"
    rf"(?:\s*/\s*(?P<bottom>{_DIGITS}))?\s*(?P<percent>%|percent\b)?(?![.,]?\d)",
    re.IGNORECASE,
)
_LATEX_NOISE = re.compile(r"\\(?:text|mathrm|textbf)\{[^{}]*\}|\^\{?\\circ\}?|\\[,;! $]|[$€£¥₹]")
_LATEX_FRACTION = re.compile(r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}")


class Numeric(Scorer):
    r"""1 if the answer holds one number and that is the true one.

    Units, currencies and thousands separators are passed over; 3/4 and \frac{3}{4} are read as
    fractions. A percent sign may be read or passed over: 45% equals 0.45 and 45. An answer with
    several numbers is no answer.
    """

    tolerance: float = Field(
        default=1e-6, ge=0, description="The largest difference that is still right."
    )

    def check(self, answer: object) -> str:
        """A truth has to hold one number."""
        whether = isinstance(answer, str | int | float) and not isinstance(answer, bool)
        return "" if whether and numbers(str(answer)) else "expected one number"

    async def score(self, task: Task, answer: str) -> Score:
        """Compares every reading of the one with every reading of the other."""
        truth, given = str(task.answer), numbers(answer)
        true = _of_truth(truth)
        right = any(abs(one - other) <= self.tolerance for one in true for other in given)
        return verdict_of(right, truth, answer, "" if given else "not one number")


@lru_cache(maxsize=4096)
def _of_truth(truth: str) -> tuple[float, ...]:
    return numbers(truth)  # the same for every answer to a task


def numbers(text: str) -> tuple[float, ...]:
    """What the one number in a text may mean; nothing if there is none, or more than one."""
    plain = _LATEX_NOISE.sub("", text.replace("−", "-").replace("{,}", ","))
    plain = _LATEX_FRACTION.sub(r"\1/\2", plain).replace("\\%", "%")
    found = list(_NUMBER.finditer(plain))
    # What is left of LaTeX, and powers, would make it a term rather than a number.
    if len(found) != 1 or "\\" in plain or "^" in plain:
        return ()
    (number,) = found
    top = float(number["top"].replace(",", "") + f"e{number['power'] or 0}")
    bottom = float((number["bottom"] or "1").replace(",", ""))
    value = top / bottom * (-1 if number["sign"] == "-" else 1) if bottom else math.nan
    if not math.isfinite(value):
        return ()
    return (value, value / 100) if number["percent"] else (value,)
