"""`evolve serve`: a system as an OpenAI-compatible model."""

from ipaddress import ip_address
from typing import Annotated

import typer

from evolve.cli.options import DEFAULT_ARCHIVE, ArchivePath, AsJson, announce
from evolve.cli.systems import RunFileOrNewest, SystemFile


def serve(
    system: SystemFile,
    run_file: RunFileOrNewest = None,
    archive: ArchivePath = DEFAULT_ARCHIVE,
    host: Annotated[
        str, typer.Option(help="Where to listen; whoever can reach it and has the token may ask.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: a free one.")] = 8322,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="EVOLVE_TOKEN", help="What clients show as their key; a new one if left out."
        ),
    ] = None,
    no_token: Annotated[
        bool, typer.Option("--no-token", help="Ask for none; on this machine alone.")
    ] = False,
    name: Annotated[
        str | None, typer.Option(help="What clients call the model; its own name if left out.")
    ] = None,
    concurrency: Annotated[
        int, typer.Option(min=1, help="Questions at once; more wait, very many are refused.")
    ] = 8,
    json: AsJson = False,
) -> None:
    """Serve a system as an OpenAI-compatible model, until interrupted."""
    import asyncio
    import secrets

    from evolve.applying import System
    from evolve.cli.systems import settings_for
    from evolve.seeding import read_system
    from evolve.serving.listening import listen
    from evolve.serving.system import SystemServer
    from search_spaces.errors import ConfigError

    if no_token and not _at_home(host):
        raise ConfigError(f"--no-token would let anybody who reaches {host} ask; give a token")
    config = read_system(system)
    settings = settings_for(run_file, archive)
    shown = "" if no_token else token or secrets.token_urlsafe(24)

    async def serve_it() -> None:
        called = name or config.name or config.id
        server = SystemServer(System(settings, config), called, shown, concurrency)

        def listening(url: str) -> None:
            made = shown if token is None else ""
            key = f"key: {made}" if made else "key: as given" if shown else "key: none"
            data = {"model": called, "base_url": f"{url}/v1", "key": made or None}
            announce(f"serving {called} at {url}/v1\n{key}", data, as_json=json)

        await listen(server.application(), host, port, listening, patience_s=30.0)

    asyncio.run(serve_it())


def _at_home(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
