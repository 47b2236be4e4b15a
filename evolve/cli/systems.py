"""`evolve eval` and `evolve apply`: what is done with one system."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from evolve.cli.options import DEFAULT_ARCHIVE, ArchivePath, AsJson, Quiet, Seed


class SplitName(StrEnum):
    """The splits of a task set."""

    train = "train"
    validation = "validation"
    test = "test"


SystemFile = Annotated[Path, typer.Argument(help="A system file.")]


def evaluate(
    system: SystemFile,
    run_file: Annotated[str, typer.Option("--run-file", help="Whose tasks and models to use.")],
    split: Annotated[
        SplitName, typer.Option(help="Which tasks; a look at test is counted.")
    ] = SplitName.validation,
    archive: ArchivePath = DEFAULT_ARCHIVE,
    seed: Seed = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Score one system on a whole split, with its interval and cost."""
    from archive.store import Archive
    from evolve.report import live, outcome
    from evolve.run import evaluate as score
    from evolve.seeding import read_system
    from evolve.settings import load_run_file

    settings = load_run_file(run_file, {} if seed is None else {"seed": seed})
    config = read_system(system)
    with Archive.write(archive) as opened:
        evaluation = score(settings, opened, config, split.value, live.watch(quiet=quiet or json))
    outcome.show_evaluation(evaluation, as_json=json)


def apply(
    system: SystemFile,
    question: Annotated[str, typer.Argument(help="What to ask it.")],
    run_file: Annotated[
        str | None,
        typer.Option(
            "--run-file", help="Whose models to use; those of the newest run if left out."
        ),
    ] = None,
    archive: ArchivePath = DEFAULT_ARCHIVE,
    json: AsJson = False,
) -> None:
    """Ask a system one question."""
    from archive.reading import Reader
    from evolve.report import outcome
    from evolve.run import ask, settings_of
    from evolve.seeding import read_system
    from evolve.settings import load_run_file

    config = read_system(system)
    if run_file is not None:
        settings = load_run_file(run_file)
    else:
        with Reader.read(archive) as opened:
            settings = settings_of(opened.run())
    outcome.show_answer(ask(settings, config, question), as_json=json)
