"""Makes the quickstart task set: five kinds of short problems, each answer computed, none copied.

``python -m configs.puzzle_tasks`` writes ``configs/puzzles.jsonl`` again, byte for byte.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from random import Random

from configs.puzzle_tasks import arithmetic, calendar, conversions, letters, logic

SEED = "quickstart"

DOMAINS: Mapping[str, Callable[[Random], tuple[str, str]]] = {
    "arithmetic": arithmetic.make,
    "calendar": calendar.make,
    "conversions": conversions.make,
    "letters": letters.make,
    "logic": logic.make,
}
"""By domain: what makes a question and its one true answer."""

SPLITS: Mapping[str, int] = {"train": 12, "validation": 24, "test": 32}
"""How many tasks of each domain go into each split."""


def tasks() -> list[dict[str, str]]:
    """The quickstart's task set."""
    return make_tasks(SEED, SPLITS)


def make_tasks(seed: str, splits: Mapping[str, int]) -> list[dict[str, str]]:
    """A task set: splits one after the other, the domains taking turns within each.

    Args:
        seed: Another seed makes other problems of the same kinds.
        splits: How many tasks of each domain go into each split.
    """
    made = {domain: _distinct(seed, domain, make) for domain, make in DOMAINS.items()}
    rows: list[dict[str, str]] = []
    for split, count in splits.items():
        for _ in range(count):
            for domain, problems in made.items():
                question, answer = next(problems)
                number = sum(row["domain"] == domain for row in rows) + 1
                rows.append(
                    {
                        "id": f"{domain}-{number:02}",
                        "question": question,
                        "answer": answer,
                        "domain": domain,
                        "split": split,
                    }
                )
    return rows


def text() -> str:
    """The task file's content."""
    return as_text(tasks())


def as_text(rows: Iterable[Mapping[str, str]]) -> str:
    """Rows as one JSON object a line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _distinct(
    seed: str, domain: str, make: Callable[[Random], tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    random, seen = Random(f"{seed}/{domain}"), set()
    while True:
        question, answer = make(random)
        if question not in seen:
            seen.add(question)
            yield question, answer
