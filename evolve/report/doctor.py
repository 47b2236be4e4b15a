"""What an examination found, a line each, and what to do about it."""

from itertools import groupby

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from evolve.doctor import Examination
from evolve.doctor.findings import Finding
from evolve.report import figures
from evolve.report.console import Report, clean
from evolve.report.runs import counted

_STYLES = {"ok": "green", "note": "yellow", "fix": "bold red"}


def report(found: Examination) -> Report:
    """Findings by area, then how many there are and what looking took."""
    usage = found.usage
    data = {
        "sound": found.sound,
        "findings": [finding._asdict() for finding in found.findings],
        "usage": {"calls": usage.calls, "tokens": usage.tokens, "usd": usage.usd},
    }
    parts: list[RenderableType] = []
    for area, findings in groupby(found.findings, lambda finding: finding.area):
        parts += [Text(clean(area).capitalize(), "bold"), _rows(list(findings)), ""]
    return Report(data, [*parts, _verdict(found), _taken(found)])


def _rows(findings: list[Finding]) -> Table:
    rows = Table.grid(padding=(0, 2, 0, 0))
    rows.add_column(width=6, justify="right")
    rows.add_column(width=10)
    rows.add_column(overflow="fold")
    for finding in findings:
        status = Text(finding.status, _STYLES[finding.status])
        told = Text(clean(finding.told))
        if finding.advice:
            told.append(f"\n→ {clean(finding.advice)}", _STYLES[finding.status])
        rows.add_row(status, finding.name, told)
    return rows


def _verdict(found: Examination) -> Text:
    counts = {
        status: sum(finding.status == status for finding in found.findings)
        for status in ("fix", "note")
    }
    if counts["fix"]:
        return Text(f"{counted(counts['fix'], 'thing')} to mend before a run.", _STYLES["fix"])
    told = "Nothing has to be mended"
    if counts["note"]:
        told += f"; {counted(counts['note'], 'note')} worth a thought"
    return Text(f"{told}.", _STYLES["ok"])


def _taken(found: Examination) -> Text:
    usage = found.usage
    if not usage.calls:
        return Text("No model was asked anything.", "dim")
    told = f"{counted(usage.calls, 'call')} with {counted(usage.tokens, 'token')} in all"
    return Text(f"This took {told}, {figures.usd(usage.usd)}.", "dim")
