"""What controls say about a winner's gain, and what the gain consists of, in words."""

from collections.abc import Iterator, Sequence

from archive.controls import ComparedControl, Control, ControlResult
from archive.records import Confirmation
from evolve.report import figures
from evolve.text import one_line
from search_spaces.parts import Part

_PARTS: dict[Part, str] = {
    "model": "model",
    "examples": "worked examples",
    "wording": "wording",
    "votes": "votes",
    "labels": "label choice",
    "tools": "tools",
    "memory": "memory",
    "sampling": "sampling",
    "topology": "topology",
}


def control_name(control: Control) -> str:
    """What a control is, such as "one agent with 5 votes at the same cost"."""
    on = f" on {one_line(control.model, 40)}" if control.model else ""
    if control.kind == "model":
        return f"the best seed{on}"
    if control.votes > 1:
        return f"one agent{on} with {control.votes} votes at the same cost"
    return f"the best single agent{on}"


def tested_controls(confirmed: Confirmation) -> list[tuple[ComparedControl, ControlResult]]:
    """The controls that were tested, with their results."""
    return [(each, each.tested) for each in confirmed.controls if each.tested is not None]


def beaten(tested: ControlResult) -> bool:
    """Whether the winner is better than a control."""
    return tested.difference_interval[0] > 0


def objection(confirmed: Confirmation) -> str:
    """Which controls the winner is not better than, as the end of a sentence; or nothing."""
    left = [(one, tested) for one, tested in tested_controls(confirmed) if not beaten(tested)]
    worse = [_with_figures(*each) for each in left if each[1].difference_interval[1] < 0]
    unsure = [_with_figures(*each) for each in left if each[1].difference_interval[1] >= 0]
    parts = []
    if worse:
        parts.append("worse than " + " and than ".join(worse))
    if unsure:
        parts.append("not shown to be better than " + " nor than ".join(unsure))
    return " and ".join(parts)


def remarks(confirmed: Confirmation) -> Iterator[str]:
    """Sentences: what the gain consists of, and the controls that were not tested."""
    if confirmed.winner == confirmed.seed:
        return
    if confirmed.changes:
        gains = confirmed.difference_interval[0] > 0
        verb = "The gain comes from changes in" if gains else "The winner differs from the seed in"
        yield f"{verb} {_listed([_PARTS[each] for each in confirmed.changes])}{_beyond(confirmed)}."
    for each in confirmed.controls:
        if each.candidate is None:
            yield "No single agent that was found costs as little as the winner."
        elif each.tested is None:
            yield (
                f"Not compared with {control_name(each)} (#{each.candidate}): the budget did not "
                "cover it."
            )


def control_lines(confirmed: Confirmation) -> Iterator[str]:
    """The scores of tested controls beside the winner's."""
    for control, tested in tested_controls(confirmed):
        score = figures.score(tested.mean, tested.interval)
        yield f"Control:     #{control.candidate} {score}, {control_name(control)}"
        difference = figures.points(tested.difference, tested.difference_interval)
        yield f"Difference:  {difference}, paired"


def _beyond(confirmed: Confirmation) -> str:
    """The gains over the controls that the winner beats, as the end of a sentence."""
    gains = [_with_figures(*each) for each in tested_controls(confirmed) if beaten(each[1])]
    return f"; it is also better than {_listed(gains)}" if gains else ""


def _with_figures(control: ComparedControl, tested: ControlResult) -> str:
    return (
        f"{control_name(control)} ({figures.points(tested.difference, tested.difference_interval)})"
    )


def _listed(texts: Sequence[str]) -> str:
    *first, last = texts
    return f"{', '.join(first)} and {last}" if first else last
