"""The `evolve` command: its groups, and how errors reach a person.

Exit codes: 0 done; 1 a defect of evolve itself; 2 input that cannot be used; 3 an endpoint does not
serve and the run is paused; 130 interrupted.
"""

import sys

import typer
from typer.core import TyperGroup

from evolve.cli import archive, run, schema, systems
from evolve.version import __version__

app = typer.Typer(
    name="evolve",
    help="Search for the multi-agent system that scores best for the money.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command("run")(run.run)
app.command("resume")(run.resume)
app.command("eval")(systems.evaluate)
app.command("apply")(systems.apply)
app.command("export")(systems.export)
app.command("schema")(schema.schema)
app.add_typer(archive.app, name="archive")


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
        app()
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; what was settled is kept: `evolve resume` goes on\n")
        sys.exit(130)
    except Exception as error:
        from evolve.cli.console import one_line
        from evolve.errors import OutageError
        from search_spaces.errors import EvolveError

        if not isinstance(error, EvolveError):
            raise
        sys.stderr.write(f"evolve: {one_line(str(error), 2_000)}\n")
        sys.exit(3 if isinstance(error, OutageError) else 2)
