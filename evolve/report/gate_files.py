"""The result of a comparison as files for continuous integration: JUnit XML and Markdown."""

import json
import os
from collections.abc import Mapping
from html import escape
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from evolve.data.output_files import is_database, replace_file
from evolve.gate.comparison import Comparison
from evolve.gate.verdict import Verdict
from evolve.report import figures
from evolve.report.console import finite
from evolve.report.gate import advice_on, as_data, facts_of, sentence, spend
from evolve.text import clean, one_line
from search_spaces.errors import ConfigError

FAILING = (Verdict.WORSE, Verdict.UNDECIDED)


def require_writable(*paths: Path | None) -> None:
    """Checks, before anything is bought, that files can be written.

    Raises:
        ConfigError: One cannot.
    """
    for path in paths:
        if path is None:
            continue
        if is_database(path):
            raise ConfigError(f"{path} is a database, perhaps an archive; name another file")
        place = path if path.exists() else path.absolute().parent
        if path.is_dir() or not place.exists() or not os.access(place, os.W_OK):
            raise ConfigError(f"{path}: cannot be written; name a file in a folder that exists")


def write(comparison: Comparison, junit: Path | None, summary: Path | None) -> None:
    """Writes the files that were asked for."""
    if junit is not None:
        replace_file(junit, as_junit(comparison))
    if summary is not None:
        _append(summary, as_markdown(comparison))


def _append(path: Path, text: str) -> None:
    """Adds to a file, which other steps of a workflow may have written to."""
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from None


def as_junit(comparison: Comparison) -> str:
    """One test case, which fails if the verdict is `worse` or `undecided`."""
    failed = comparison.verdict in FAILING
    counts = {"tests": "1", "failures": str(int(failed)), "errors": "0", "skipped": "0"}
    suites = Element("testsuites", counts)
    suite = SubElement(suites, "testsuite", {"name": "evolve gate", **counts})
    new, old = (one_line(each.name) for each in (comparison.new, comparison.old))
    named = {"classname": "evolve.gate", "name": f"{new} is not worse than {old}"}
    case = SubElement(suite, "testcase", named)
    properties = SubElement(case, "properties")
    for name, value in _flat(as_data(comparison)).items():
        SubElement(properties, "property", {"name": name, "value": clean(value)})
    told = "\n".join([sentence(comparison), *(f"{a}: {b}" for a, b in facts_of(comparison))])
    if failed:
        what = {"type": comparison.verdict.value, "message": sentence(comparison)}
        SubElement(case, "failure", what).text = clean(told)
    SubElement(case, "system-out").text = clean(told)
    indent(suites)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(suites, encoding="unicode") + "\n"


def _flat(data: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    """Nested data as texts by dotted path."""
    flat: dict[str, str] = {}
    for name, value in data.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            text = value if isinstance(value, str) else json.dumps(finite(value))
            flat[f"{prefix}{name}"] = text
    return flat


def as_markdown(comparison: Comparison) -> str:
    """A section for a pull request or the summary of a job."""
    lines = [f"### evolve gate: {comparison.verdict.value}", "", sentence(comparison)]
    if advice := advice_on(comparison):
        lines += ["", advice]
    lines += ["", "| | system | score | cost a task | spent |", "| --- | --- | --- | --- | --- |"]
    for which, each in (("OLD", comparison.old), ("NEW", comparison.new)):
        score = f"{100 * each.summary.mean:.1f} %"
        cost = figures.cost(each.summary.cost, comparison.unit)
        cells = [which, _literal(each.name), score, cost, spend(each)]
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "| | |", "| --- | --- |"]
    lines += [f"| {name} | {value} |" for name, value in facts_of(comparison)]
    return "\n".join([*lines, "", ""])


def _literal(text: str) -> str:
    """Text that Markdown and HTML leave as it is, on one line of a table."""
    line = escape(one_line(text), quote=False)
    return "".join(f"\\{letter}" if letter in "\\`*_[]|~!" else letter for letter in line)
