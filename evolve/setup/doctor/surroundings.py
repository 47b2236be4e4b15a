"""Whether a run could start as it is, and whether it could be kept."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from archive.connection import network_file_system
from archive.store import Archive
from evolve.engine.run import prepare
from evolve.runfile.settings import RunSettings
from evolve.setup.doctor.contexts import examine_contexts
from evolve.setup.doctor.findings import Finding
from search_spaces.errors import EvolveError

_ROOM = 1 << 30
"""Bytes that a long run may well write."""


def examine_start(settings: RunSettings) -> Iterator[Finding]:
    """Whether budget, seeds, tools and scorer let it start."""
    with Archive.in_memory() as archive:
        try:
            session = prepare(settings, archive)
        except EvolveError as error:
            text, _, advice = str(error).rpartition("; ")
            yield Finding("run", "start", "fix", text or advice, advice if text else "")
            return
        yield from examine_contexts(session)
    caps = settings.budget.model_dump(exclude_none=True)
    text = ", ".join(f"{name} {cap:g}" for name, cap in caps.items())
    yield Finding("run", "start", "ok", f"it could start, within {text}")


def examine_archive(path: Path) -> Iterator[Finding]:
    """Whether an archive can be written there, on a disk of this machine, with room."""
    folder = path.absolute().parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        why = "is not there" if not folder.is_dir() else "may not be written"
        yield Finding("archive", "file", "fix", f"the folder {folder} {why}", "name another one")
        return
    if kind := network_file_system(folder):
        text = f"{folder} is on a network file system ({kind}), where SQLite may lose data"
        yield Finding("archive", "disk", "fix", text, "name a file on a disk of this machine")
    else:
        free = shutil.disk_usage(folder).free
        text = f"{folder} is on this machine and has {free / 2**30:,.1f} GiB free"
        advice = "" if free >= _ROOM else "make room"
        yield Finding("archive", "disk", "note" if advice else "ok", text, advice)
    if not path.exists():
        yield Finding("archive", "file", "ok", f"{path} will be made")
        return
    try:
        with Archive.write(path) as archive:
            runs = len(archive.runs())
    except EvolveError as error:
        text, _, advice = str(error).rpartition("; ")
        yield Finding("archive", "file", "fix", text or advice, advice if text else "")
        return
    yield Finding("archive", "file", "ok", f"{path} can be written; it has {runs} runs")
