"""`evolve init`: makes a run file from a task file and an endpoint."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evolve.cli.options import AsJson, Force

if TYPE_CHECKING:
    from evolve.setup.init.asking import Asker


NewFile = Annotated[
    Path | None, typer.Argument(help="The run file to write; run.yaml if left out.")
]
TaskFile = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="A .csv, .tsv, .jsonl or .json file, a task in each row."),
]
Input = Annotated[
    str | None,
    typer.Option(
        "--input", metavar="FIELD", help="Its field with the question, or a text with {field}s."
    ),
]
Answer = Annotated[
    str | None, typer.Option(metavar="FIELD", help="Its field with the true answer.")
]
Domain = Annotated[
    str | None, typer.Option(metavar="FIELD", help="Its field with the kind of task; - for none.")
]
ScorerName = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="A name of `evolve list scorers`, or your own as module:function or "
        "file.py:function, called as function(task, answer).",
    ),
]
BaseUrl = Annotated[
    str | None, typer.Option(metavar="URL", help="The endpoint, such as http://localhost:8000/v1.")
]
KeyName = Annotated[
    str | None, typer.Option(metavar="NAME", help="The name of the variable that holds its key.")
]
ModelNames = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME[=PRICE]",
        help="A model; the price is PROMPT/COMPLETION in USD per million tokens, such as 0.4/1.6; "
        "repeatable.",
    ),
]
LeaveOut = Annotated[
    bool | None,
    typer.Option(
        "--leave-out/--no-leave-out", help="Leave out rows that lack their text or answer."
    ),
]
Meta = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="The model that proposes changes, besides random ones."),
]
Usd = Annotated[str | None, typer.Option(metavar="NUMBER", help="A cap in USD; needs prices.")]
Evaluations = Annotated[
    str | None, typer.Option(metavar="NUMBER", help="A cap in task evaluations.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing; accept all suggestions.")]


def init(
    run_file: NewFile = None,
    tasks: TaskFile = None,
    input_field: Input = None,
    answer: Answer = None,
    domain: Domain = None,
    scorer: ScorerName = None,
    base_url: BaseUrl = None,
    key_env: KeyName = None,
    model: ModelNames = None,
    leave_out: LeaveOut = None,
    meta: Meta = None,
    usd: Usd = None,
    evaluations: Evaluations = None,
    yes: Yes = False,
    force: Force = False,
    json: AsJson = False,
) -> None:
    """Make a commented run file for your tasks and endpoint; asks for what options leave open."""
    from evolve.report.commands import print_commands
    from evolve.report.console import console, show
    from evolve.report.run_file import next_steps, report
    from evolve.setup.init.draft import Draft
    from evolve.setup.init.interview import Interview
    from evolve.setup.init.making import make

    given = {
        "tasks": tasks,
        "input": input_field,
        "answer": answer,
        "domain": domain,
        "scorer": scorer,
        "base-url": base_url,
        "key-env": key_env,
        "model": ",".join(model) if model else None,
        "leave-out": None if leave_out is None else ("yes" if leave_out else "no"),
        "meta": meta,
        "usd": usd,
        "evaluations": evaluations,
        "run-file": None if run_file is None else str(run_file),
    }
    interview = Interview(given, None if yes or json else _asker(), Draft())
    made = make(interview, replace=force)
    show(report(made), as_json=json)
    if not json:
        print_commands(console(), next_steps(made))


def _asker() -> "Asker | None":
    """Asks questions on the terminal; None where there is none."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return None
    from evolve.report.console import console
    from evolve.setup.init.asking import Asker

    return Asker(console())
