"""Questions that a task set asks more than once."""

from collections.abc import Iterator, Sequence

from evolve.tasks.base import Task


def same_text(text: str) -> str:
    """A form in which equal questions are equal: case and spacing aside."""
    return " ".join(text.casefold().split())


def repeated(tasks: Sequence[Task]) -> Iterator[str]:
    """What to know of questions that are asked more than once; nothing if there are none."""
    by_text: dict[str, list[Task]] = {}
    for task in tasks:
        by_text.setdefault(same_text(task.input.text), []).append(task)
    repeats = [same for same in by_text.values() if len(same) > 1]
    if not repeats:
        return
    apart = sum(len({task.split == "test" for task in same}) > 1 for same in repeats)
    count = (
        f"{len(repeats):,} question{'s are' if len(repeats) > 1 else ' is'} asked more than once"
    )
    if apart:
        yield (
            f"{count}, {apart:,} of them in the test split and outside of it: their sealed tasks "
            "are known before; keep one of each"
        )
    else:
        yield (
            f"{count}, so there are fewer independent tasks than intervals assume; keep one of each"
        )
