"""A report on tasks: the hardest, the most discriminating, and those with doubtful labels."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rich.console import RenderableType
from rich.text import Text

from archive.outcomes import ENOUGH, PASSED, Outcomes, TaskFigures
from archive.reading import Reader
from archive.records import Run, TaskRecord
from evolve.answers.reading import normalise
from evolve.report.console import Report, table
from evolve.text import one_line

HARD = 0.25
"""The highest mean score of a task whose label may be wrong."""

AGREED = 0.6
"""The share of equal wrong answers from which the label is doubtful."""

AGAINST = -0.3
"""The correlation with the candidates' standings below which the label is doubtful."""


class Doubt(NamedTuple):
    """Why the label of a task may be wrong."""

    task: int
    why: str


def show_tasks(archive: Reader, run: Run, limit: int) -> Report:
    """Statistics of the tasks of the search; sealed ones are not read."""
    tasks = {task.number: task for task in archive.tasks(run)}
    found = Outcomes(archive.rollouts(run, purpose="search")).tasks(
        [standing for standing in archive.standings(run) if standing.evaluations]
    )
    telling = sorted(
        (each for each in found if each.telling is not None and each.telling > 0),
        key=lambda each: -(each.telling or 0.0),
    )
    doubts = _doubts(archive, run, found)
    data = {
        "run": run.id,
        "tasks": [each._asdict() | {"task": _name(each.task, tasks)} for each in found],
        "doubts": [{"task": _name(each.task, tasks), "why": each.why} for each in doubts],
    }
    if not found:
        return Report(data, ["No candidate is evaluated yet."])
    return Report(
        data,
        [
            Text("The hardest", style="bold"),
            _figures(found[:limit], tasks),
            "",
            Text("The most discriminating", style="bold"),
            "Scores on them correlate with the candidates' standings.",
            _figures(telling[:limit], tasks),
            "",
            Text("Labels that may be wrong", style="bold"),
            *_told(doubts[:limit], tasks),
        ],
    )


def _figures(found: Sequence[TaskFigures], tasks: Mapping[int, TaskRecord]) -> RenderableType:
    rows = table("task", "domain", "mean score", "candidates", "correlation")
    for each in found:
        domain = tasks[each.task].domain if each.task in tasks else ""
        rows.add_row(
            one_line(_name(each.task, tasks), 30),
            one_line(domain, 16),
            f"{100 * each.mean:.0f} %",
            str(each.candidates),
            "" if each.telling is None else f"{each.telling:+.2f}",
        )
    return rows if found else Text(f"None: each needs {ENOUGH} candidates that differ.")


def _told(doubts: Sequence[Doubt], tasks: Mapping[int, TaskRecord]) -> list[RenderableType]:
    if not doubts:
        return ["None gives reason to doubt it."]
    rows = table("task", "why (a wrong label, or a hard task: look at it)")
    for doubt in doubts:
        rows.add_row(one_line(_name(doubt.task, tasks), 30), one_line(doubt.why, 200))
    return [rows]


def _doubts(archive: Reader, run: Run, found: Sequence[TaskFigures]) -> list[Doubt]:
    hard = {each.task for each in found if each.candidates >= ENOUGH and each.mean <= HARD}
    wrong = _wrong_answers(archive, run, hard)
    doubts = []
    for each in found:
        answers = wrong.get(each.task, Counter())
        ((answer, count),) = answers.most_common(1) or [("", 0)]
        if count >= max(ENOUGH // 2, AGREED * answers.total()):
            share = f"{count} of {answers.total()} wrong answers"
            doubts.append(Doubt(each.task, f"{share} are {one_line(answer, 60)!r}"))
        elif each.telling is not None and each.telling <= AGAINST:
            why = f"better systems do worse on it (correlation {each.telling:+.2f})"
            doubts.append(Doubt(each.task, why))
    return doubts


def _wrong_answers(archive: Reader, run: Run, tasks: set[int]) -> dict[int, Counter[str]]:
    """Counts of each wrong answer to each of these tasks, where texts were kept."""
    found: dict[int, Counter[str]] = {}
    for rollout in archive.rollouts(run, purpose="search"):
        if rollout.task in tasks and rollout.score.value < PASSED:
            trace = archive.trace(run, rollout.decision)
            if trace is not None and trace.answer:
                found.setdefault(rollout.task, Counter())[normalise(trace.answer)] += 1
    return found


def _name(task: int, tasks: Mapping[int, TaskRecord]) -> str:
    return tasks[task].id if task in tasks else str(task)
