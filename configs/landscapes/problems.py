"""The tasks that landscapes share: the quickstart's kinds of problems, others of them and more."""

from collections.abc import Mapping

from configs.puzzle_tasks import as_text, make_tasks

SEED = "landscapes"
SPLITS: Mapping[str, int] = {"train": 10, "validation": 50, "test": 100}
"""How many tasks of each of the five domains go into each split."""


def text() -> str:
    """The task file's content: one JSON object a line."""
    return as_text(make_tasks(SEED, SPLITS))
