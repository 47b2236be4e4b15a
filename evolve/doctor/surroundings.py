"""Whether a run could start as it is, and whether it could be kept."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from archive.connection import network_file_system
from archive.store import Archive
from evolve.doctor.findings import Finding
from evolve.run import prepare
from evolve.settings import RunSettings
from search_spaces.errors import EvolveError

_ROOM = 1 << 30
"""Bytes that a long run may well write."""


def examine_start(settings: RunSettings) -> Iterator[Finding]:
    """Whether budget, seeds, tools and scorer let it start."""
    with Archive.in_memory() as archive:
        try:
            prepare(settings, archive)
        except EvolveError as error:
            told, _, advice = str(error).rpartition("; ")
            yield Finding("run", "start", "fix", told or advice, advice if told else "")
            return
    caps = settings.budget.model_dump(exclude_none=True)
    told = ", ".join(f"{name} {cap:g}" for name, cap in caps.items())
    yield Finding("run", "start", "ok", f"it could start, within {told}")


def examine_archive(path: Path) -> Iterator[Finding]:
    """Whether an archive can be written there, on a disk of this machine, with room."""
    folder = path.absolute().parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        why = "is not there" if not folder.is_dir() else "may not be written"
        yield Finding("archive", "file", "fix", f"the folder {folder} {why}", "name another one")
        return
    if kind := network_file_system(folder):
        told = f"{folder} is on a network file system ({kind}), where SQLite may lose data"
        yield Finding("archive", "disk", "fix", told, "name a file on a disk of this machine")
    else:
        free = shutil.disk_usage(folder).free
        told = f"{folder} is on this machine and has {free / 2**30:,.1f} GiB free"
        advice = "" if free >= _ROOM else "make room"
        yield Finding("archive", "disk", "note" if advice else "ok", told, advice)
    if not path.exists():
        yield Finding("archive", "file", "ok", f"{path} will be made")
        return
    try:
        with Archive.write(path) as archive:
            runs = len(archive.runs())
    except EvolveError as error:
        told, _, advice = str(error).rpartition("; ")
        yield Finding("archive", "file", "fix", told or advice, advice if told else "")
        return
    yield Finding("archive", "file", "ok", f"{path} can be written; it has {runs} runs")
