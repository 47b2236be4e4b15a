"""`evolve archive`: inspect the results of searches."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evolve.cli.commands import Commands
from evolve.cli.options import DEFAULT_ARCHIVE, ArchivePath, AsJson, RunOption, Trust

if TYPE_CHECKING:
    from archive.reading import Reader
    from archive.records import Run


class Method(StrEnum):
    """How credit is measured: leaving one out at a time, or Shapley values from random orders."""

    leave_one_out = "leave_one_out"
    shapley = "shapley"


app = Commands(help="Inspect the results of searches.", no_args_is_help=True)

_CANDIDATE = "A candidate: its number, or the start of its content id"
OneOrBest = Annotated[str | None, typer.Argument(help=f"{_CANDIDATE}; the best if left out.")]
One = Annotated[str, typer.Argument(help=f"{_CANDIDATE}.")]


@app.command("list")
def list_runs(
    archive: ArchivePath = DEFAULT_ARCHIVE,
    run: Annotated[
        str | None, typer.Option("--run", help="A run whose candidates to list.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="The number of candidates.")] = 20,
    json: AsJson = False,
) -> None:
    """List the runs of an archive; with --run, the best candidates of one."""
    from archive.reading import Reader
    from evolve.report import runs
    from evolve.report.console import show

    with Reader.read(archive) as opened:
        if run is None:
            show(runs.list_runs(opened), as_json=json)
        else:
            show(runs.list_candidates(opened, opened.run(run), limit), as_json=json)


@app.command("show")
def show_one(
    candidate: Annotated[
        str | None, typer.Argument(help=f"{_CANDIDATE}; the run itself if left out.")
    ] = None,
    archive: ArchivePath = DEFAULT_ARCHIVE,
    run: RunOption = None,
    credit: Annotated[
        bool,
        typer.Option(
            "--credit", help="Measure what each agent and edge adds; this buys evaluations."
        ),
    ] = False,
    method: Annotated[
        Method, typer.Option("--method", help="How credit is measured.")
    ] = Method.leave_one_out,
    evaluations: Annotated[
        int, typer.Option("--evaluations", min=2, help="The most evaluations that credit may buy.")
    ] = 200,
    trust: Trust = False,
    json: AsJson = False,
) -> None:
    """Show a run, or one candidate of it: topology, prompts, parents, scores and examples."""
    from evolve.report.console import show

    if credit:
        from evolve.cli.consent import consent
        from evolve.report.credit import show_credit

        asking = consent(trust=trust)
        credited = show_credit(archive, run, candidate, method.value, evaluations, asking)
        show(credited, as_json=json)
        return
    with _opened(archive, run) as (opened, found):
        if candidate is None:
            from evolve.report.runs import show_run

            show(show_run(opened, found), as_json=json)
        else:
            from evolve.report.candidates import show_candidate

            one = opened.candidate(found, candidate)
            show(show_candidate(opened, found, one), as_json=json)


@app.command()
def best(
    archive: ArchivePath = DEFAULT_ARCHIVE, run: RunOption = None, json: AsJson = False
) -> None:
    """Show the best candidate: the confirmed winner of a finished run, or the current best."""
    from evolve.report.candidates import find, show_candidate
    from evolve.report.console import show

    with _opened(archive, run) as (opened, found):
        show(show_candidate(opened, found, find(opened, found, None)), as_json=json)


@app.command()
def lineage(
    candidate: OneOrBest = None,
    archive: ArchivePath = DEFAULT_ARCHIVE,
    run: RunOption = None,
    everyone: Annotated[
        bool, typer.Option("--all", help="Show every ancestor, not only first parents.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Show the history of a candidate: the patches since its seed."""
    from evolve.report.candidates import find, show_lineage
    from evolve.report.console import show

    with _opened(archive, run) as (opened, found):
        one = find(opened, found, candidate)
        show(show_lineage(opened, found, one, everyone=everyone), as_json=json)


@app.command()
def diff(
    a: One,
    b: One,
    archive: ArchivePath = DEFAULT_ARCHIVE,
    run: RunOption = None,
    json: AsJson = False,
) -> None:
    """Show the differences between two candidates."""
    from evolve.report.candidates import show_difference
    from evolve.report.console import show

    with _opened(archive, run) as (opened, found):
        ends = opened.candidate(found, a), opened.candidate(found, b)
        show(show_difference(opened, found, *ends), as_json=json)


@app.command()
def pareto(
    archive: ArchivePath = DEFAULT_ARCHIVE, run: RunOption = None, json: AsJson = False
) -> None:
    """Show the Pareto front: candidates that no other beats in both score and cost."""
    from evolve.report.console import show
    from evolve.report.runs import show_front

    with _opened(archive, run) as (opened, found):
        show(show_front(opened, found), as_json=json)


@app.command()
def tasks(
    archive: ArchivePath = DEFAULT_ARCHIVE,
    run: RunOption = None,
    limit: Annotated[
        int, typer.Option("--limit", min=1, help="The number of tasks of each kind.")
    ] = 10,
    json: AsJson = False,
) -> None:
    """Show the hardest tasks, the most discriminating ones, and those with doubtful labels."""
    from evolve.report.console import show
    from evolve.report.tasks import show_tasks

    with _opened(archive, run) as (opened, found):
        show(show_tasks(opened, found, limit), as_json=json)


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="One SELECT statement.")],
    archive: ArchivePath = DEFAULT_ARCHIVE,
    limit: Annotated[int, typer.Option("--limit", min=1, help="The number of rows.")] = 100,
    json: AsJson = False,
) -> None:
    """Query the archive in SQL, read-only. Tables and views are described in docs/archive.md."""
    from archive.reading import Reader
    from evolve.report.console import show
    from evolve.report.queries import show_answer

    with Reader.read(archive) as opened:
        show(show_answer(opened.ask(sql, limit + 1), limit), as_json=json)


@app.command()
def check(archive: ArchivePath = DEFAULT_ARCHIVE, json: AsJson = False) -> None:
    """Check the integrity of the archive; exits with 1 if it is damaged.

    Every finished run is replayed from its first result and must give the stored standings.
    """
    from archive.reading import Reader
    from evolve.engine.replay import check_replay
    from evolve.report.console import Report, show
    from evolve.text import clean

    with Reader.read(archive) as opened:
        problems = opened.integrity()
        for run in opened.runs():
            problems += check_replay(opened, run)
    lines = [clean(problem) for problem in problems] or [f"{archive} is sound."]
    show(Report({"sound": not problems, "problems": problems}, lines), as_json=json)
    if problems:
        raise typer.Exit(1)


@app.command()
def merge(
    into: Annotated[Path, typer.Argument(help="The archive to add to; created if missing.")],
    others: Annotated[list[Path], typer.Argument(help="Archives to add; they are not changed.")],
    json: AsJson = False,
) -> None:
    """Merge archives: copy the missing runs of others, with their content ids."""
    from archive.reading import Reader
    from archive.store import Archive
    from evolve.report.console import Report, show
    from evolve.text import clean

    for other in others:  # before anything is created or changed
        Reader.read(other).close()
    lines, runs = [], []
    with Archive.write(into) as opened:
        for other in others:
            for run in opened.merge(other):
                runs.append({"archive": str(other), "run": run.there, "here": run.here})
                renamed = "" if run.here == run.there else f", here called {run.here}"
                lines.append(clean(f"{run.there} from {other}{renamed}"))
    lines = lines or [f"{into} had every run already."]
    show(Report({"archive": str(into), "merged": runs}, lines), as_json=json)


@contextmanager
def _opened(path: Path, ref: str | None) -> Iterator[tuple["Reader", "Run"]]:
    from archive.reading import Reader

    with Reader.read(path) as reader:
        yield reader, reader.run(ref)
