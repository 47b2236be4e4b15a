"""The report on credit: what each agent and each edge of a system adds to its score."""

from pathlib import Path

from archive.reading import Reader
from archive.store import Archive
from evolve.credit import Method, give_credit
from evolve.report.candidates import find
from evolve.report.console import Report
from evolve.report.credited import Measured, Share, keep, told
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
        shares = tuple(Share.model_validate(each._asdict()) for each in found)
        measured = Measured(candidate=one.number, method=method, credits=shares)
        keep(archive, run, measured)
    data = {"run": run.id, **measured.model_dump(mode="json")}
    return Report(data, [f"{measured.title}, of run {run.id}", told(shares)])
