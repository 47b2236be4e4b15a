"""Answers to a file of questions, with all columns of the file.

Answers may have been paid for, so an existing output file is replaced only on request, and only
once all new answers are there. Until then they are in a file beside it, in order of arrival.
"""

import csv
import io
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from archive.records import Trace, Usage
from evolve.data.fields import EmptyError, MissingError, filled, problem_of
from evolve.data.output_files import is_database, replace_file
from evolve.data.rows import Row, read_rows
from evolve.functions.printing import standard_output
from evolve.report import figures
from evolve.report.console import finite
from evolve.serving.apply import Answered, ask_all
from evolve.serving.deployment import Deployment
from search_spaces.config import SystemConfig
from search_spaces.errors import ConfigError

PART = ".part"
"""Suffix of the output file's name as long as answers are missing."""

_SEPARATORS = {".csv": ",", ".tsv": "\t"}
_FIGURES = ("calls", "prompt_tokens", "completion_tokens", "usd", "seconds")
"""The columns of a table that show an answer's usage."""


def answer_file(
    deployment: Deployment,
    config: SystemConfig,
    file: Path,
    field: str | None,
    output: Path | None,
    *,
    force: bool = False,
    quiet: bool,
) -> None:
    """Asks a system every question of a file.

    Args:
        deployment: The models to use, and the input field of their task.
        config: The system.
        file: The questions.
        field: The file's field, or a text with ``{field}``s; None: that of the deployment.
        output: Where the answers go: a table for .csv and .tsv, an array for .json, else JSON
            lines; None: JSON lines on the screen, in the order of the questions.
        force: Whether to replace answers that are there already.
        quiet: Whether to show no progress.

    Raises:
        EvolveError: The files cannot be read or written, or an endpoint does not answer.
    """
    if field is not None and "{" in field and (problem := problem_of(field)):
        raise ConfigError(f"--field: {problem}")
    rows = read_rows(file)
    questions = _questions(rows, field or deployment.input)
    table = _Answers(rows, questions)
    on_screen = output is None or (output.exists() and not output.is_file())
    keeping = _in_order(table, output) if on_screen else _kept(table, _checked(output, force))
    with keeping as keep, _progress(quiet) as progress:
        answered = progress.add_task("answered", total=len(questions))

        def take(one: Answered) -> None:
            keep(one)
            progress.advance(answered)

        answers = ask_all(deployment, config, questions, take)
    if not quiet:
        sys.stderr.write(_summary([one.trace for one in answers]) + "\n")


def _questions(rows: Sequence[Row], template: str) -> list[str]:
    """The question of every row; empty where the row has none, unless all lack it.

    Raises:
        TaskError: There is no such field, or no row has a question.
    """
    questions, problem = list[str](), None
    for row in rows:
        try:
            questions.append(filled(row, template))
        except MissingError:
            raise
        except EmptyError as error:
            problem = problem or error
            questions.append("")
    if problem is not None and not any(questions):
        raise problem
    return questions


class _Answers:
    """The rows of a file with the answers to them."""

    def __init__(self, rows: Sequence[Row], questions: Sequence[str]) -> None:
        self._rows = rows
        self._questions = questions
        self.columns = list(dict.fromkeys(name for row in rows for name in row.values))

    def row(self, answered: Answered) -> dict[str, Any]:
        """All columns of the file, followed by those of the answer."""
        row, question = self._rows[answered.place], self._questions[answered.place]
        added = {} if "question" in self.columns else {"question": question}
        added |= answered.trace.model_dump(mode="json", include={"answer", "failure", "usage"})
        named = {self._free(name): value for name, value in added.items()}
        whole: dict[str, Any] = finite({**row.values, **named})
        return whole

    def text(self, answers: Sequence[Answered], ending: str) -> str:
        """All answers in the order of the questions, in the format of a file's ending."""
        rows = [self.row(one) for one in sorted(answers, key=lambda one: one.place)]
        if ending in _SEPARATORS:
            return self._table(rows, _SEPARATORS[ending])
        if ending == ".json":
            return json.dumps(rows, indent=1, ensure_ascii=False) + "\n"
        return "".join(map(_line, rows))

    def _table(self, rows: Sequence[Mapping[str, Any]], separator: str) -> str:
        usage = self._free("usage")
        flat = [
            {name: value for name, value in row.items() if name != usage}
            | {self._free(name): row[usage][name] for name in _FIGURES}
            for row in rows
        ]
        names = list(dict.fromkeys([*self.columns, *(name for row in flat for name in row)]))
        written = io.StringIO(newline="")
        writer = csv.DictWriter(written, names, delimiter=separator, lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _cell(value) for name, value in row.items()} for row in flat)
        return written.getvalue()

    def _free(self, name: str) -> str:
        """A name for a new column that no column of the file has."""
        while name in self.columns:
            name = f"system_{name}"
        return name


@contextmanager
def _in_order(table: _Answers, output: Path | None) -> Iterator[Callable[[Answered], None]]:
    """Writes answers to standard output, in the order of the questions, as soon as possible."""
    waiting: dict[int, Answered] = {}
    written = 0
    sink = standard_output() if output is None else _opened(output)

    def keep(answered: Answered) -> None:
        nonlocal written
        waiting[answered.place] = answered
        while written in waiting:
            sink.write(_line(table.row(waiting.pop(written))))
            sink.flush()
            written += 1

    try:
        yield keep
    finally:
        if output is not None:
            sink.close()


@contextmanager
def _kept(table: _Answers, output: Path) -> Iterator[Callable[[Answered], None]]:
    """Keeps answers beside the output file as they arrive; replaces it once they are complete."""
    part = _part_of(output)
    answers: list[Answered] = []
    complete = False
    with _opened(part) as sink:

        def keep(answered: Answered) -> None:
            answers.append(answered)
            sink.write(_line(table.row(answered)))
            sink.flush()

        try:
            yield keep
            complete = True
        finally:
            if answers and not complete:
                sys.stderr.write(f"evolve: the {len(answers)} answers so far are in {part}\n")
            elif not answers:
                part.unlink()
    replace_file(output, table.text(answers, output.suffix.lower()))
    part.unlink(missing_ok=True)


def _checked(output: Path | None, force: bool) -> Path:
    """The output file, if no paid answers would be lost by writing it."""
    assert output is not None, "answers on the screen are not kept"
    if is_database(output):
        raise ConfigError(f"{output} is a database, perhaps an archive; name another file")
    for path, what in (
        (output, "is there already, and what it holds may have been paid"),
        (_part_of(output), "holds the answers of an application that did not end"),
    ):
        if not force and path.exists() and path.stat().st_size:
            raise ConfigError(f"{path} {what}; name another file, or replace it with --force")
    return output


def _part_of(output: Path) -> Path:
    return output.with_name(output.name + PART)


def _opened(path: Path) -> io.TextIOWrapper:
    try:
        return path.open("w", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from None


def _line(row: Mapping[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False) + "\n"


def _cell(value: object) -> object:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def _progress(quiet: bool) -> Progress:
    from rich.console import Console

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    screen = Console(stderr=True)
    return Progress(
        *columns, TimeRemainingColumn(), console=screen, disable=quiet or not screen.is_terminal
    )


def _summary(traces: list[Trace]) -> str:
    usage = Usage.total(trace.usage for trace in traces)
    failed = sum(bool(trace.failure) for trace in traces)
    return f"{len(traces) - failed} of {len(traces)} answered, {figures.usage(usage)}"
