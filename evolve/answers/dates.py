"""Dates in an answer, in ISO form."""

import re
from datetime import date

from evolve.answers.reading import line_of

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAME = rf"(?P<name>{'|'.join(_MONTHS)})[a-z]*\.?"
_DATES = (
    re.compile(r"(?<!\d)(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)"),
    re.compile(
        rf"(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\.?[ -](?:of )?{_NAME},?[ -](?P<year>\d{{4}})"
    ),
    re.compile(rf"\b{_NAME} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>\d{{4}})"),
    re.compile(r"(?<!\d)(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})(?!\d)"),
    re.compile(r"(?<!\d)(?P<first>\d{1,2})/(?P<second>\d{1,2})/(?P<year>\d{4})(?!\d)"),
)


def date_of(text: str, cut_off: bool = False, day_first: bool = False) -> str:
    """The one date of a reply's final answer as YYYY-MM-DD; empty without one, or with several.

    Args:
        text: The reply.
        cut_off: Whether it ended at its token limit.
        day_first: Whether 3/4/2024 is in April.
    """
    answer = line_of(text, cut_off).lower()
    found = {_iso(each, day_first) for pattern in _DATES for each in pattern.finditer(answer)}
    return found.pop() if len(found) == 1 else ""


def _iso(found: re.Match[str], day_first: bool) -> str:
    parts = found.groupdict()
    if "first" in parts:
        pair = parts["first"], parts["second"]
        day, month = pair if day_first else pair[::-1]
    else:
        day = parts["day"]
        month = parts.get("month") or str(1 + _MONTHS.index(parts["name"]))
    try:
        return date(int(parts["year"]), int(month), int(day)).isoformat()
    except ValueError:
        return ""
