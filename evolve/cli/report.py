"""`evolve report` and `evolve watch`: a run as a page for a browser."""

from pathlib import Path
from typing import Annotated

import typer

from evolve.cli.commands import echo
from evolve.cli.options import DEFAULT_ARCHIVE, ArchivePath, AsJson, Force, RunRef, announce


def report(
    run: RunRef = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")] = Path(
        "report.html"
    ),
    archive: ArchivePath = DEFAULT_ARCHIVE,
    force: Force = False,
    json: AsJson = False,
) -> None:
    """Write a run as one HTML file that works offline; with --json, print its data."""
    from archive.reading import Reader
    from evolve.data.output_files import replace_own_file
    from evolve.report.console import Report, show
    from evolve.report.page.content import PageContent
    from evolve.report.page.document import write_page

    with Reader.read(archive) as opened:
        data = PageContent(opened, opened.run(run)).data()
    if json:
        show(Report(data, []), as_json=True)
        return
    replace_own_file(output, write_page(data), force=force)
    echo(f"wrote {output}; open it in a browser")


def watch(
    run: RunRef = None,
    archive: ArchivePath = DEFAULT_ARCHIVE,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0: a free one.")] = 8321,
    json: AsJson = False,
) -> None:
    """Serve the report of a run, live, to a browser on this machine, until interrupted."""
    import asyncio

    from archive.reading import Reader
    from evolve.report.page.document import check_library
    from evolve.report.page.live import HOST, LivePage
    from evolve.serving.listener import listen

    check_library()
    with Reader.read(archive) as opened:
        found = opened.run(run)

        def listening(url: str) -> None:
            text = f"watching {found.id} at {url}/ (Ctrl-C ends it)"
            announce(text, {"run": found.id, "url": f"{url}/"}, as_json=json)

        asyncio.run(listen(LivePage(opened, found).application(), HOST, port, listening))
