"""The outcome of a run: the winner, its evidence, the cost, and next commands."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from archive.records import Candidate, Confirmation, CostUnit, Standing, Trace
from evolve.engine.evaluation import Evaluation
from evolve.engine.run import Result
from evolve.report import figures
from evolve.report.basis import JUDGED, Basis
from evolve.report.commands import naming, print_commands
from evolve.report.console import as_text, console, print_json
from evolve.report.controls import control_name, tested_controls
from evolve.report.endings import END_TEXTS
from evolve.report.overruns import overruns_in
from evolve.report.remarks import unpriced
from evolve.report.replies import Cause, causes_in, dominant
from evolve.report.verdict import Verdict, verdict
from evolve.standings.best import objective_of
from evolve.text import clean
from search_spaces.sketch import sketch

SIMULATED = "The models are simulated: this shows what the search does, not what LLMs would do."

OPINION = (
    "The scores are a judge's opinion, not the truth: read some answers before you rely on them."
)


def show(
    result: Result,
    archive: Path,
    *,
    as_json: bool = False,
    screen: Console | None = None,
    rehearsed: str = "",
) -> None:
    """Prints a run's outcome.

    Args:
        result: The outcome.
        archive: The archive that holds the run.
        as_json: Whether to print JSON.
        screen: Where to print; none: standard output.
        rehearsed: The run file, with options, if this was a dry run of it.
    """
    causes, overruns = causes_in(archive, result.run), overruns_in(archive, result.run)
    if as_json:
        print_json(as_text(as_data(result) | _remarks(causes, overruns)))
        return
    screen = screen or console()
    if result.winner is None or result.standing is None:
        _print_unfinished(screen, result, archive)
        _print_causes(screen, causes, overruns)
        return
    _print_winner(screen, result.winner)
    found = verdict(result.confirmation)
    screen.print(Text(found.sentence, found.style))
    for remark in found.remarks:
        screen.print(Text(remark))
    if found.advice and not dominant(causes):
        screen.print(Text(found.advice))
    _print_causes(screen, causes, overruns)
    screen.print()
    facts = Table.grid(padding=(0, 2, 0, 0))
    for name, value in _facts(result, result.standing):
        facts.add_row(Text(name, "dim"), Text(value))
    screen.print(facts)
    together = ", those of differences together" if _has_controls(result.confirmation) else ""
    screen.print(Text(f"Every interval is a 95 % interval{together}.", "dim"))
    if result.judged:
        screen.print(Text(OPINION, "yellow"))
    if result.simulated:
        screen.print(Text(SIMULATED, "yellow"))
    _print_next(screen, result.winner, found, archive, rehearsed)


def _has_controls(confirmed: Confirmation | None) -> bool:
    return confirmed is not None and bool(tested_controls(confirmed))


def as_data(result: Result) -> dict[str, object]:
    """The outcome for programs."""
    found = None if result.winner is None else verdict(result.confirmation)
    return {
        "run": result.run.id,
        "ended": END_TEXTS[result.ended],
        "simulated": result.simulated,
        "judged": result.judged,
        "unscored": result.unscored,
        "verdict": None if found is None else found.kind,
        "verdict_text": None if found is None else found.text,
        "winner": None if result.winner is None else result.winner.model_dump(mode="json"),
        "standing": None if result.standing is None else result.standing.model_dump(),
        "unit": objective_of(result.run).unit,
        "confirmation": None if result.confirmation is None else result.confirmation.model_dump(),
        "spend": {purpose: spend._asdict() for purpose, spend in result.spend.items()},
    }


def show_evaluation(evaluation: Evaluation, archive: Path, *, as_json: bool) -> None:
    """Prints the scores of one system on a split."""
    causes, overruns = causes_in(archive, evaluation.run), overruns_in(archive, evaluation.run)
    unit = objective_of(evaluation.run).unit
    if as_json:
        fields = ("split", "looks", "judged", "unscored")
        data = {"run": evaluation.run.id, **{name: getattr(evaluation, name) for name in fields}}
        data |= evaluation.summary._asdict() | {"unit": unit, "usd": evaluation.usd}
        print_json(as_text(data | _remarks(causes, overruns)))
        return
    summary = evaluation.summary
    looks = f" (look number {evaluation.looks})" if evaluation.looks else ""
    basis = Basis(evaluation.split, evaluation.judged)
    screen = console()
    screen.print(
        f"{basis}  {figures.score(summary.mean, summary.interval)} "
        f"on {summary.tasks} tasks{looks}, {figures.cost(summary.cost, unit)} a task"
    )
    if evaluation.unscored:
        screen.print(
            f"{evaluation.unscored} further tasks have no score: their answers could not be scored."
        )
    _print_causes(screen, causes, overruns)
    if evaluation.simulated:
        screen.print(SIMULATED)


def show_answer(trace: Trace, *, as_json: bool) -> None:
    """Prints the answer of a system."""
    if as_json:
        print_json(trace.model_dump_json(indent=2))
        return
    screen = console()
    screen.print(Text(clean(trace.answer or f"no answer: {trace.failure}")))
    screen.print(figures.usage(trace.usage), style="dim")


def _remarks(causes: Sequence[Cause], overruns: str) -> dict[str, object]:
    return {"missing_answers": [each._asdict() for each in causes], "overruns": overruns}


def _print_causes(screen: Console, causes: Sequence[Cause], overruns: str) -> None:
    """Prints why evaluations brought no answer, and what was billed beyond limits."""
    for cause in causes:
        screen.print(Text(f"No answer in {cause.text}.", "yellow"))
    if overruns:
        screen.print(Text(f"{overruns}.", "yellow"))


def _print_winner(screen: Console, winner: Candidate) -> None:
    title, *picture = sketch(winner.config)
    name = clean(figures.name_of(winner))
    agents = title.rpartition(":")[2].strip()
    screen.print(Text(f"Best system: #{winner.number}, {name}, {agents}, id {winner.id}", "bold"))
    screen.print()
    for line in picture:
        screen.print(Text("  " + clean(line)))
    screen.print()


def _print_unfinished(screen: Console, result: Result, archive: Path) -> None:
    """Prints why there is no winner."""
    spent = f"{figures.total(result.spend.values())} were spent"
    if not result.stopped:
        screen.print(f"The run {result.run.id} ended without a winner: {END_TEXTS[result.ended]}.")
        screen.print("No evaluated system costs as little as `objective.cost_at_most` allows.")
        return
    screen.print(f"The run {result.run.id} was stopped; {spent}, no winner is confirmed.")
    at = naming(archive)
    steps = {
        f"evolve resume {result.run.id}{at}": "continue; nothing is paid for twice",
        f"evolve archive best{at}": "the best system so far",
        f"evolve report{at}": "the whole run as a page",
    }
    print_commands(screen, steps)


def _facts(result: Result, standing: Standing) -> Iterator[tuple[str, str]]:
    yield (
        str(Basis("validation", result.judged)),
        f"{figures.standing(standing)} estimated from {standing.evaluations} evaluations",
    )
    if (confirmed := result.confirmation) is None:
        yield "sealed test", "not used: no budget was left to confirm the winner"
    else:
        yield from _confirmed(confirmed, objective_of(result.run).unit, judged=result.judged)
    if result.unscored:
        yield "unscored", f"{result.unscored} answers could not be scored and are left out"
    spent = (
        f"{purpose} {amount} ({result.spend[purpose].calls:,} calls)"
        for purpose, amount in figures.by_purpose(result.spend).items()
    )
    yield "spent", f"{figures.total(result.spend.values())}: {', '.join(spent)}"
    if result.unpriced and any(spend.usd is None for spend in result.spend.values()):
        yield "price", unpriced(result.unpriced)
    if result.cached_share:
        yield "prompt cache", f"{100 * result.cached_share:.0f} % of the prompt tokens were cached"
    yield "ended", END_TEXTS[result.ended]


def _confirmed(
    confirmed: Confirmation, unit: CostUnit, *, judged: bool
) -> Iterator[tuple[str, str]]:
    looks = figures.looks(confirmed.looks)
    score = figures.score(confirmed.mean, confirmed.interval)
    yield (
        f"sealed test{', ' + JUDGED if judged else ''}",
        f"{score} on {confirmed.tasks} tasks ({looks})",
    )
    if remark := figures.unaffordable_seed(confirmed):
        yield "costlier seed", remark
    if confirmed.seed == confirmed.winner:
        yield "cost a task", figures.cost(confirmed.cost, unit)
        return
    seed = figures.score(confirmed.seed_mean, confirmed.seed_interval)
    yield "best seed", f"{seed} on the same tasks (#{confirmed.seed})"
    difference = figures.points(confirmed.difference, confirmed.difference_interval)
    yield "difference", f"{difference}, paired"
    mine, seeds = (figures.cost(each, unit) for each in (confirmed.cost, confirmed.seed_cost))
    yield "cost a task", f"{mine}, the seed's {seeds}"
    for control, tested in tested_controls(confirmed):
        score = figures.score(tested.mean, tested.interval)
        yield "control", f"{score} (#{control.candidate}, {control_name(control)})"
        difference = figures.points(tested.difference, tested.difference_interval)
        yield "difference", f"{difference}, paired; {figures.cost(tested.cost, unit)} a task"


def _print_next(
    screen: Console, winner: Candidate, found: Verdict, archive: Path, rehearsed: str
) -> None:
    at = naming(archive)
    if rehearsed:
        steps = {
            f"evolve run {rehearsed}": "the run itself, with the real models",
            f"evolve report{at}": "the dry run as a page",
        }
        print_commands(screen, steps)
        return
    chosen, what = "", "the best system"
    if found.take is not None:
        chosen, what = f" --candidate {found.take}", f"#{found.take}"
    steps = {
        f"evolve report{at}": "the whole run as a page",
        f"evolve archive lineage{at}": "its history",
        f"evolve archive show {winner.number}{at}": "prompts, scores, examples",
        f"evolve export{chosen} -o best.yaml{at}": f"write {what} to a file",
        f'evolve apply best.yaml "…"{at}': "ask it a question",
        f"evolve serve best.yaml{at}": "serve it as a model",
    }
    print_commands(screen, steps)
