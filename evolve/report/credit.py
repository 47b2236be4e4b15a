"""The report on credit: what each agent and each edge of a system adds to its score."""

from pathlib import Path

from archive.reading import Reader
from archive.store import Archive
from evolve.credit import Method, give_credit
from evolve.report import figures
from evolve.report.candidates import find
from evolve.report.console import Report, one_line, table
from evolve.run import settings_of


def show_credit(
    path: Path, ref: str | None, candidate: str | None, method: Method, evaluations: int
) -> Report:
    """Measures credit and tells it, the greatest first.

    Args:
        path: The archive; the evaluations become a run of it.
        ref: Whose run; None: the newest.
        candidate: Whose credit; None: the best one's.
        method: How credit is given.
        evaluations: How many may be bought.
    """
    with Reader.read(path) as reader:
        run = reader.run(ref)
        one = find(reader, run, candidate)
    with Archive.write(path) as archive:
        found = give_credit(settings_of(run), archive, one.config, method, evaluations)
    data = {
        "run": run.id,
        "candidate": one.number,
        "method": method,
        "credits": [each._asdict() for each in found],
    }
    told = table("agent or edge", "adds, in points, with its 95 % interval", "comparisons")
    for each in found:
        told.add_row(
            one_line(each.player), figures.points(each.mean, each.interval), str(each.comparisons)
        )
    title = f"Credit in candidate #{one.number} of run {run.id}, {method.replace('_', ' ')}"
    return Report(data, [title, told])
