"""`evolve eval` and `evolve apply`: use one system."""

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
    Trust,
    UnsafeExec,
    executing,
    overriding,
)

if TYPE_CHECKING:
    from evolve.serving.deployment import Deployment


class SplitName(StrEnum):
    """The splits of a task set."""

    train = "train"
    validation = "validation"
    test = "test"


RunFileOrNewest = Annotated[
    str | None,
    typer.Option(
        "--run-file",
        metavar="FILE",
        help="The run file with the models; those of the newest run if left out.",
    ),
]
SystemFile = Annotated[Path, typer.Argument(help="A system file.")]


def evaluate(
    system: SystemFile,
    run_file: Annotated[
        str,
        typer.Option("--run-file", metavar="FILE", help="The run file with the tasks and models."),
    ],
    split: Annotated[
        SplitName, typer.Option(help="The split; each use of test is counted.")
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
    from evolve.engine.evaluation import evaluate as score
    from evolve.engine.seeds import read_system
    from evolve.report import live, outcome
    from evolve.runfile.settings import load_run_file

    settings = load_run_file(
        run_file, overriding(seed, given=given) | executing(executor, ray_address)
    )
    config = read_system(system)
    with Archive.write(archive) as opened:
        evaluation = score(settings, opened, config, split.value, live.watch(quiet=quiet or json))
    outcome.show_evaluation(evaluation, archive, as_json=json)


def apply(
    system: SystemFile,
    question: Annotated[str | None, typer.Argument(help="The question.")] = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", help="A .jsonl, .json or .csv file with questions instead."),
    ] = None,
    field: Annotated[
        str | None,
        typer.Option(
            "--field", help="The file's field, or a text with {field}s; the run's if left out."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The file for the answers: .jsonl, .json or .csv."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace existing answers.")] = False,
    run_file: RunFileOrNewest = None,
    archive: ArchivePath = DEFAULT_ARCHIVE,
    trust: Trust = False,
    unsafe_exec: UnsafeExec = False,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Ask a system one question, or every question of a file."""
    from evolve.engine.seeds import read_system
    from evolve.report import outcome
    from evolve.serving.apply import ask
    from search_spaces.errors import ConfigError

    if (question is None) == (file is None):
        raise ConfigError("give a question, or a file of questions with --file")
    config = read_system(system)
    deployment = deployment_for(system, run_file, archive, trust=trust)
    if question is not None:
        outcome.show_answer(ask(deployment, config, question), as_json=json)
    elif file is not None:
        from evolve.report.answers import answer_file

        silent = quiet or json
        answer_file(deployment, config, file, field, output, force=force, quiet=silent)


def deployment_for(
    system: Path, run_file: str | None, archive: Path, *, trust: bool
) -> "Deployment":
    """The models and other resources that a system works with.

    They are those of the run file; else those that the system file carries, without asking if a run
    of the archive has the same; else, if it carries none, those of the archive's newest run.

    Args:
        system: The system file.
        run_file: The run file.
        archive: The archive.
        trust: Whether to use what was not run here before without asking.

    Raises:
        ConfigError: There are none, or they are not accepted.
    """
    from archive.reading import Reader
    from evolve.cli.consent import consent
    from evolve.engine.recorded import usable_settings
    from evolve.runfile.settings import load_run_file
    from evolve.serving.deployment import Deployment, accepted, carried_by, origin

    if run_file is not None:
        return Deployment.of(load_run_file(run_file))
    carried = carried_by(system)
    if carried is not None and not archive.is_file():
        return accepted(carried, system, consent(trust=trust))
    with Reader.read(archive) as opened:
        run = opened.run() if carried is None else origin(opened, carried, system)
        if run is not None:
            return Deployment.of(usable_settings(opened, run, consent(trust=trust)))
    return accepted(carried or {}, system, consent(trust=trust))
