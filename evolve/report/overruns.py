"""Replies that were billed beyond the limit of tokens of their calls."""

from pathlib import Path

from archive.errors import ArchiveError
from archive.reading import Reader
from archive.records import Run


def overruns_of(archive: Reader, run: Run) -> str:
    """How many evaluations were billed beyond their limit, in one line; empty for none."""
    evaluations, tokens = archive.overruns(run)
    if not evaluations:
        return ""
    plural = "" if evaluations == 1 else "s"
    return (
        f"{evaluations:,} evaluation{plural} billed {tokens:,} completion tokens beyond "
        "`max_tokens`: the endpoint ignores it, or counts reasoning apart; caps hold all the same"
    )


def overruns_in(archive: Path, run: Run) -> str:
    """The same of an archive file; empty where it cannot be read."""
    try:
        with Reader.read(archive) as opened:
            return overruns_of(opened, run)
    except ArchiveError:
        return ""
