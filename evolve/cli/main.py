"""The `evolve` command: its groups, error messages and exit codes.

Exit codes: 0 done; 1 a defect of evolve itself, an archive that `archive check` finds unsound, or
a new system that `gate` finds worse; 2 input that cannot be used; 3 an endpoint does not answer and
the run is paused; 4 a comparison that `gate` leaves undecided; 130 stopped by Ctrl-C or SIGTERM,
at once or after the purchases in flight have ended.
"""

import os
import sys

import typer
from typer.core import TyperGroup

from evolve.cli import (
    archive,
    arena,
    audit,
    bench,
    doctor,
    estimate,
    export,
    gate,
    init,
    listing,
    models,
    report,
    run,
    schema,
    serve,
    sim,
    systems,
)
from evolve.cli.commands import Commands
from evolve.cli.usage import in_plain_words
from evolve.functions.printing import prints_to_stderr
from evolve.version import __version__

INTERRUPTED = 130

KEPT = {"run", "resume", "audit", "eval", "gate", "watch", "serve"}
"""Commands that do not need standard output: the archive holds their results."""

app = Commands(
    name="evolve",
    help="Search for the LLM system that scores best for the money.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
SEARCH, SYSTEMS, LOOK, LABORATORY = (
    "Prepare and search",
    "Use and test systems",
    "Look at results",
    "Study searches and models",
)

app.command("init", rich_help_panel=SEARCH)(init.init)
app.command("doctor", rich_help_panel=SEARCH)(doctor.doctor)
app.command("estimate", rich_help_panel=SEARCH)(estimate.estimate)
app.command("audit", rich_help_panel=SEARCH)(audit.audit)
app.command("run", rich_help_panel=SEARCH)(run.run)
app.command("resume", rich_help_panel=SEARCH)(run.resume)
app.command("list", rich_help_panel=SEARCH)(listing.list_all)
app.command("schema", rich_help_panel=SEARCH)(schema.schema)
app.command("report", rich_help_panel=LOOK)(report.report)
app.command("watch", rich_help_panel=LOOK)(report.watch)
app.add_typer(archive.app, name="archive", rich_help_panel=LOOK)
app.command("export", rich_help_panel=SYSTEMS)(export.export)
app.command("apply", rich_help_panel=SYSTEMS)(systems.apply)
app.command("serve", rich_help_panel=SYSTEMS)(serve.serve)
app.command("eval", rich_help_panel=SYSTEMS)(systems.evaluate)
app.command("gate", rich_help_panel=SYSTEMS)(gate.gate)
app.command("arena", rich_help_panel=LABORATORY)(arena.arena)
app.add_typer(bench.app, name="bench", rich_help_panel=LABORATORY)
app.add_typer(models.app, name="models", rich_help_panel=LABORATORY)
app.add_typer(sim.app, name="sim", rich_help_panel=LABORATORY)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"evolve {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", help="Print the version.", callback=_version, is_eager=True
    ),
) -> None:
    """Search for the LLM system that scores best for the money."""


def command() -> TyperGroup:
    """The whole command line as a tree of commands."""
    tree = typer.main.get_command(app)
    assert isinstance(tree, TyperGroup)
    return in_plain_words(tree)


def main() -> None:
    """Runs the command line; an error that evolve can explain is one line and a code."""
    from evolve.report.streams import lenient_streams, open_missing

    if _imported_by_a_worker():
        return
    prints_to_stderr.begin_anew()
    open_missing()
    whole_process = sys.stdout is sys.__stdout__
    with lenient_streams() as (output, _):
        code = _run()
        if whole_process:  # threads of users' code may go on
            prints_to_stderr.until_the_end()
        output.flush()
        if output.error is not None:
            code = _unwritten(output.error, code)
    sys.exit(code)


def _imported_by_a_worker() -> bool:
    """Whether this is a process of a user's `multiprocessing` pool.

    Such a process imports the script that was started; one without ``if __name__ == "__main__"``
    would run the whole command again.
    """
    imported = sys.modules.get("__mp_main__")
    return imported is not None and imported is not sys.modules.get("__main__")


def _run() -> int:
    """Runs a command; returns its exit code."""
    try:
        code = command().main(prog_name="evolve", standalone_mode=False) or 0
        message = "interrupted" if code == INTERRUPTED else ""
    except Exception as error:
        if (explained := _explained(error)) is None:
            raise
        message, code = explained
    if message:
        _complain(message)
    return code


def _unwritten(error: Exception, code: int) -> int:
    """The exit code where standard output could not be written.

    That changes nothing where the archive holds the result, and nothing where a reader such as
    `head` has seen enough.
    """
    if isinstance(error, BrokenPipeError):
        return code
    reason = getattr(error, "strerror", None) or str(error)
    if any(word in KEPT for word in sys.argv[1:2]):
        _complain(f"standard output cannot be written: {reason}; the archive holds the result")
        return code
    _complain(f"standard output cannot be written: {reason}")
    return code or 2


def _complain(message: str) -> None:
    """Writes one line to standard error."""
    from evolve.report.streams import write_line
    from evolve.secrets.redaction import without_secrets
    from evolve.text import one_line

    write_line(f"evolve: {one_line(without_secrets(message, os.environ), 2_000)}")


def _explained(error: Exception) -> tuple[str, int] | None:
    """The message and the exit code of an error; None for an unexpected one."""
    from evolve.errors import OutageError, StoppedError
    from search_spaces.errors import EvolveError

    if isinstance(error, typer.TyperException):
        return _usage(error), 2
    if not isinstance(error, EvolveError):
        return None
    codes = {OutageError: 3, StoppedError: INTERRUPTED}
    return str(error), next((codes[kind] for kind in codes if isinstance(error, kind)), 2)


def _usage(error: typer.TyperException) -> str:
    """The message of a usage error; empty where help was shown instead."""
    message = error.format_message().replace("Value error, ", "").strip().removesuffix(".")
    context = getattr(error, "ctx", None)
    if not message or context is None:
        return message
    message += _suggestion(message)
    return f"{message}{'' if message.endswith('?') else ';'} see `{context.command_path} --help`"


def _suggestion(message: str) -> str:
    """A suggestion of a similar value, as a question; empty if there is none."""
    import re
    from difflib import get_close_matches

    given, _, choices = message.partition(" is not one of ")
    known = re.findall(r"'([^']*)'", choices)
    near = get_close_matches(given.rpartition(" ")[2].strip("'"), known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
