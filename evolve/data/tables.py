"""Tables as text: cells between commas, semicolons, tabs or bars, with a header.

The separator is found from the text, because spreadsheet programs write semicolons wherever a comma
is the decimal mark.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

_SEPARATORS = (",", ";", "\t", "|")
_LOOKED_AT = 200
"""Rows from which the separator is found."""

_Numbered = tuple[int, list[str]]


class Malformed(Exception):  # noqa: N818 - the caller makes a TaskError of it
    """A table that cannot be read."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def read_table(text: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    """The rows of a table by the names in its header, with the lines on which they start.

    Rows whose cells are all blank are passed over, and so are empty cells beyond the header.

    Raises:
        Malformed: It is no table; the message says why.
    """
    first, separator = 1, _declared(text)
    if separator:
        first, text = 2, text.partition("\n")[2]
    with _fields_of_any_length(len(text)):
        rows = _rows(text, separator or _separator_of(text), first)
        header: list[str] = []
        for line, cells in rows:
            if not header:
                header = _header(line, cells)
                continue
            while len(cells) > len(header) and not cells[-1].strip():
                cells.pop()
            if len(cells) != len(header):
                counts = f"{len(cells)} cells, but the header names {len(header)} columns"
                raise Malformed(line, counts)
            yield line, {name: cell for name, cell in zip(header, cells, strict=True) if name}


def _rows(text: str, separator: str, first: int) -> Iterator[_Numbered]:
    """The rows that are not blank, with their lines."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = first
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = first + reader.line_num
    except csv.Error as error:
        raise Malformed(line, f"no valid CSV: {error}") from None


def _declared(text: str) -> str:
    """The separator of a first line such as ``sep=;``, which Excel reads and writes."""
    line = text.partition("\n")[0].strip()
    return line[4] if len(line) == 5 and line.lower().startswith("sep=") else ""


def _separator_of(text: str) -> str:
    """The separator with which most rows have as many cells as the header, and several."""
    best, shape = ",", (0.0, 1)
    for separator in _SEPARATORS:
        rows = _beginning(text, separator)
        columns = len(rows[0]) if rows else 1
        if columns > 1:
            fitting = sum(len(row) == columns for row in rows) / len(rows)
            if (fitting, columns) > shape:
                best, shape = separator, (fitting, columns)
    return best


def _beginning(text: str, separator: str) -> Sequence[list[str]]:
    rows: list[list[str]] = []
    try:
        for _, cells in _rows(text, separator, 1):
            rows.append(cells)
            if len(rows) == _LOOKED_AT:
                break
    except Malformed:
        pass  # reading all of it says so
    return rows


def _header(line: int, cells: list[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    for name in names:
        if name and names.count(name) > 1:
            raise Malformed(line, f"two columns are called {name!r}")
    return names


@contextmanager
def _fields_of_any_length(length: int) -> Iterator[None]:
    """Lifts the limit of `csv`, 131,072 characters of a field, which is one for the process."""
    before = csv.field_size_limit()
    csv.field_size_limit(max(before, length + 1))
    try:
        yield
    finally:
        csv.field_size_limit(before)
