"""The report on credit: what each agent and each edge of a system adds to its score."""

from pathlib import Path

from archive.reading import Reader
from archive.store import Archive
from evolve.engine.recorded import usable_settings
from evolve.lab.credit import Method, give_credit
from evolve.report.candidates import find
from evolve.report.console import Report
from evolve.report.credited import Measured, Share, credit_table, keep
from evolve.runfile.consent import Consent


def show_credit(
    path: Path,
    ref: str | None,
    candidate: str | None,
    method: Method,
    evaluations: int,
    consent: Consent,
) -> Report:
    """Measures credit and reports it, the greatest first.

    Args:
        path: The archive; the evaluations become a run of it.
        ref: The run; None: the newest.
        candidate: The candidate; None: the best one.
        method: How credit is given.
        evaluations: How many may be bought.
        consent: Called before settings are used that were not run here before.
    """
    with Reader.read(path) as reader:
        run = reader.run(ref)
        one = find(reader, run, candidate)
    with Archive.write(path) as archive:
        settings = usable_settings(archive, run, consent)
        found = give_credit(settings, archive, one.config, method, evaluations)
        shares = tuple(Share.model_validate(each._asdict()) for each in found)
        measured = Measured(candidate=one.number, method=method, credits=shares)
        keep(archive, run, measured)
    data = {"run": run.id, **measured.model_dump(mode="json")}
    return Report(data, [f"{measured.title}, of run {run.id}", credit_table(shares)])
