"""The scorer of own_data.yaml: half for the product, half for the quantity."""

from collections.abc import Mapping
from typing import Any

from evolve.tasks.base import Task


def score(task: Task, answer: str) -> Mapping[str, Any]:
    """Scores an answer such as 'lamp; 2' against the row of the table.

    Args:
        task: Its `answer` is the whole row, because the run file says `answer: null`.
        answer: What the system answered, without the words around it.
    """
    product, _, quantity = (part.strip(" .'\"").lower() for part in answer.partition(";"))
    row = task.answer
    wrong = []
    if product.rstrip("s") != row["product"].rstrip("s"):
        wrong.append(f"the product is {row['product']}, not {product or 'left out'}")
    if quantity != row["quantity"]:
        wrong.append(f"the quantity is {row['quantity']}, not {quantity or 'left out'}")
    return {"score": 1 - len(wrong) / 2, "feedback": "; ".join(wrong) or "correct"}
