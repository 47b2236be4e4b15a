"""`evolve init`: a run file made from a task file and an endpoint."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evolve.cli.options import AsJson

if TYPE_CHECKING:
    from evolve.starting.asking import Asker


NewFile = Annotated[Path | None, typer.Argument(help="The file to write; run.yaml if left out.")]
TaskFile = Annotated[
    str | None, typer.Option(help="A .csv, .jsonl or .json file with a task in each row.")
]
Input = Annotated[
    str | None,
    typer.Option("--input", help="Its field with the question, or a text with {field}s."),
]
Answer = Annotated[str | None, typer.Option(help="Its field with the true answer.")]
Domain = Annotated[str | None, typer.Option(help="Its field with the kind of task; - for none.")]
ScorerName = Annotated[
    str | None,
    typer.Option(help="A name of `evolve list scorers`, or module:function of your own."),
]
BaseUrl = Annotated[
    str | None, typer.Option(help="The endpoint, such as http://localhost:8000/v1.")
]
KeyName = Annotated[str | None, typer.Option(help="The name of the variable that holds its key.")]
ModelNames = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME[=PROMPT/COMPLETION]",
        help="A model, perhaps with its prices in USD per million tokens; repeatable.",
    ),
]
Meta = Annotated[
    str | None, typer.Option(help="Which of the models designs changes, besides chance.")
]
Usd = Annotated[str | None, typer.Option(help="A cap in USD; needs prices.")]
Evaluations = Annotated[str | None, typer.Option(help="A cap in task evaluations.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing; take what is suggested.")]
Force = Annotated[bool, typer.Option("--force", help="Replace a file that is there.")]


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
    meta: Meta = None,
    usd: Usd = None,
    evaluations: Evaluations = None,
    yes: Yes = False,
    force: Force = False,
    json: AsJson = False,
) -> None:
    """Make a commented run file for your own tasks and endpoint; asks what options do not say."""
    from evolve.report.commands import print_commands
    from evolve.report.console import console, show
    from evolve.report.starting import next_steps, report
    from evolve.starting.interview import Interview
    from evolve.starting.making import make

    given = {
        "tasks": tasks,
        "input": input_field,
        "answer": answer,
        "domain": domain,
        "scorer": scorer,
        "base-url": base_url,
        "key-env": key_env,
        "model": ",".join(model) if model else None,
        "meta": meta,
        "usd": usd,
        "evaluations": evaluations,
        "run-file": None if run_file is None else str(run_file),
    }
    interview = Interview(given, None if yes or json else _asker())
    made = make(interview, replace=force)
    show(report(made), as_json=json)
    if not json:
        print_commands(console(), next_steps(made))


def _asker() -> "Asker | None":
    """Who asks; None where nobody would answer."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return None
    from evolve.report.console import console
    from evolve.starting.asking import Asker

    return Asker(console())
