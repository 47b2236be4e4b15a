"""The result of a comparison of two systems, for people and for programs."""

from collections.abc import Iterator
from math import ceil, log

from rich.text import Text

from archive.records import CostUnit
from evolve.evidence.confidence_sequence import ALPHA
from evolve.gate.comparison import Comparison, Measured
from evolve.gate.verdict import Verdict
from evolve.report import figures
from evolve.report.basis import Basis
from evolve.report.console import as_text, console, print_json, table
from evolve.report.outcome import OPINION, SIMULATED
from evolve.text import one_line

STYLES = {
    Verdict.BETTER: "bold green",
    Verdict.NOT_WORSE: "green",
    Verdict.WORSE: "bold red",
    Verdict.UNDECIDED: "yellow",
}

LEARNING = 1.2
"""The logarithm of what not knowing the best bet costs, at the usual effects (benchmarks/gate)."""

SCOPE = {
    "new-tasks": "further tasks like these",
    "these-tasks": "the answers to these tasks alone",
}


def show(comparison: Comparison, *, as_json: bool) -> None:
    """Prints a result."""
    if as_json:
        print_json(as_text(as_data(comparison)))
        return
    screen = console()
    screen.print(Text(sentence(comparison), STYLES[comparison.verdict]))
    if advice := advice_on(comparison):
        screen.print(Text(advice))
    screen.print()
    systems = table("system", "score", "cost a task", "spent", whole=("cost a task", "spent"))
    for which, measured in (("OLD", comparison.old), ("NEW", comparison.new)):
        systems.add_row(*(Text(cell) for cell in _row(which, measured, comparison.unit)))
    screen.print(systems)
    screen.print()
    facts = table("", "")
    facts.show_header = False
    for name, value in facts_of(comparison):
        facts.add_row(Text(name, "dim"), Text(value))
    screen.print(facts)
    if comparison.judged:
        screen.print(Text(OPINION, "yellow"))
    if comparison.simulated:
        screen.print(Text(SIMULATED, "yellow"))


def sentence(comparison: Comparison) -> str:
    """The verdict in one sentence."""
    margin = f"{100 * comparison.terms.margin:g} points"
    return {
        Verdict.BETTER: "Better: NEW scores higher than OLD.",
        Verdict.NOT_WORSE: f"Not worse: NEW loses less than {margin} to OLD, if anything.",
        Verdict.WORSE: f"Worse: NEW loses more than {margin} to OLD.",
        Verdict.UNDECIDED: f"Undecided: NEW may be better than OLD or lose more than {margin}.",
    }[comparison.verdict]


def advice_on(comparison: Comparison) -> str:
    """How many tasks a verdict would take; empty if there is one."""
    if comparison.verdict is not Verdict.UNDECIDED or not comparison.terms.margin:
        return ""
    needed = 2 * (log(2 / ALPHA) + LEARNING) * comparison.variance / comparison.terms.margin**2
    if needed <= comparison.tasks:
        return ""
    digits = 10 ** max(0, len(str(ceil(needed))) - 2)
    return (
        f"If both are equally good, about {ceil(needed / digits) * digits:,} tasks would show that "
        "NEW is not worse by this margin; a larger --margin needs fewer."
    )


def facts_of(comparison: Comparison) -> Iterator[tuple[str, str]]:
    """The figures behind a verdict, by name."""
    yield "difference", figures.points(comparison.difference, comparison.interval)
    yield "tasks", _tasks(comparison)
    yield "ended", comparison.ended
    yield "holds for", SCOPE[comparison.terms.about]
    yield (
        "evidence",
        f"e-value {comparison.e_value:.3g} for better, p-value {comparison.p_value:.2g}",
    )
    yield "cost difference", cost_difference(comparison)


def _tasks(comparison: Comparison) -> str:
    basis = Basis(comparison.split, comparison.judged)
    looks = f", {figures.looks(comparison.looks)}" if comparison.looks else ""
    unscored = f", {comparison.unscored} could not be scored" if comparison.unscored else ""
    return f"{comparison.tasks} of {comparison.available}, {basis}{looks}{unscored}"


def cost_difference(comparison: Comparison) -> str:
    """What a task costs more or less with the new system."""
    difference = comparison.cost_per_task
    if difference is None:
        return figures.cost(None, comparison.unit)
    amount = figures.cost(abs(difference), comparison.unit)
    return f"{'−' if difference < 0 else '+'}{amount} a task"


def spend(measured: Measured) -> str:
    """What all evaluations of a system took."""
    total = figures.total([measured])
    return total if measured.usd is None else f"{total}, {measured.calls:,} calls"


def _row(which: str, measured: Measured, unit: CostUnit) -> tuple[str, ...]:
    summary = measured.summary
    return (
        f"{which} {one_line(measured.name, 30)}",
        f"{100 * summary.mean:.1f} %",
        figures.cost(summary.cost, unit),
        spend(measured),
    )


def as_data(comparison: Comparison) -> dict[str, object]:
    """A result for programs; scores, differences and the margin are shares, not points."""
    return {
        "verdict": comparison.verdict.value,
        "ended": comparison.ended,
        "difference": comparison.difference,
        "interval": comparison.interval,
        "margin": comparison.terms.margin,
        "about": comparison.terms.about,
        "stop_at": comparison.terms.stop_at,
        "e_value": comparison.e_value,
        "p_value": comparison.p_value,
        "split": comparison.split,
        "tasks": comparison.tasks,
        "available": comparison.available,
        "unscored": comparison.unscored,
        "looks": comparison.looks,
        "unit": comparison.unit,
        "old": _as_data(comparison.old),
        "new": _as_data(comparison.new),
        "cost_per_task": comparison.cost_per_task,
        "simulated": comparison.simulated,
        "judged": comparison.judged,
        "run": comparison.run.id,
    }


def _as_data(measured: Measured) -> dict[str, object]:
    spent = ("evaluations", "calls", "tokens", "usd")
    return {
        "name": measured.name,
        "id": measured.id,
        "score": measured.summary.mean,
        "cost_per_task": measured.summary.cost,
        "spent": {name: getattr(measured, name) for name in spent},
    }
