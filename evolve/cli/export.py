"""`evolve export`: systems as files for use elsewhere."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evolve.cli.commands import echo
from evolve.cli.options import (
    DEFAULT_ARCHIVE,
    ArchivePath,
    AsJson,
    Force,
    RunOption,
    Trust,
    announce,
)

if TYPE_CHECKING:
    from archive.reading import Reader
    from archive.records import Run


def export(
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The output file; standard output if left out."),
    ] = None,
    candidate: Annotated[
        str | None, typer.Option("--candidate", help="A number or id; the best if left out.")
    ] = None,
    best: Annotated[
        bool, typer.Option("--best", help="The best one, which is the default.")
    ] = False,
    front: Annotated[
        bool,
        typer.Option("--front", help="The whole Pareto front of score and cost, into a folder."),
    ] = False,
    form: Annotated[
        str,
        typer.Option(
            "--format",
            help="yaml, json, python, langgraph, openai-agents, mermaid, trajectories or optuna.",
        ),
    ] = "yaml",
    run: RunOption = None,
    archive: ArchivePath = DEFAULT_ARCHIVE,
    trust: Trust = False,
    force: Force = False,
    json: AsJson = False,
) -> None:
    """Export the best system, another one or the Pareto front, in one of several formats."""
    from archive.reading import Reader
    from evolve.cli.consent import consent
    from evolve.engine.recorded import usable_settings
    from evolve.export.formats import STUDY, TRAJECTORIES
    from search_spaces.errors import ConfigError

    if sum((best, front, candidate is not None)) > 1:
        raise ConfigError("give one of --best, --candidate and --front")
    if json and output is None:
        raise ConfigError("--json lists the files written; name a file with -o")
    with Reader.read(archive) as opened:
        found = opened.run(run)
        if form == TRAJECTORIES:  # tasks are read and steps scored anew
            usable_settings(opened, found, consent(trust=trust))
        if form == STUDY:
            message, written = _export_study(opened, found, output)
        elif front:
            message, written = _export_front(opened, found, form, output, force)
        else:
            message, written = _export_one(opened, found, candidate, form, output, force)
    if written:
        data = {"run": found.id, "format": form, "files": [str(path) for path in written]}
        announce(message, data, as_json=json)


def _export_one(
    archive: "Reader", run: "Run", ref: str | None, form: str, output: Path | None, force: bool
) -> tuple[str, list[Path]]:
    from evolve.data.output_files import replace_own_file
    from evolve.export.choice import choose
    from evolve.export.formats import format_of

    text = format_of(form).write(choose(archive, run, ref))
    if output is None:
        echo(text, newline=False)
        return "", []
    replace_own_file(output, text, force=force)
    return f"wrote {output}", [output]


def _export_front(
    archive: "Reader", run: "Run", form: str, output: Path | None, force: bool
) -> tuple[str, list[Path]]:
    from evolve.data.output_files import replace_own_file
    from evolve.export.choice import choose_front
    from evolve.export.formats import format_of
    from search_spaces.errors import ConfigError

    wanted = format_of(form)
    if output is None or (output.exists() and not output.is_dir()):
        raise ConfigError("--front writes several files; name a folder with -o")
    texts = {
        f"{choice.run.name}_{choice.candidate.number}{wanted.suffix}": wanted.write(choice)
        for choice in choose_front(archive, run)
    }
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{output}: cannot be made: {error.strerror}") from None
    for name, text in texts.items():
        replace_own_file(output / name, text, force=force)
    return f"wrote {len(texts)} files into {output}", [output / name for name in texts]


def _export_study(archive: "Reader", run: "Run", output: Path | None) -> tuple[str, list[Path]]:
    from evolve.export.study import write_study
    from search_spaces.errors import ConfigError

    if output is None:
        raise ConfigError("a study is written to a file; name it with -o, such as -o study.db")
    trials = write_study(archive, run, output)
    look = f"optuna-dashboard sqlite:///{output}"
    return f"wrote {trials} trials; look at them with: {look}", [output]
