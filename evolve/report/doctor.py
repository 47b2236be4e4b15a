"""The findings of `evolve doctor`, one line each, with advice."""

from itertools import groupby

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from evolve.report import figures
from evolve.report.console import Report
from evolve.report.figures import counted
from evolve.setup.doctor import Examination
from evolve.setup.doctor.findings import Finding
from evolve.text import clean

_STYLES = {"ok": "green", "note": "yellow", "fix": "bold red"}


def report(found: Examination) -> Report:
    """Findings by area, then their number and what the examination cost."""
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
        text = Text(clean(finding.text))
        if finding.advice:
            text.append(f"\n→ {clean(finding.advice)}", _STYLES[finding.status])
        rows.add_row(status, finding.name, text)
    return rows


def _verdict(found: Examination) -> Text:
    counts = {
        status: sum(finding.status == status for finding in found.findings)
        for status in ("fix", "note")
    }
    if counts["fix"]:
        return Text(f"{counted(counts['fix'], 'thing')} to fix before a run.", _STYLES["fix"])
    text = "Nothing has to be fixed"
    if counts["note"]:
        text += f"; {counted(counts['note'], 'note')} worth considering"
    return Text(f"{text}.", _STYLES["ok"])


def _taken(found: Examination) -> Text:
    usage = found.usage
    if not usage.calls:
        return Text("No model was called.", "dim")
    text = f"{counted(usage.calls, 'call')} with {counted(usage.tokens, 'token')} in all"
    money = "" if usage.usd is None else f", {figures.usd(usage.usd)}"
    return Text(f"This took {text}{money}.", "dim")
