"""The `evolve` command: its groups, and how errors reach a person.

Exit codes: 0 done; 1 a defect of evolve itself, or an archive that `archive check` finds unsound;
2 input that cannot be used; 3 an endpoint does not serve and the run is paused; 130 stopped by
Ctrl-C or SIGTERM, whether at once or after taking in what was under way.
"""

import os
import sys

import typer
from typer.core import TyperGroup

from evolve.cli import (
    archive,
    arena,
    bench,
    doctor,
    estimate,
    export,
    init,
    listing,
    report,
    run,
    schema,
    serve,
    sim,
    systems,
)
from evolve.version import __version__

INTERRUPTED = 130

app = typer.Typer(
    name="evolve",
    help="Search for the multi-agent system that scores best for the money.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command("init")(init.init)
app.command("doctor")(doctor.doctor)
app.command("run")(run.run)
app.command("resume")(run.resume)
app.command("estimate")(estimate.estimate)
app.command("eval")(systems.evaluate)
app.command("apply")(systems.apply)
app.command("serve")(serve.serve)
app.command("export")(export.export)
app.command("report")(report.report)
app.command("watch")(report.watch)
app.command("arena")(arena.arena)
app.command("list")(listing.list_all)
app.command("schema")(schema.schema)
app.add_typer(archive.app, name="archive")
app.add_typer(bench.app, name="bench")
app.add_typer(sim.app, name="sim")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"evolve {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True),
) -> None:
    """Search for the multi-agent system that scores best for the money."""


def command() -> TyperGroup:
    """The whole command line as a tree of commands."""
    return typer.main.get_group(app)


def main() -> None:
    """Runs the command line; an error that evolve can explain is one line and a code."""
    try:
        code = app(prog_name="evolve", standalone_mode=False) or 0
        message = "interrupted" if code == INTERRUPTED else ""
    except Exception as error:
        if (explained := _explained(error)) is None:
            raise
        message, code = explained
    if message:
        from evolve.report.console import one_line
        from evolve.secrets import without_secrets

        line = one_line(without_secrets(message, os.environ), 2_000)
        sys.stderr.write(f"evolve: {line}\n")
    sys.exit(code)


def _explained(error: Exception) -> tuple[str, int] | None:
    """The line and the exit code of an error; None for one that nobody foresaw."""
    from evolve.errors import OutageError, StoppedError
    from search_spaces.errors import EvolveError

    if isinstance(error, typer.TyperException):
        return _usage(error), 2
    if not isinstance(error, EvolveError):
        return None
    codes = {OutageError: 3, StoppedError: INTERRUPTED}
    return str(error), next((codes[kind] for kind in codes if isinstance(error, kind)), 2)


def _usage(error: typer.TyperException) -> str:
    """What is wrong with the words of a command; nothing where help was shown instead."""
    told = error.format_message().replace("Value error, ", "").strip().removesuffix(".")
    context = getattr(error, "ctx", None)
    if not told or context is None:
        return told
    told += _meant(told)
    return f"{told}{'' if told.endswith('?') else ';'} see `{context.command_path} --help`"


def _meant(told: str) -> str:
    """Which of an option's values was meant, as a question; empty if none is near."""
    import re
    from difflib import get_close_matches

    given, _, choices = told.partition(" is not one of ")
    known = re.findall(r"'([^']*)'", choices)
    near = get_close_matches(given.rpartition(" ")[2].strip("'"), known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
