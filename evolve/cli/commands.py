"""Commands whose results alone go to standard output."""

from collections.abc import Callable
from typing import Any, TypeVar

import typer
from typer.core import TyperCommand

from evolve.functions.printing import prints_to_stderr, standard_output

F = TypeVar("F", bound=Callable[..., Any])


class Command(TyperCommand):
    """A command during which whatever users' code prints goes to standard error."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - as typer has it
        """Runs it; its help, which is printed before, stays on standard output."""
        with prints_to_stderr.during_a_command():
            return super().invoke(ctx)


class Commands(typer.Typer):
    """A group of such commands."""

    def command(self, name: str | None = None, **options: Any) -> Callable[[F], F]:  # noqa: ANN401
        """Registers a command."""
        return super().command(name, **{"cls": Command, **options})


def echo(text: str, *, newline: bool = True) -> None:
    """Prints a result."""
    typer.echo(text, file=standard_output(), nl=newline)
