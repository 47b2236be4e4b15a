"""The performance of a candidate: by domain, compared with its parent, and in examples."""

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from archive.outcomes import Outcomes
from archive.reading import Reader
from archive.records import Candidate, CostUnit, Rollout, Run, TaskRecord
from evolve.evidence.intervals import mean_interval
from evolve.report import figures
from evolve.report.console import table
from evolve.standings.best import objective_of
from evolve.text import clean, one_line

EXAMPLES_SHOWN = 3
STEPS_SHOWN = 8
STEP_BEGINS, STEP_ENDS = 70, 110
"""Characters of an output that are shown from its end, the most informative part."""
TASKS_NAMED = 8


class Domain(NamedTuple):
    """A candidate's scores on the tasks of one domain."""

    name: str
    evaluations: int
    mean: float
    interval: tuple[float, float] | None
    """None for a single score."""
    cost: float | None


class Performance:
    """A candidate's rollouts of the search; those on sealed tasks are left out."""

    def __init__(self, archive: Reader, run: Run, candidate: Candidate) -> None:
        """Reads the rollouts of the candidate and of its first parent."""
        self.unit = objective_of(run).unit
        self.tasks: Mapping[int, TaskRecord] = {task.number: task for task in archive.tasks(run)}
        self.rollouts = list(archive.rollouts(run, candidate.number, "search", traces=True))
        outcomes = Outcomes(self.rollouts)
        self.parent = candidate.parents[0].candidate if candidate.parents else None
        if self.parent is not None:
            for rollout in archive.rollouts(run, self.parent, "search"):
                outcomes.add(rollout)
        self.changes = (
            None if self.parent is None else outcomes.changes(candidate.number, self.parent)
        )

    @property
    def domains(self) -> list[Domain]:
        """Scores by domain, the worst first."""
        found = [_domain(name, rollouts, self.unit) for name, rollouts in self._by_domain.items()]
        return sorted(found, key=lambda domain: (domain.mean, domain.name))

    @property
    def _by_domain(self) -> Mapping[str, Sequence[Rollout]]:
        grouped: dict[str, list[Rollout]] = {}
        for rollout in self.rollouts:
            task = self.tasks.get(rollout.task)
            grouped.setdefault(task.domain if task else "", []).append(rollout)
        return grouped

    @property
    def examples(self) -> list[Rollout]:
        """The worst answers and one good one."""
        ordered = sorted(self.rollouts, key=lambda each: (each.score.value, each.position))
        return [*ordered[: EXAMPLES_SHOWN - 1], *ordered[EXAMPLES_SHOWN - 1 :][-1:]]

    def named(self, tasks: Iterable[int]) -> list[str]:
        """The ids of tasks."""
        return [self.tasks[task].id if task in self.tasks else str(task) for task in tasks]

    def data(self) -> dict[str, Any]:
        """For programs."""
        changes = self.changes
        return {
            "domains": [domain._asdict() for domain in self.domains],
            "changes": changes
            and {
                "parent": self.parent,
                "shared": changes.shared,
                "fixed": self.named(changes.fixed),
                "broken": self.named(changes.broken),
            },
            "examples": [
                {
                    "task": self.named([each.task])[0],
                    "score": each.score.model_dump(),
                    **each.trace.model_dump(include={"answer", "failure", "steps"}),
                }
                for each in self.examples
            ],
        }

    def parts(self) -> list[RenderableType]:
        """For people."""
        return [*self._changes(), *self._domains(), *self._examples()]

    def _changes(self) -> Sequence[RenderableType]:
        if self.changes is None or not self.changes.shared:
            return []
        lines = [f"Of {self.changes.shared} tasks that #{self.parent} was evaluated on too:"]
        for word, tasks in (("fixed", self.changes.fixed), ("broke", self.changes.broken)):
            names = [one_line(name, 24) for name in self.named(tasks[:TASKS_NAMED])]
            more = ", …" if len(tasks) > TASKS_NAMED else ""
            lines.append(f"  {word} {len(tasks)}{': ' if tasks else ''}{', '.join(names)}{more}")
        return ["", Text("Beside its parent", style="bold"), _indented("\n".join(lines))]

    def _domains(self) -> Sequence[RenderableType]:
        if len(self._by_domain) < 2:
            return []
        rows = table("domain", "score, 95 %", "tasks", "cost a task")
        for domain in self.domains:
            score = f"{100 * domain.mean:.1f} %"
            if domain.interval is not None:
                score = figures.score(domain.mean, domain.interval)
            name = one_line(domain.name, 30) or "(none)"
            rows.add_row(name, score, str(domain.evaluations), figures.cost(domain.cost, self.unit))
        return ["", Text("By domain", style="bold"), _indented(rows)]

    def _examples(self) -> Sequence[RenderableType]:
        parts: list[RenderableType] = []
        for each in self.examples:
            parts += ["", _indented(self._title(each)), _indented(_example(each), 6)]
        return ["", Text("Examples", style="bold"), *parts[1:]] if parts else []

    def _title(self, rollout: Rollout) -> str:
        task = self.tasks.get(rollout.task)
        domain = f" ({one_line(task.domain, 30)})" if task is not None and task.domain else ""
        name = one_line(self.named([rollout.task])[0], 40)
        return f"task {name}{domain}, score {rollout.score.value:g}"


def _example(rollout: Rollout) -> RenderableType:
    """The answer, the feedback, and the turns that led to it."""
    trace = rollout.trace
    rows = Table.grid(padding=(0, 2, 0, 0))
    rows.add_column(style="dim", max_width=24)
    rows.add_column(overflow="fold")
    texts = {"answer": trace.answer, "feedback": rollout.score.feedback}
    texts["no answer"] = trace.failure
    for name, text in texts.items():
        if text:
            rows.add_row(name, one_line(text, 160))
    alike = [list(steps) for _, steps in groupby(trace.steps, lambda s: (s.agent, s.round))]
    for steps in alike[:STEPS_SHOWN]:
        times = f" ×{len(steps)}" if len(steps) > 1 else ""
        rounds = f", round {steps[0].round}" if trace.steps[-1].round > 1 else ""
        rows.add_row(f"{one_line(steps[0].agent, 40)}{times}{rounds}", _ends(steps[0].text))
    if (more := len(alike) - STEPS_SHOWN) > 0:
        rows.add_row("", f"and {more} turns more")
    return rows


def _domain(name: str, rollouts: Sequence[Rollout], unit: CostUnit) -> Domain:
    scores = [rollout.score.value for rollout in rollouts]
    costs = [rollout.trace.usage.cost(unit) for rollout in rollouts]
    known = [cost for cost in costs if cost is not None]
    return Domain(
        name,
        len(scores),
        math.fsum(scores) / len(scores),
        mean_interval(scores) if len(scores) > 1 else None,
        math.fsum(known) / len(known) if len(known) == len(costs) else None,
    )


def _ends(text: str) -> str:
    """The beginning and the end of a text, on one line."""
    line = one_line(text, len(text) + 1)
    if len(line) <= STEP_BEGINS + STEP_ENDS:
        return line
    return f"{line[:STEP_BEGINS].rstrip()} … {line[-STEP_ENDS:].lstrip()}"


def _indented(part: RenderableType, by: int = 4) -> Padding:
    return Padding(clean(part) if isinstance(part, str) else part, (0, 0, 0, by), expand=False)
