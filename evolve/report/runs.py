"""Reports on runs: what there is in an archive, and how each of them stands."""

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
from archive.records import Confirmation, Run, Standing
from evolve.best import best_of
from evolve.report import figures
from evolve.report.basis import JUDGED, Basis
from evolve.report.console import Report, clean, one_line, table
from evolve.report.credited import KIND as CREDIT

EVENTS_SHOWN = 5


def standing_data(standing: Standing | None, basis: Basis) -> dict[str, Any] | None:
    """A standing for programs, with its interval and the split it is about."""
    if standing is None:
        return None
    return {**standing.model_dump(), "interval": standing.interval, **basis._asdict()}


def counted(number: int, thing: str) -> str:
    """A number of things, such as "1 task" or "2,000 tasks"."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def list_runs(archive: Reader) -> Report:
    """Every run in a line, the newest first."""
    rows = table("run", "status", "systems", "best, 95 %", "on", "spent")
    data = []
    for run in reversed(archive.runs()):
        best, basis = best_of(archive, run), Basis.of(archive, run)
        candidates = len(archive.parents(run))
        spent = total_usd(archive, run)
        rows.add_row(
            clean(run.id),
            status_of(archive, run),
            f"{candidates:,}",
            "none yet" if best is None else figures.standing(best),
            "" if best is None else str(basis),
            figures.usd(spent),
        )
        data.append(
            {
                **run.model_dump(exclude={"settings"}),
                "candidates": candidates,
                "results": archive.taken(run),
                "best": standing_data(best, basis),
                "usd": spent,
            }
        )
    return Report(data, [rows if data else "There is no run yet; `evolve run` makes one."])


def status_of(archive: Reader, run: Run) -> str:
    """How a run stands; one that nobody writes any more was broken off."""
    path = Path(archive.name)  # an archive in memory is no file
    if run.status == "running" and path.is_file() and not being_written(path):
        return "broken off"
    return run.status


def list_candidates(archive: Reader, run: Run, limit: int) -> Report:
    """The candidates that stand highest."""
    standings = [standing for standing in archive.standings(run) if standing.evaluations]
    chosen = sorted(standings, key=lambda s: (-s.mean, s.candidate))[:limit]
    return _standings(archive, run, chosen)


def show_front(archive: Reader, run: Run) -> Report:
    """The candidates that nobody beats in both score and cost."""
    return _standings(archive, run, fronts.pareto(archive.standings(run)))


def show_run(archive: Reader, run: Run) -> Report:
    """A run: its settings, how it stands, what it spent and how its winner was confirmed."""
    from evolve.report.remarks import remarks  # it needs all that a run needs

    best, basis = best_of(archive, run), Basis.of(archive, run)
    confirmations, looks = archive.confirmations(run), archive.looks(run)
    candidates, status = len(archive.parents(run)), status_of(archive, run)
    data = {
        **run.model_dump(exclude={"settings"}),
        "settings": written_settings(run),
        "candidates": candidates,
        "results": archive.taken(run),
        "best": standing_data(best, basis),
        "spend": {purpose: usage.model_dump() for purpose, usage in archive.spend(run).items()},
        "confirmations": [each.model_dump() for each in confirmations],
        "unscored": [each.model_dump(exclude={"trace", "steps"}) for each in archive.unscored(run)],
        "looks": [look.model_dump() for look in looks],
        "events": [event.model_dump() for event in archive.events(run)],
    }
    facts = {
        "status": status if status != "broken off" else f"{status}; `evolve resume` goes on",
        "started": run.started,
        "finished": run.finished or "not yet",
        "candidates": f"{candidates:,} from {counted(archive.taken(run), 'result')}",
        "best": "nobody is evaluated yet"
        if best is None
        else f"#{best.candidate} {figures.standing(best)} on {basis}",
    }
    if unscored := archive.unscored(run):
        last = one_line(unscored[-1].reason)
        facts["unscored"] = f"{counted(len(unscored), 'answer')}, the last because {last}"
    data["remarks"] = list(remarks(archive, run))
    facts |= {f"remark {number}": line for number, line in enumerate(data["remarks"], 1)}
    facts |= {
        f"test looks {number}": f"{one_line(look.what)} on {counted(len(look.tasks), 'task')}"
        for number, look in enumerate(looks, 1)
    }
    parts: list[RenderableType] = [Text(f"Run {clean(run.id)}", style="bold"), _facts(facts)]
    if not looks:
        parts.append("The test split was not looked at.")
    for confirmation in confirmations:
        parts += ["", *confirmation_lines(confirmation, basis)]
    parts += ["", _spend(archive, run), "", Text("Settings", style="bold")]
    parts.append(
        _facts({name: one_line(_told(value)) for name, value in written_settings(run).items()})
    )
    parts += _events(archive, run)
    return Report(data, parts)


def confirmation_lines(confirmed: Confirmation, basis: Basis) -> Iterator[str]:
    """How the winner did on the sealed tasks, beside the best seed."""
    looks = figures.looks(confirmed.looks)
    mine = figures.score(confirmed.mean, confirmed.interval)
    judged = f", {JUDGED}" if basis.judged else ""
    tasks = counted(confirmed.tasks, "task")
    yield f"Sealed test{judged}: #{confirmed.winner} {mine} on {tasks} ({looks})"
    if dearer := figures.dearer_seed(confirmed):
        yield f"Dearer seed: {dearer}"
    if confirmed.seed == confirmed.winner:
        yield "The winner is the best seed itself: nothing better was found."
        return
    theirs = figures.score(confirmed.seed_mean, confirmed.seed_interval)
    difference = figures.points(confirmed.difference, confirmed.difference_interval)
    yield f"Best seed:   #{confirmed.seed} {theirs} on the same tasks"
    yield f"Difference:  {difference}, paired, 95 % interval"


def total_usd(archive: Reader, run: Run) -> float | None:
    """What a run has cost, or None where a price is unknown."""
    amounts = [usage.usd for usage in archive.spend(run).values()]
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if len(known) == len(amounts) else None


def _standings(archive: Reader, run: Run, chosen: list[Standing]) -> Report:
    basis = Basis.of(archive, run)
    rows = table("#", "id", "made by", f"score on {basis}, 95 %", "USD a task", "tasks")
    data = []
    for standing in chosen:
        candidate = archive.candidate(run, standing.candidate)
        rows.add_row(
            str(candidate.number),
            candidate.id[:8],
            one_line(candidate.operator, 18),
            figures.standing(standing),
            figures.usd(standing.usd),
            str(standing.evaluations),
        )
        data.append(
            {
                "candidate": candidate.number,
                "id": candidate.id,
                "operator": candidate.operator,
                "standing": standing_data(standing, basis),
            }
        )
    return Report(data, [rows if data else "Nobody is evaluated yet."])


def _spend(archive: Reader, run: Run) -> Table:
    rows = table("spent on", "USD", "calls", "prompt tokens", "completion tokens")
    for purpose, usage in archive.spend(run).items():
        rows.add_row(
            purpose,
            figures.usd(usage.usd),
            f"{usage.calls:,}",
            f"{usage.prompt_tokens:,}",
            f"{usage.completion_tokens:,}",
        )
    return rows


def _events(archive: Reader, run: Run) -> Iterator[RenderableType]:
    events = [event for event in archive.events(run) if event.kind != CREDIT][-EVENTS_SHOWN:]
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
    """The settings as they are kept, whatever they are; plug-ins that they name are not loaded."""
    try:
        settings = json.loads(run.settings)
    except ValueError:
        return {"text": run.settings}
    return settings if isinstance(settings, dict) else {"text": run.settings}


def _told(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
