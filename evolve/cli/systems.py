"""`evolve eval` and `evolve apply`: what is done with one system."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evolve.cli.options import (
    DEFAULT_ARCHIVE,
    ArchivePath,
    AsJson,
    ExecutorName,
    Quiet,
    RayAddress,
    Seed,
    Set,
    UnsafeExec,
    executing,
    overriding,
)

if TYPE_CHECKING:
    from evolve.settings import RunSettings


class SplitName(StrEnum):
    """The splits of a task set."""

    train = "train"
    validation = "validation"
    test = "test"


RunFileOrNewest = Annotated[
    str | None,
    typer.Option("--run-file", help="Whose models to use; those of the newest run if left out."),
]
SystemFile = Annotated[Path, typer.Argument(help="A system file.")]


def evaluate(
    system: SystemFile,
    run_file: Annotated[str, typer.Option("--run-file", help="Whose tasks and models to use.")],
    split: Annotated[
        SplitName, typer.Option(help="Which tasks; a look at test is counted.")
    ] = SplitName.validation,
    archive: ArchivePath = DEFAULT_ARCHIVE,
    seed: Seed = None,
    given: Set = None,
    executor: ExecutorName = None,
    ray_address: RayAddress = None,
    unsafe_exec: UnsafeExec = False,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Score one system on a whole split, with its interval and cost."""
    from archive.store import Archive
    from evolve.report import live, outcome
    from evolve.run import evaluate as score
    from evolve.seeding import read_system
    from evolve.settings import load_run_file

    settings = load_run_file(
        run_file, overriding(seed, given=given) | executing(executor, ray_address)
    )
    config = read_system(system)
    with Archive.write(archive) as opened:
        evaluation = score(settings, opened, config, split.value, live.watch(quiet=quiet or json))
    outcome.show_evaluation(evaluation, as_json=json)


def apply(
    system: SystemFile,
    question: Annotated[str | None, typer.Argument(help="What to ask it.")] = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", help="Questions instead: a .jsonl, .json or .csv file."),
    ] = None,
    field: Annotated[
        str, typer.Option("--field", help="The file's field, or a text with {field}s.")
    ] = "question",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where the answers go, a line each.")
    ] = None,
    run_file: RunFileOrNewest = None,
    archive: ArchivePath = DEFAULT_ARCHIVE,
    unsafe_exec: UnsafeExec = False,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Ask a system one question, or every question of a file."""
    from evolve.applying import ask
    from evolve.report import outcome
    from evolve.seeding import read_system
    from search_spaces.errors import ConfigError

    if (question is None) == (file is None):
        raise ConfigError("give a question, or a file of questions with --file")
    config = read_system(system)
    settings = settings_for(run_file, archive)
    if question is not None:
        outcome.show_answer(ask(settings, config, question), as_json=json)
    elif file is not None:
        from evolve.report.answers import answer_file

        answer_file(settings, config, file, field, output, quiet=quiet or json)


def settings_for(run_file: str | None, archive: Path) -> "RunSettings":
    """The settings of a run file, or of the newest run of an archive."""
    from archive.reading import Reader
    from evolve.run import settings_of
    from evolve.settings import load_run_file

    if run_file is not None:
        return load_run_file(run_file)
    with Reader.read(archive) as opened:
        return settings_of(opened.run())
