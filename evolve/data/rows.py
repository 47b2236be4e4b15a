"""Reading task files: JSON lines, a JSON array or a table, each also compressed with gzip.

Every row comes with its place in the file, so that an error can name it.
"""

import codecs
import gzip
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from evolve.data.tables import Malformed, read_table
from evolve.errors import TaskError
from search_spaces.errors import unknown


class Row(NamedTuple):
    """One entry of a task file, and where it stands: the line it starts on, or its number."""

    file: Path | str
    place: str
    number: int
    values: Mapping[str, Any]

    def error(self, message: str) -> TaskError:
        """The error that says what is wrong with this row."""
        return TaskError(f"{self.file}, {self.place}: {message}")


def read_rows(file: Path) -> list[Row]:
    """Reads a task file; the ending of its name says how.

    Raises:
        TaskError: It is missing, empty or malformed; the message names the file and the place.
    """
    compressed = file.suffix.lower() == ".gz"
    ending = (file.with_suffix("") if compressed else file).suffix.lower()
    if ending not in _READERS:
        error = unknown("ending", ending, _READERS)
        raise TaskError(f"{file}: {error}; each also with .gz behind it")
    rows = list(_READERS[ending](file, _text(file, compressed)))
    if not rows:
        raise TaskError(f"{file}: there are no tasks in this file")
    return rows


def _text(file: Path, compressed: bool) -> str:
    try:
        written = file.read_bytes()
    except FileNotFoundError:
        raise TaskError(f"{file}: there is no such task file; check `tasks.file`") from None
    except OSError as error:
        raise TaskError(f"{file}: the task file cannot be read: {error.strerror}") from None
    if compressed:
        try:
            written = gzip.decompress(written)
        except (OSError, EOFError, zlib.error):
            raise TaskError(f"{file}: is no whole gzip file, although its name says so") from None
    if written.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # Excel's "Unicode text"
        return written.decode("utf-16", errors="replace")
    try:
        return written.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = written.count(b"\n", 0, error.start) + 1
        raise TaskError(f"{file}, line {line}: is no UTF-8 text; save the file as UTF-8") from None


def _json(file: Path, text: str) -> Iterator[Row]:
    """Objects on lines, or an array of them, whichever the text holds; else as its name says."""
    first, _, further = text.strip().partition("\n")
    on_lines = ".json" not in file.suffixes or (further and first.rstrip().endswith("}"))
    return (_json_lines if on_lines and not first.startswith("[") else _json_array)(file, text)


def _json_lines(file: Path, text: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            place = f"line {number}"
            try:
                value = json.loads(line)
            except (ValueError, RecursionError):
                message = "no valid JSON; expected one object on each line"
                raise TaskError(f"{file}, {place}: {message}") from None
            yield _row(file, place, number, value)


def _json_array(file: Path, text: str) -> Iterator[Row]:
    if not text.strip():
        return
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        raise TaskError(f"{file}, line {line}: no valid JSON; expected [{{…}}, …]") from None
    if isinstance(values, dict):
        arrays = [value for value in values.values() if isinstance(value, list)]
        values = arrays[0] if len(arrays) == 1 else values  # {"data": [{…}, …]}
    if not isinstance(values, list):
        raise TaskError(f"{file}: expected an array of objects, found {_kind(values)}")
    for number, value in enumerate(values, 1):
        yield _row(file, f"item {number}", number, value)


def _table(file: Path, text: str) -> Iterator[Row]:
    try:
        for line, values in read_table(text):
            yield _row(file, f"line {line}", line, values)
    except Malformed as error:
        raise TaskError(f"{file}, line {error.line}: {error}") from None


def _row(file: Path, place: str, number: int, value: object) -> Row:
    if not isinstance(value, dict):
        raise TaskError(f"{file}, {place}: expected an object, found {_kind(value)}")
    return Row(file, place, number, value)


def _kind(value: object) -> str:
    kinds = {dict: "an object", list: "an array", str: "a text", bool: "true or false"}
    return "null" if value is None else kinds.get(type(value), "a number")


_READERS: Mapping[str, Callable[[Path, str], Iterator[Row]]] = {
    ".jsonl": _json,
    ".ndjson": _json,
    ".json": _json,
    ".csv": _table,
    ".tsv": _table,
}
