"""What a run prints when it ends: the winner, why to believe it, what it cost, what to do next."""

import json
from pathlib import Path

from rich.console import Console
from rich.text import Text

from archive.records import Candidate, Confirmation, Standing, Trace
from evolve.cli.console import clean, console
from evolve.report import figures
from evolve.run import Evaluation, Result
from search_spaces.sketch import sketch

SIMULATED = "The models were simulated: this shows what the search does, not what an LLM would."


def show(result: Result, archive: Path, *, as_json: bool) -> None:
    """Prints a run's outcome."""
    if as_json:
        print(json.dumps(as_data(result), indent=2))
        return
    screen = console()
    if result.winner is None or result.standing is None:
        screen.print(f"The run {result.run.id} ended before it found a winner: {result.ended}.")
        screen.print(f"Go on with: evolve resume {result.run.id} --archive {archive}")
        return
    _print_winner(screen, result, result.winner, result.standing)
    if result.confirmation is not None:
        _print_confirmation(screen, result, result.confirmation)
    _print_spend(screen, result)
    if result.simulated:
        screen.print(SIMULATED)
    _print_next(screen, archive)


def as_data(result: Result) -> dict[str, object]:
    """The outcome for programs."""
    return {
        "run": result.run.id,
        "ended": result.ended,
        "simulated": result.simulated,
        "winner": None if result.winner is None else result.winner.model_dump(mode="json"),
        "standing": None if result.standing is None else result.standing.model_dump(),
        "confirmation": None if result.confirmation is None else result.confirmation.model_dump(),
        "spend": {purpose: spend._asdict() for purpose, spend in result.spend.items()},
    }


def show_evaluation(evaluation: Evaluation, *, as_json: bool) -> None:
    """Prints how one system did on a split."""
    if as_json:
        data = {"run": evaluation.run.id, "split": evaluation.split, "looks": evaluation.looks}
        print(json.dumps(data | evaluation.summary._asdict(), indent=2))
        return
    summary = evaluation.summary
    looks = f" (look number {evaluation.looks})" if evaluation.looks else ""
    screen = console()
    screen.print(
        f"{evaluation.split}  {figures.score(summary.mean, summary.interval)} "
        f"on {summary.tasks} tasks{looks}, {figures.usd(summary.usd)} a task"
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


def _print_winner(screen: Console, result: Result, winner: Candidate, standing: Standing) -> None:
    name = winner.config.name or f"made by {winner.operator}"
    screen.print(Text(f"Best system: #{winner.number} {clean(name)} ({winner.id})", style="bold"))
    screen.print()
    for line in sketch(winner.config):
        screen.print(Text("  " + clean(line)))
    screen.print()
    screen.print(
        f"validation   {figures.standing(standing)} "
        f"believed from {standing.evaluations} evaluations"
    )


def _print_confirmation(screen: Console, result: Result, confirmed: Confirmation) -> None:
    looks = "first look" if confirmed.looks == 1 else f"look number {confirmed.looks}"
    screen.print(
        f"sealed test  {figures.score(confirmed.mean, confirmed.interval)} "
        f"on {confirmed.tasks} tasks ({looks})"
    )
    if confirmed.seed == confirmed.winner:
        screen.print("             the winner is the best seed itself: nothing better was found")
    else:
        screen.print(
            f"best seed    {figures.score(confirmed.seed_mean, confirmed.seed_interval)} "
            f"(#{confirmed.seed}) on the same tasks"
        )
        difference = figures.points(confirmed.difference, confirmed.difference_interval)
        screen.print(f"difference   {difference}, paired, 95 % interval")
    screen.print(
        f"cost a task  {figures.usd(confirmed.usd)}, the seed's {figures.usd(confirmed.seed_usd)}"
    )


def _print_spend(screen: Console, result: Result) -> None:
    parts = [
        f"{purpose} {figures.usd(spend.usd)} ({spend.calls:,} calls)"
        for purpose, spend in result.spend.items()
    ]
    screen.print(f"spent        {', '.join(parts)}; ended because {result.ended}")


def _print_next(screen: Console, archive: Path) -> None:
    at = "" if archive == Path("evolve.db") else f" --archive {archive}"
    screen.print()
    screen.print("Next:")
    screen.print(f"  evolve archive lineage{at}      how it came about")
    screen.print(f"  evolve export -o best.yaml{at}  take it away")
    screen.print('  evolve apply best.yaml "a question"')
