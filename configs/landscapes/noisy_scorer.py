"""A scorer that is often wrong, always in the same way."""

from hashlib import blake2b
from typing import Any

from evolve.answers.reading import normalise

WRONG = 0.3
"""The share of its scores that are the opposite of the truth."""


def score(task: Any, answer: str) -> float:  # noqa: ANN401 - a task, which scorers need not import
    """1 for a right answer and 0 for a wrong one, or the opposite.

    Whether a score is turned round is a function of the task and the answer.
    """
    given = normalise(answer)
    right = given == normalise(str(task.answer))
    draw = blake2b(f"{task.input.id} {given}".encode(), digest_size=8).digest()
    turned = int.from_bytes(draw, "little") < WRONG * 2**64
    return float(right != turned)
