"""The options that several commands share."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evolve.cli.commands import echo

if TYPE_CHECKING:
    from evolve.executors.base import Executor

ArchivePath = Annotated[
    Path, typer.Option("--archive", help="The archive file.", show_default=True)
]
DEFAULT_ARCHIVE = Path("evolve.db")
RunRef = Annotated[str | None, typer.Argument(metavar="RUN", help="A run; the newest if left out.")]
RunOption = Annotated[
    str | None, typer.Option("--run", metavar="RUN", help="A run; the newest if left out.")
]
Seed = Annotated[int | None, typer.Option("--seed", help="Instead of the run file's seed.")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Any key of the run file; repeatable."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print results only.")]
Force = Annotated[bool, typer.Option("--force", help="Replace an existing file.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
RunFile = Annotated[
    str, typer.Argument(help="A run file, or the name of one that ships with evolve.")
]
Preset = Annotated[
    str | None,
    typer.Option(
        "--preset",
        metavar="NAME",
        help="Search as a published system does; overrides the run file.",
    ),
]

Trackers = Annotated[
    list[str] | None,
    typer.Option(
        "--tracker",
        metavar="NAME",
        help="Send progress to mlflow, wandb or opentelemetry; repeatable.",
    ),
]

Trust = Annotated[
    bool,
    typer.Option(
        "--trust",
        help="Use the modules, commands, addresses and variables that an archive from elsewhere "
        "names.",
    ),
]

AllowOrigin = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-origin",
        metavar="ORIGIN",
        help="A web page's origin that may use the server, such as http://localhost:3000; "
        "repeatable.",
    ),
]

UsdCap = Annotated[float | None, typer.Option("--usd", help="A cap in USD.")]
CallsCap = Annotated[int | None, typer.Option("--calls", help="A cap in model calls.")]
TokensCap = Annotated[int | None, typer.Option("--tokens", help="A cap in tokens.")]
SecondsCap = Annotated[float | None, typer.Option("--seconds", help="A cap in seconds.")]

ExecutorName = Annotated[
    str | None,
    typer.Option("--executor", metavar="NAME", help="The executor, instead of the run file's."),
]
RayAddress = Annotated[
    str | None,
    typer.Option(
        "--ray-address",
        metavar="ADDRESS",
        help="The Ray cluster: `local`, `auto` or HOST:PORT; without --executor it means ray.",
    ),
]


def announce(text: str, data: Mapping[str, object], *, as_json: bool) -> None:
    """Prints in one line what was done or where something is served."""
    import json

    echo(json.dumps(data) if as_json else text)


def overriding(
    seed: int | None = None,
    preset: str | None = None,
    given: list[str] | None = None,
    trackers: list[str] | None = None,
) -> dict[str, object]:
    """The values of options that replace those of the run file, by key path."""
    from evolve.runfile.overrides import read_overrides

    named = {"seed": seed, "preset": preset, "trackers": trackers or None}
    said = {key: value for key, value in named.items() if value is not None}
    return {**read_overrides(given or ()), **said}


def executing(executor: str | None, ray_address: str | None) -> dict[str, object]:
    """The executor's options that replace those of the run file, by key path."""
    named = {"executor": executor, "executor.ray.address": ray_address}
    return {key: value for key, value in named.items() if value is not None}


def chosen_executor(name: str | None, ray_address: str | None) -> "Executor | None":
    """The executor that options name; None if they name none.

    Raises:
        ConfigError: There is none of that name.
    """
    from evolve.executors.base import EXECUTORS

    if name is None and ray_address is None:
        return None
    options = {} if ray_address is None else {"address": ray_address}
    return EXECUTORS.built({name or "ray": options}, "--executor")


def _accept_the_risk(accepted: bool) -> bool:
    if accepted:
        os.environ["EVOLVE_UNSAFE_EXEC"] = "1"
    return accepted


UnsafeExec = Annotated[
    bool,
    typer.Option(
        "--unsafe-exec",
        callback=_accept_the_risk,
        help="Run code that models wrote without a sandbox if there is none.",
    ),
]
