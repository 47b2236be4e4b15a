"""The options that commands share, spelled once."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from evolve.executors.base import Executor

ArchivePath = Annotated[
    Path, typer.Option("--archive", help="The archive file.", show_default=True)
]
DEFAULT_ARCHIVE = Path("evolve.db")
RunRef = Annotated[str | None, typer.Argument(help="A run; the newest if left out.")]
RunOption = Annotated[str | None, typer.Option("--run", help="A run; the newest if left out.")]
Seed = Annotated[int | None, typer.Option("--seed", help="Instead of the run file's seed.")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Any key of the run file; repeatable."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print results only.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
RunFile = Annotated[
    str, typer.Argument(help="A run file, or the name of one that ships with evolve.")
]
Preset = Annotated[
    str | None,
    typer.Option("--preset", help="Search as a published system does, whatever the run file says."),
]

Trackers = Annotated[
    list[str] | None,
    typer.Option(
        "--tracker",
        metavar="NAME",
        help="Tell mlflow, wandb or opentelemetry how the run goes; repeatable.",
    ),
]


ExecutorName = Annotated[
    str | None,
    typer.Option("--executor", help="Where work is done, instead of where the run file says."),
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
    """Says on one line what was done or where something is served."""
    import json

    typer.echo(json.dumps(data) if as_json else text)


def overriding(
    seed: int | None = None,
    preset: str | None = None,
    given: list[str] | None = None,
    trackers: list[str] | None = None,
) -> dict[str, object]:
    """What options say instead of the run file, by key path."""
    from evolve.overrides import read_overrides

    named = {"seed": seed, "preset": preset, "trackers": trackers or None}
    said = {key: value for key, value in named.items() if value is not None}
    return {**read_overrides(given or ()), **said}


def executing(executor: str | None, ray_address: str | None) -> dict[str, object]:
    """What options say of the executor instead of the run file, by key path."""
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
        help="Run code that models wrote on this machine as it is, where the sandbox is missing.",
    ),
]
