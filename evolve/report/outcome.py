"""What a run prints when it ends: the winner, why to believe it, what it cost, what to do next."""

import json
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from shlex import quote

from rich.console import Console
from rich.table import Table
from rich.text import Text

from archive.records import Candidate, Confirmation, Standing, Trace
from evolve.ledger import Spend
from evolve.report import figures
from evolve.report.basis import JUDGED, Basis
from evolve.report.commands import print_commands
from evolve.report.console import clean, console
from evolve.report.verdict import verdict
from evolve.run import Evaluation, Result
from search_spaces.sketch import sketch

SIMULATED = "The models are simulated: this shows what the search does, not what LLMs would do."

OPINION = (
    "The scores are a judge's opinion, not the truth: read some answers before you rely on them."
)


def show(
    result: Result, archive: Path, *, as_json: bool = False, screen: Console | None = None
) -> None:
    """Prints a run's outcome, on the usual screen if no other is given."""
    if as_json:
        print(json.dumps(as_data(result), indent=2))
        return
    screen = screen or console()
    if result.winner is None or result.standing is None:
        _print_unfinished(screen, result, archive)
        return
    _print_winner(screen, result.winner)
    found = verdict(result.confirmation)
    screen.print(Text(found.told, found.style))
    if found.advice:
        screen.print(Text(found.advice))
    screen.print()
    facts = Table.grid(padding=(0, 2, 0, 0))
    for name, value in _facts(result, result.standing):
        facts.add_row(Text(name, "dim"), Text(value))
    screen.print(facts)
    screen.print(Text("Every interval is a 95 % interval.", "dim"))
    if result.judged:
        screen.print(Text(OPINION, "yellow"))
    if result.simulated:
        screen.print(Text(SIMULATED, "yellow"))
    _print_next(screen, result.winner, archive)


def as_data(result: Result) -> dict[str, object]:
    """The outcome for programs."""
    return {
        "run": result.run.id,
        "ended": result.ended,
        "simulated": result.simulated,
        "judged": result.judged,
        "unscored": result.unscored,
        "verdict": None if result.winner is None else verdict(result.confirmation).kind,
        "winner": None if result.winner is None else result.winner.model_dump(mode="json"),
        "standing": None if result.standing is None else result.standing.model_dump(),
        "confirmation": None if result.confirmation is None else result.confirmation.model_dump(),
        "spend": {purpose: spend._asdict() for purpose, spend in result.spend.items()},
    }


def show_evaluation(evaluation: Evaluation, *, as_json: bool) -> None:
    """Prints how one system did on a split."""
    if as_json:
        told = ("split", "looks", "judged", "unscored")
        data = {"run": evaluation.run.id, **{name: getattr(evaluation, name) for name in told}}
        print(json.dumps(data | evaluation.summary._asdict(), indent=2))
        return
    summary = evaluation.summary
    looks = f" (look number {evaluation.looks})" if evaluation.looks else ""
    basis = Basis(evaluation.split, evaluation.judged)
    screen = console()
    screen.print(
        f"{basis}  {figures.score(summary.mean, summary.interval)} "
        f"on {summary.tasks} tasks{looks}, {figures.usd(summary.usd)} a task"
    )
    if evaluation.unscored:
        screen.print(
            f"{evaluation.unscored} further tasks have no score: their answers could not be scored."
        )
    if evaluation.simulated:
        screen.print(SIMULATED)


def show_answer(trace: Trace, *, as_json: bool) -> None:
    """Prints what a system answered."""
    if as_json:
        print(trace.model_dump_json(indent=2))
        return
    screen = console()
    screen.print(Text(clean(trace.answer or f"no answer: {trace.failure}")))
    usage = trace.usage
    screen.print(
        f"{usage.calls} calls, {usage.tokens:,} tokens, {figures.usd(usage.usd)}", style="dim"
    )


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
    """Says why there is no winner."""
    total = _total(result)
    spent = f"{total.calls:,} calls are made"
    if total.usd is not None:
        spent = f"{figures.usd(total.usd)} is spent"
    if not result.stopped:
        screen.print(f"The run {result.run.id} ended without a winner: {result.ended}.")
        screen.print("Nobody evaluated costs as little as `objective.cost_at_most` allows.")
        return
    screen.print(f"The run {result.run.id} was stopped; {spent}, nobody is confirmed.")
    at = _at(archive)
    steps = {
        f"evolve resume {result.run.id}{at}": "go on; nothing is paid twice",
        f"evolve archive best{at}": "who is best so far",
        f"evolve report{at}": "the whole run as a page",
    }
    print_commands(screen, steps)


def _total(result: Result) -> Spend:
    return reduce(Spend.plus, result.spend.values(), Spend())


def _at(archive: Path) -> str:
    """How commands are told of an archive that is not the usual one."""
    return "" if archive == Path("evolve.db") else f" --archive {quote(str(archive))}"


def _facts(result: Result, standing: Standing) -> Iterator[tuple[str, str]]:
    yield (
        str(Basis("validation", result.judged)),
        f"{figures.standing(standing)} believed from {standing.evaluations} evaluations",
    )
    if (confirmed := result.confirmation) is None:
        yield "sealed test", "not looked at: the budget left nothing to confirm with"
    else:
        yield from _confirmed(confirmed, judged=result.judged)
    if result.unscored:
        yield "unscored", f"{result.unscored} answers that could not be scored, which count nowhere"
    spent = (
        f"{purpose} {figures.usd(spend.usd)} ({spend.calls:,} calls)"
        for purpose, spend in result.spend.items()
        if spend.calls
    )
    yield "spent", f"{figures.usd(_total(result).usd)}: {', '.join(spent)}"
    yield "ended", result.ended


def _confirmed(confirmed: Confirmation, *, judged: bool) -> Iterator[tuple[str, str]]:
    looks = figures.looks(confirmed.looks)
    score = figures.score(confirmed.mean, confirmed.interval)
    yield (
        f"sealed test{', ' + JUDGED if judged else ''}",
        f"{score} on {confirmed.tasks} tasks ({looks})",
    )
    if dearer := figures.dearer_seed(confirmed):
        yield "dearer seed", dearer
    if confirmed.seed == confirmed.winner:
        yield "cost a task", figures.usd(confirmed.usd)
        return
    seed = figures.score(confirmed.seed_mean, confirmed.seed_interval)
    yield "best seed", f"{seed} on the same tasks (#{confirmed.seed})"
    difference = figures.points(confirmed.difference, confirmed.difference_interval)
    yield "difference", f"{difference}, paired"
    costs = f"{figures.usd(confirmed.usd)}, the seed's {figures.usd(confirmed.seed_usd)}"
    yield "cost a task", costs


def _print_next(screen: Console, winner: Candidate, archive: Path) -> None:
    at = _at(archive)
    steps = {
        f"evolve report{at}": "the whole run as a page",
        f"evolve archive lineage{at}": "how it came about",
        f"evolve archive show {winner.number}{at}": "prompts, scores, examples",
        f"evolve export -o best.yaml{at}": "take it away",
        f'evolve apply best.yaml "…"{at}': "ask it something",
        f"evolve serve best.yaml{at}": "use it as a model",
    }
    print_commands(screen, steps)
