"""Whether the answer is the same mathematics as the truth, however it is written."""

import asyncio
import re
from importlib.util import find_spec

from pydantic import Field, PrivateAttr

from archive.records import Score
from evolve.answers.reading import extract_marked, normalise
from evolve.errors import RunError, UnscoredError
from evolve.sandbox.killable import Json, KilledError, Pool
from evolve.tasks.base import Scorer, Task
from evolve.tasks.feedback import quoted, verdict_of
from evolve.tasks.truths import alternatives, shown

_ATTEMPTS = 2
"""A comparison that fails is repeated once in a fresh process."""

_PI = re.compile(r"(?<![\\a-zA-Z])pi(?![a-zA-Z])")
"""Without its backslash, which makes it a product of two letters in LaTeX."""

_LONGEST = 2_000
"""Characters of an answer; more is no final answer."""


class MathEquality(Scorer):
    r"""1 if answer and truth are equal as mathematics: \frac{1}{2}, 1/2 and 0.5 are.

    The library math-verify compares them, in processes of its own: some comparisons never end. One
    that fails twice is reported as such and scores nothing at all. Needs `evolve-mas[math]`.
    """

    timeout_s: float = Field(default=20.0, gt=0, le=600, description="For one comparison.")
    workers: int = Field(default=2, ge=1, le=64, description="Comparisons at once.")

    _pool: Pool | None = PrivateAttr(default=None)

    @property
    def cpus(self) -> float:
        """One: comparisons are computed."""
        return 1.0

    def require(self) -> None:
        """Raises a RunError that says what to install, where the library is not there."""
        if find_spec("math_verify") is None:
            raise RunError(
                "scorer math_equality needs the package math-verify; pip install 'evolve-mas[math]'"
            )

    def check(self, answer: object) -> str:
        """A truth has to be a text, a number, or a list of accepted ones."""
        return "" if alternatives(answer) else "expected a text, a number, or a list of these"

    async def score(self, task: Task, answer: str) -> Score:
        """Compares them as mathematics, unless they are equal as texts.

        Raises:
            UnscoredError: They cannot be compared.
        """
        given, why = _bare(answer), ""
        truths = [_bare(str(truth)) for truth in alternatives(task.answer) or (task.answer,)]
        if any(normalise(truth) == normalise(given) for truth in truths):
            return verdict_of(True, shown(task.answer), given)
        if len(given) > _LONGEST:
            return verdict_of(False, shown(task.answer), given, "too long for a final answer")
        for truth in truths:
            result = await self._compared({"truth": truth, "answer": given})
            if result["equal"]:
                return verdict_of(True, truth, given)
            why = str(result["why"])
        return verdict_of(False, shown(task.answer), given, why)

    async def close(self) -> None:
        """Ends the processes."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            await asyncio.to_thread(pool.close)

    async def _compared(self, both: Json) -> Json:
        if self._pool is None:
            self._pool = Pool(f"{__name__}:compare", self.workers, self.timeout_s)
        for attempt in range(_ATTEMPTS):
            try:
                return await self._pool.call(both)
            except KilledError as error:
                if attempt == _ATTEMPTS - 1:
                    raise UnscoredError(
                        f"comparing {quoted(str(both['truth']))} with "
                        f"{quoted(str(both['answer']))} failed {_ATTEMPTS} times: {error}"
                    ) from None
        raise AssertionError("the last attempt returns or raises")


def compare(both: Json) -> Json:
    """Compares `truth` and `answer`; runs in a worker, because math-verify lives on signals."""
    from math_verify import parse, verify

    def read(text: str) -> list[list[object]]:
        # As LaTeX and as plain text: "pi" is a number in one and a product in the other. Whoever
        # calls keeps the time, because the library's own limit would say "not equal" instead.
        forms = ("$" + _PI.sub(r"\\pi", text) + "$", text)
        readings = (parse(form, parsing_timeout=None) for form in forms)
        return [reading for reading in readings if reading]

    truths, answers = read(str(both["truth"])), read(str(both["answer"]))
    if not truths:
        return {"equal": False, "why": "the truth is no mathematics and differs as a text"}
    equal = any(
        verify(truth, answer, timeout_seconds=None, raise_on_error=True)
        for truth in truths
        for answer in answers
    )
    return {"equal": equal, "why": "" if answers else "no mathematics that can be read"}


def _bare(text: str) -> str:
    """What is in the last box of a text, or else the text itself, without dollar signs."""
    return (extract_marked(text) or text).strip().strip("$").strip()
