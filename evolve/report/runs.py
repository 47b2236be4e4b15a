"""Reports on the runs of an archive and their status."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from archive import fronts
from archive.connection import being_written
from archive.reading import Reader
from archive.records import Confirmation, Look, Run, Standing, Usage
from evolve.budget.waits import WAIT
from evolve.report import figures
from evolve.report.basis import JUDGED, Basis
from evolve.report.console import Report, console, table
from evolve.report.controls import control_lines
from evolve.report.credited import KIND as CREDIT
from evolve.report.figures import counted
from evolve.report.overruns import overruns_of
from evolve.report.replies import causes_of
from evolve.report.verdict import verdict
from evolve.standings.best import best_of, objective_of
from evolve.text import clean, one_line

EVENTS_SHOWN = 5

_ROOMY = 80
"""Columns from which on the names of runs are kept on one line."""


def standing_data(standing: Standing | None, basis: Basis) -> dict[str, Any] | None:
    """A standing for programs, with its interval and its split."""
    if standing is None:
        return None
    return {**standing.model_dump(), "interval": standing.interval, **basis._asdict()}


def list_runs(archive: Reader) -> Report:
    """One line for each run, the newest first."""
    whole = ("run",) if console().width >= _ROOMY else ()
    rows = table("run", "status", "systems", "best, 95 %", "on", "spent", whole=whole)
    data = []
    for run in reversed(archive.runs()):
        best, basis = best_of(archive, run), Basis.of(archive, run)
        candidates = len(archive.parents(run))
        spent = archive.spend(run)
        rows.add_row(
            clean(run.id),
            status_of(archive, run),
            f"{candidates:,}",
            *_best(archive, run, best, basis),
            figures.total(spent.values()),
        )
        data.append(
            {
                **run.model_dump(exclude={"settings"}),
                "candidates": candidates,
                "results": archive.results_seen(run),
                "best": standing_data(best, basis),
                "usd": Usage.total(spent.values()).usd,
                "unit": objective_of(run).unit,
            }
        )
    empty = "There is no run yet; `evolve run` makes one. A copied archive may need its -wal."
    return Report(data, [rows if data else empty])


def _best(archive: Reader, run: Run, best: Standing | None, basis: Basis) -> tuple[str, str]:
    """The score of the best candidate and its split: of a confirmed winner the sealed test."""
    if best is None:
        return "none yet", ""
    confirmed = archive.confirmations(run) if run.status == "finished" else []
    if confirmed and confirmed[-1].winner == best.candidate:
        judged = f", {JUDGED}" if basis.judged else ""
        return figures.score(confirmed[-1].mean, confirmed[-1].interval), f"sealed tasks{judged}"
    return figures.standing(best), str(basis)


def status_of(archive: Reader, run: Run) -> str:
    """The status of a run; one without a writer was interrupted."""
    path = Path(archive.name)  # an archive in memory is no file
    if run.status == "running" and path.is_file() and not being_written(path):
        return "broken off"
    return run.status


def list_candidates(archive: Reader, run: Run, limit: int) -> Report:
    """The candidates with the highest standings."""
    standings = [standing for standing in archive.standings(run) if standing.evaluations]
    chosen = sorted(standings, key=lambda s: (-s.mean, s.candidate))[:limit]
    return _standings(archive, run, chosen)


def show_front(archive: Reader, run: Run) -> Report:
    """The Pareto front: candidates that no other beats in both score and cost."""
    return _standings(archive, run, fronts.pareto(archive.standings(run)))


def show_run(archive: Reader, run: Run) -> Report:
    """A run: its settings, status, spend and confirmation."""
    from evolve.report.remarks import remarks  # it needs all that a run needs

    best, basis = best_of(archive, run), Basis.of(archive, run)
    confirmations, looks = archive.confirmations(run), archive.looks(run)
    candidates, status = len(archive.parents(run)), status_of(archive, run)
    data = {
        **run.model_dump(exclude={"settings"}),
        "settings": written_settings(run),
        "candidates": candidates,
        "results": archive.results_seen(run),
        "best": standing_data(best, basis),
        "unit": objective_of(run).unit,
        "spend": {purpose: usage.model_dump() for purpose, usage in archive.spend(run).items()},
        "confirmations": [each.model_dump() for each in confirmations],
        "unscored": [each.model_dump(exclude={"trace", "steps"}) for each in archive.unscored(run)],
        "looks": [look.model_dump() for look in looks],
        "events": [event.model_dump() for event in archive.events(run)],
    }
    facts = {
        "status": status if status != "broken off" else f"{status}; `evolve resume` continues it",
        "started": run.started,
        "finished": run.finished or "not yet",
        "candidates": f"{candidates:,} from {counted(archive.results_seen(run), 'result')}",
        "best": "no candidate is evaluated yet"
        if best is None
        else f"#{best.candidate} {' on '.join(_best(archive, run, best, basis))}",
    }
    if unscored := archive.unscored(run):
        last = one_line(unscored[-1].reason)
        facts["unscored"] = f"{counted(len(unscored), 'answer')}, the last because {last}"
    causes = causes_of(archive.failures(run))
    data["missing_answers"] = [each._asdict() for each in causes]
    facts |= {f"no answer {number}": each.text for number, each in enumerate(causes, 1)}
    overruns = [line] if (line := overruns_of(archive, run)) else []
    data["remarks"] = [*overruns, *remarks(archive, run)]
    facts |= {f"remark {number}": line for number, line in enumerate(data["remarks"], 1)}
    facts |= {
        f"test looks {number}": f"{look_text(look)} on {counted(len(look.tasks), 'task')}"
        for number, look in enumerate(looks, 1)
    }
    parts: list[RenderableType] = [Text(f"Run {clean(run.id)}", style="bold"), _facts(facts)]
    if not looks:
        parts.append("The test split was not used.")
    for confirmation in confirmations:
        parts += ["", *confirmation_lines(confirmation, basis)]
    parts += ["", _spend(archive, run), "", Text("Settings", style="bold")]
    parts.append(
        _facts({name: one_line(_told(value)) for name, value in written_settings(run).items()})
    )
    parts += _events(archive, run)
    return Report(data, parts)


def confirmation_lines(confirmed: Confirmation, basis: Basis) -> Iterator[str]:
    """The verdict, and the winner's score on the sealed tasks beside the seed's and controls'."""
    found = verdict(confirmed)
    yield from (found.sentence, *found.remarks)
    looks = figures.looks(confirmed.looks)
    mine = figures.score(confirmed.mean, confirmed.interval)
    judged = f", {JUDGED}" if basis.judged else ""
    tasks = counted(confirmed.tasks, "task")
    yield f"Sealed test{judged}: #{confirmed.winner} {mine} on {tasks} ({looks})"
    if remark := figures.unaffordable_seed(confirmed):
        yield f"Costlier seed: {remark}"
    if confirmed.seed == confirmed.winner:
        return
    theirs = figures.score(confirmed.seed_mean, confirmed.seed_interval)
    difference = figures.points(confirmed.difference, confirmed.difference_interval)
    yield f"Best seed:   #{confirmed.seed} {theirs} on the same tasks"
    yield f"Difference:  {difference}, paired, 95 % interval"
    yield from control_lines(confirmed)


def _standings(archive: Reader, run: Run, chosen: list[Standing]) -> Report:
    basis, unit = Basis.of(archive, run), objective_of(run).unit
    rows = table("#", "id", "made by", f"score on {basis}, 95 %", "cost a task", "tasks")
    data = []
    for standing in chosen:
        candidate = archive.candidate(run, standing.candidate)
        rows.add_row(
            str(candidate.number),
            candidate.id[:8],
            one_line(candidate.operator, 18),
            figures.standing(standing),
            figures.cost(standing.cost, unit),
            str(standing.evaluations),
        )
        data.append(
            {
                "candidate": candidate.number,
                "id": candidate.id,
                "operator": candidate.operator,
                "standing": standing_data(standing, basis),
                "unit": unit,
            }
        )
    return Report(data, [rows if data else "No candidate is evaluated yet."])


def _spend(archive: Reader, run: Run) -> Table:
    """The spend by purpose; without USD or cached tokens where these are unknown."""
    spend = archive.spend(run)
    columns: dict[str, list[str]] = {}
    known = [usage.usd for usage in spend.values() if usage.usd is not None]
    if len(known) == len(spend):
        columns["USD"] = [figures.usd(amount) for amount in known]
    columns["calls"] = [f"{usage.calls:,}" for usage in spend.values()]
    columns["prompt tokens"] = [f"{usage.prompt_tokens:,}" for usage in spend.values()]
    if any(usage.cached_prompt_tokens for usage in spend.values()):
        columns["of which cached"] = [f"{100 * use.cached_share:.0f} %" for use in spend.values()]
    columns["completion tokens"] = [f"{usage.completion_tokens:,}" for usage in spend.values()]
    rows = table("spent on", *columns)
    for row in zip(spend, *columns.values(), strict=True):
        rows.add_row(*row)
    return rows


def _events(archive: Reader, run: Run) -> Iterator[RenderableType]:
    told = (event for event in archive.events(run) if event.kind not in (CREDIT, WAIT))
    events = list(told)[-EVENTS_SHOWN:]
    if events:
        yield ""
        yield Text("Last events", style="bold")
    for event in events:
        yield f"{event.at:8.1f} s  {one_line(event.kind, 20)}: {one_line(event.text)}"


def _facts(facts: dict[str, str]) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in facts.items():
        grid.add_row(one_line(name, 24), value)
    return grid


def written_settings(run: Run) -> dict[str, Any]:
    """The settings as stored; plug-ins that they name are not loaded."""
    try:
        settings = json.loads(run.settings)
    except ValueError:
        return {"text": run.settings}
    return settings if isinstance(settings, dict) else {"text": run.settings}


def _told(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def look_text(look: Look) -> str:
    """The purpose of one use of the sealed tasks."""
    if look.purpose == "evaluate":
        return "evaluating a system"
    return f"confirming candidate {look.winner} beside seed {look.seed}"


def is_simulated(run: Run) -> bool:
    """Whether every model of a run is a simulated or scripted one, so that none was paid."""
    models = written_settings(run).get("models")
    if not isinstance(models, dict) or not models:
        return False
    return all(_kind(model) in ("simulated", "scripted") for model in models.values())


def _kind(written: object) -> object:
    return next(iter(written), "") if isinstance(written, dict) else written
