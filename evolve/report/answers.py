"""The answers to a file of questions: one JSON object a line, in the order of the questions."""

import json
import sys
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from archive.records import Trace, Usage
from evolve.applying import Answered, ask_all
from evolve.report import figures
from evolve.settings import RunSettings
from evolve.tasks.fields import filled, problem_of
from evolve.tasks.rows import read_rows
from search_spaces.config import SystemConfig
from search_spaces.errors import ConfigError


def answer_file(
    settings: RunSettings,
    config: SystemConfig,
    file: Path,
    field: str,
    output: Path | None,
    *,
    quiet: bool,
) -> None:
    """Asks a system every question of a file; answers are written as soon as it is their turn.

    Args:
        settings: Whose models to use.
        config: The system.
        file: The questions.
        field: The file's field, or a text with ``{field}``s.
        output: Where the answers go; None: the screen.
        quiet: Whether to tell nothing of the progress.

    Raises:
        EvolveError: The files cannot be read or written, or an endpoint does not serve.
    """
    if "{" in field and (problem := problem_of(field)):
        raise ConfigError(f"--field: {problem}")
    questions = [filled(row, field) for row in read_rows(file)]
    try:
        sink = sys.stdout if output is None else output.open("w", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{output}: cannot be written: {error.strerror}") from None
    waiting: dict[int, Answered] = {}
    written = 0
    with _progress(quiet) as progress:
        told = progress.add_task("answered", total=len(questions))

        def take(answered: Answered) -> None:
            nonlocal written
            waiting[answered.place] = answered
            while written in waiting:
                sink.write(_line(questions[written], waiting.pop(written).trace))
                sink.flush()
                written += 1
            progress.advance(told)

        try:
            answers = ask_all(settings, config, questions, take)
        finally:
            if sink is not sys.stdout:
                sink.close()
    if not quiet:
        sys.stderr.write(_summary([answered.trace for answered in answers]) + "\n")


def _progress(quiet: bool) -> Progress:
    from rich.console import Console

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    screen = Console(stderr=True)
    return Progress(
        *columns, TimeRemainingColumn(), console=screen, disable=quiet or not screen.is_terminal
    )


def _line(question: str, trace: Trace) -> str:
    told = {"question": question, **trace.model_dump(include={"answer", "failure", "usage"})}
    return json.dumps(told, ensure_ascii=False) + "\n"


def _summary(traces: list[Trace]) -> str:
    usage = Usage.total(trace.usage for trace in traces)
    failed = sum(bool(trace.failure) for trace in traces)
    return (
        f"{len(traces) - failed} of {len(traces)} answered, {usage.calls:,} calls, "
        f"{usage.tokens:,} tokens, {figures.usd(usage.usd)}"
    )
