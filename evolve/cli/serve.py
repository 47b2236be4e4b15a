"""`evolve serve`: a system as an OpenAI-compatible model."""

from typing import Annotated

import typer

from evolve.cli.options import (
    DEFAULT_ARCHIVE,
    AllowOrigin,
    ArchivePath,
    AsJson,
    Trust,
    announce,
)
from evolve.cli.systems import RunFileOrNewest, SystemFile


def serve(
    system: SystemFile,
    run_file: RunFileOrNewest = None,
    archive: ArchivePath = DEFAULT_ARCHIVE,
    host: Annotated[
        str, typer.Option(help="The address to listen on; clients need the token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0: a free one.")] = 8322,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="EVOLVE_TOKEN", help="The API key that clients must send; a new one if left out."
        ),
    ] = None,
    no_token: Annotated[
        bool, typer.Option("--no-token", help="Require no token; only on this machine.")
    ] = False,
    name: Annotated[
        str | None, typer.Option(help="The model's name for clients; the system's if left out.")
    ] = None,
    allow_origin: AllowOrigin = None,
    concurrency: Annotated[
        int, typer.Option(min=1, help="Concurrent questions; more wait, far more are refused.")
    ] = 8,
    trust: Trust = False,
    json: AsJson = False,
) -> None:
    """Serve a system as an OpenAI-compatible model, until interrupted."""
    import asyncio
    import secrets

    from evolve.cli.systems import deployment_for
    from evolve.engine.seeds import read_system
    from evolve.serving.apply import System
    from evolve.serving.guard import Guard, is_loopback
    from evolve.serving.listener import listen
    from evolve.serving.system import HEALTH, SystemServer
    from search_spaces.errors import ConfigError

    if no_token and not is_loopback(host):
        raise ConfigError(
            f"--no-token would let every client that reaches {host} use it; give a token"
        )
    config = read_system(system)
    deployment = deployment_for(system, run_file, archive, trust=trust)
    shown = "" if no_token else token or secrets.token_urlsafe(24)
    guard = Guard(host, shown, tuple(allow_origin or ()), public_paths=(HEALTH,))

    async def serve_it() -> None:
        called = name or config.name or config.id
        server = SystemServer(System(deployment, config), called, guard, concurrency)

        def listening(url: str) -> None:
            made = shown if token is None else ""
            key = f"key: {made}" if made else "key: as given" if shown else "key: none"
            data = {"model": called, "base_url": f"{url}/v1", "key": made or None}
            announce(f"serving {called} at {url}/v1\n{key}", data, as_json=json)

        await listen(server.application(), host, port, listening, patience_s=30.0)

    asyncio.run(serve_it())
