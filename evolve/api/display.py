"""A finding as text, HTML and Markdown; model-written text is escaped."""

import re
from collections.abc import Iterator
from html import escape
from typing import NamedTuple

from evolve.api.finding import Finding, FoundSystem
from evolve.report import figures
from evolve.report.controls import control_name, tested_controls
from evolve.report.outcome import OPINION, SIMULATED
from evolve.report.verdict import verdict
from evolve.text import clean, one_line
from search_spaces.sketch import sketch

_WIDTH = 72
_FRONT_SHOWN = 8
_MARKS = re.compile(r"([\\`*_{}\[\]()#+!|~>-])")
_HEADINGS = ("system", "score, 95 %", "a task", "evaluations", "changes")


class _Table(NamedTuple):
    title: str
    facts: list[tuple[str, str]]
    picture: str
    front: list[tuple[str, ...]]
    remarks: list[str]


def as_text(finding: Finding) -> str:
    """A few lines for a terminal."""
    summary = _summary(finding)
    lines = [summary.title, *(f"  {name}: {value}" for name, value in summary.facts)]
    return "\n".join([*lines, *(f"  {remark}" for remark in summary.remarks)])


def as_html(finding: Finding) -> str:
    """HTML for notebooks."""
    summary = _summary(finding)
    facts = "".join(
        f'<tr><td style="text-align:left">{escape(name)}</td>'
        f'<td style="text-align:left">{escape(value)}</td></tr>'
        for name, value in summary.facts
    )
    parts = [f"<p><b>{escape(summary.title)}</b></p><table>{facts}</table>"]
    if summary.picture:
        parts.append(f'<pre style="line-height:1.2">{escape(summary.picture)}</pre>')
    if summary.front:
        head = "".join(f"<th>{escape(heading)}</th>" for heading in _HEADINGS)
        rows = "".join(
            "<tr>" + "".join(f'<td style="text-align:left">{escape(cell)}</td>' for cell in row)
            for row in summary.front
        )
        parts.append(f"<p>The Pareto front of score and cost:</p><table>{head}{rows}</table>")
    parts += [f"<p><i>{escape(remark)}</i></p>" for remark in summary.remarks]
    return "\n".join(parts)


def as_markdown(finding: Finding) -> str:
    """Markdown, for tools that render it."""
    summary = _summary(finding)
    lines = [f"**{_plain(summary.title)}**", "", "| | |", "| --- | --- |"]
    lines += [f"| {_plain(name)} | {_plain(value)} |" for name, value in summary.facts]
    if summary.picture:
        lines += ["", *(f"    {line}" for line in summary.picture.splitlines())]
    if summary.front:
        lines += ["", "The Pareto front of score and cost:", ""]
        lines += [f"| {' | '.join(_HEADINGS)} |", "| --- " * len(_HEADINGS) + "|"]
        lines += [f"| {' | '.join(map(_plain, row))} |" for row in summary.front]
    return "\n".join([*lines, *(f"\n*{_plain(remark)}*" for remark in summary.remarks)]) + "\n"


def _summary(finding: Finding) -> _Table:
    best, remarks = finding.best, []
    if finding.basis.judged:
        remarks.append(OPINION)
    if finding.simulated:
        remarks.append(SIMULATED)
    run = finding.run
    title = f"Run {one_line(run.id)}, {run.status}"
    return _Table(
        title=title,
        facts=list(_facts(finding)),
        picture="" if best is None else clean("\n".join(sketch(best.config, _WIDTH))),
        front=[_row(system) for system in finding.front[-_FRONT_SHOWN:]],
        remarks=remarks,
    )


def _facts(finding: Finding) -> Iterator[tuple[str, str]]:
    best, confirmed = finding.best, finding.confirmation
    if best is None:
        yield "best", "no candidate is evaluated yet"
    else:
        yield "best", f"#{best.number} {one_line(best.name)}, id {best.id}"
        yield "score", str(finding.score)
        yield "cost", f"{figures.cost(best.cost, finding.unit)} a task"
    if confirmed is not None:
        looks = figures.looks(confirmed.looks)
        yield "confirmed", f"on {confirmed.tasks} sealed tasks ({looks})"
        gain = figures.points(confirmed.difference, confirmed.difference_interval)
        same = confirmed.winner == confirmed.seed
        yield "gain", "none: the best seed itself" if same else f"{gain} over the best seed, paired"
        for control, tested in tested_controls(confirmed):
            more = figures.points(tested.difference, tested.difference_interval)
            yield "control", f"{more} over {control_name(control)}, paired"
        yield "verdict", verdict(confirmed).text
    evaluated = sum(system.score is not None for system in finding.systems)
    yield "systems", f"{len(finding.systems)}, {evaluated} of them evaluated"
    spends = figures.by_purpose(finding.spend).items()
    parts = ", ".join(f"{name} {amount}" for name, amount in spends)
    yield "spent", figures.total(finding.spend.values()) + (f" ({parts})" if parts else "")
    yield "archive", one_line(str(finding.archive), 200)


def _row(system: FoundSystem) -> tuple[str, ...]:
    score = system.score
    assert score is not None
    changed = "; ".join(system.edits) or system.name
    return (
        f"#{system.number}",
        figures.score(score.mean, (score.low, score.high)),
        figures.cost(system.cost, system.unit),
        str(system.evaluations),
        one_line(changed, 120),
    )


def _plain(text: str) -> str:
    """Text with Markdown's special characters escaped."""
    return _MARKS.sub(r"\\\1", escape(one_line(text, 300), quote=False))
