"""`evolve sim`: the simulated models, as a server and compared with real ones.

No other package imports the simulator, so that no search can depend on its internals. These
commands find its modules through the plug-in.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from evolve.cli.commands import Commands
from evolve.cli.options import AllowOrigin, AsJson, RunFile, announce

if TYPE_CHECKING:
    from evolve.models.base import Model

RequestsPerMinute: TypeAlias = Annotated[
    float | None,
    typer.Option(min=0.01, help="Requests above it are answered 429; none: no limit."),
]

app = Commands(
    help="Simulated models: serve them over HTTP, or measure them.", no_args_is_help=True
)


@app.command()
def serve(
    answers: Annotated[
        Path | None, typer.Option(help="The answer key: a task file. None: the landscape's.")
    ] = None,
    landscape: Annotated[
        str | None,
        typer.Option(
            help="The landscape: a YAML file, or a shipped one's name. None: a general one."
        ),
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(help="NAME=PROFILE; repeatable; none: all shipped profiles."),
    ] = None,
    question: Annotated[
        str | None, typer.Option(help="The key's field, or a text with {field}s.")
    ] = None,
    answer: Annotated[str | None, typer.Option(help="The key's field with the truth.")] = None,
    answer_pattern: Annotated[
        str | None, typer.Option(help="A regular expression that finds the truth in it.")
    ] = None,
    domain: Annotated[str | None, typer.Option(help="The key's field with the domain.")] = None,
    host: Annotated[
        str, typer.Option(help="The address to listen on; there is no token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0: a free one.")] = 8000,
    pace: Annotated[
        float, typer.Option(min=0, help="Multiplies the latency of replies; 0: none.")
    ] = 1.0,
    requests_per_minute: RequestsPerMinute = None,
    allow_origin: AllowOrigin = None,
    seed: Annotated[
        int, typer.Option(help="Another seed gives other models of the same profiles.")
    ] = 0,
    json: AsJson = False,
) -> None:
    """Serve simulated models as an OpenAI-compatible endpoint, until interrupted.

    Errors come on request: ask for the model `alder-small!429`, `alder-small!hang@0.1` (a tenth of
    the requests), `alder-small!passing@0.2` (any that passes), … or send the header
    `X-Evolve-Fault: 500`. Statistics are under /stats.
    """
    import asyncio
    from functools import partial

    from evolve.serving.guard import Guard
    from evolve.serving.server import Server
    from evolve.serving.server import serve as serve_until_stopped

    key = {
        "file": answers and answers.absolute(),
        "question": question,
        "answer": answer,
        "answer_pattern": answer_pattern,
        "domain": domain,
    }
    options = {"pace": pace, "seed": seed, **_world(landscape, key)}
    guard = Guard(host, origins=tuple(allow_origin or ()))
    server = Server(_models(model or [], options), requests_per_minute, guard)
    asyncio.run(serve_until_stopped(server, host, port, partial(_announce, server.names, json)))


@app.command()
def calibrate(
    only: Annotated[
        list[str] | None, typer.Option("--only", help="A figure to measure; none: all.")
    ] = None,
    fast: Annotated[bool, typer.Option(help="Fewer samples, so less precise.")] = False,
    json: AsJson = False,
) -> None:
    """Measure the simulated models by sampling their replies, beside published figures."""
    from evolve.report import calibration, console
    from evolve.simulator.calibration import measure

    measured = measure(only or (), fast=fast)
    console.show(calibration.report(measured), as_json=json)
    if not all(figure.within for figure in measured):
        raise typer.Exit(1)


@app.command()
def optimum(
    run_file: RunFile,
    top: Annotated[
        int, typer.Option(min=1, help="The number of best agents to measure and show.")
    ] = 5,
    json: AsJson = False,
) -> None:
    """Enumerate all instructions of a single agent on a landscape, and measure the best ones."""
    from evolve.engine.session import models_of
    from evolve.report import calibration, console
    from evolve.runfile.settings import load_run_file

    settings = load_run_file(run_file)
    loaded = settings.tasks.load(settings.seed)
    tasks = [*loaded.validation, *loaded.unseal()]
    from evolve.simulator.calibration.optimum import best_alone

    objective = settings.objective
    cap, unit = objective.cost_at_most, objective.unit
    found = best_alone(models_of(settings), settings.space, tasks, top, cap, unit)
    console.show(calibration.optimum(found, unit), as_json=json)


def _announce(names: Sequence[str], as_json: bool, url: str) -> None:
    text = (
        f"serving {', '.join(names)} at {url}\n"
        "The models are simulated: their answers say nothing about real ones."
    )
    announce(text, {"models": list(names), "base_url": url}, as_json=as_json)


def _models(named: list[str], options: dict[str, Any]) -> "dict[str, Model]":
    """The models to serve, by name."""
    from pydantic import ValidationError

    from evolve.simulator.profile import profile_names
    from evolve.simulator.simulated import Simulated
    from search_spaces.errors import ConfigError, explain
    from search_spaces.yaml_text import read_mapping

    profiles = {name: name for name in profile_names()}
    if named:
        pairs = [each.partition("=") for each in named]
        profiles = {name: profile or name for name, _, profile in pairs}
    models: dict[str, Model] = {}
    for name, profile in profiles.items():
        written: object = profile
        if Path(profile).suffix in (".yaml", ".yml", ".json"):
            try:
                written = read_mapping(Path(profile).read_bytes(), profile, trusted=True)
            except OSError as error:
                raise ConfigError(f"{profile}: cannot be read: {error.strerror}") from None
        try:
            models[name] = Simulated.model_validate({"profile": written, **options})
        except ValidationError as error:
            raise explain(error, f"model {name!r}") from None
    return models


def _landscape(name: str) -> Path:
    """The file of a landscape, or of the shipped one of that name."""
    from importlib import resources

    from search_spaces.errors import unknown

    if Path(name).is_file():
        return Path(name).absolute()
    shipped = Path(str(resources.files("configs")))
    known = {
        path.stem.removesuffix("_landscape"): path for path in shipped.glob("*_landscape.yaml")
    }
    if name not in known:
        raise unknown("landscape", name, known)
    return known[name]


def _world(landscape: str | None, key: Mapping[str, object]) -> dict[str, Any]:
    """The landscape of the models, and an answer key that replaces its own."""
    from evolve.simulator.landscape import load_landscape

    world = None if landscape is None else _landscape(landscape)
    options: dict[str, Any] = {} if world is None else {"landscape": world}
    if given := {name: value for name, value in key.items() if value is not None}:
        source = None if world is None else load_landscape(world).answers
        options["answers"] = {**({} if source is None else dict(source)), **given}
    return options
