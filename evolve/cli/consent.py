"""Asks for consent before settings from a foreign archive are used."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from evolve.runfile.consent import Consent


def consent(*, trust: bool) -> "Consent":
    """Consent by --trust, or by a question on a terminal; refused elsewhere."""

    def ask(run: str, uses: Sequence[str]) -> bool:
        if trust:
            return True
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            return False
        from evolve.text import clean

        typer.echo(f"Run {clean(run)} was not started here. Its settings would do this:", err=True)
        for use in uses:
            typer.echo(f"  - {clean(use)}", err=True)
        return typer.confirm("Use them?", default=False, err=True)

    return ask
