"""Small runs for tests: the simulated quickstart with a smaller budget, or scripted models."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from archive.reading import Reader
from archive.records import Rollout
from archive.store import Archive
from evolve.runfile.settings import RunSettings, find_run_file, read_settings
from search_spaces.yaml_text import read_mapping

SMALL: Mapping[str, Any] = {
    "budget": {"evaluations": 300},
    "confirm": {"tasks": 20},
    "concurrency": 16,
    "strategy": "genetic",
    "allocator": {"racing": {"z": 1.5, "minimum": 6}},
}


def settings(**changes: object) -> RunSettings:
    """The simulated quickstart's settings with a small budget and some keys changed.

    Other models have no limit of costs, which are counted in tokens if they have no price.
    """
    path = find_run_file("quickstart_simulated")
    values = {
        **read_mapping(path.read_bytes(), "quickstart_simulated", trusted=True),
        **SMALL,
        **({"objective": {}} if "models" in changes else {}),
        **changes,
    }
    import json

    return read_settings(json.dumps(values), "a test", path.parent)


def facts(archive: Reader) -> dict[str, object]:
    """What must not differ between two runs that are to be the same; clocks are left out."""
    run = archive.run()
    return {
        "candidates": [candidate.model_dump() for candidate in archive.candidates(run)],
        "results": [_without_clock(result) for result in archive.results(run)],
        "standings": archive.standings(run),
        "confirmations": archive.confirmations(run),
        "spend": archive.spend(run),
    }


def _without_clock(result: object) -> dict[str, object]:
    assert hasattr(result, "model_dump")
    dumped: dict[str, object] = result.model_dump(exclude={"at"})
    if isinstance(result, Rollout):
        dumped["seconds"] = None
    return dumped


@contextmanager
def reading(path: Path) -> Iterator[Reader]:
    """An archive, opened for reading."""
    with Reader.read(path) as archive:
        yield archive


@contextmanager
def writing(path: Path) -> Iterator[Archive]:
    """An archive, opened for writing."""
    with Archive.write(path) as archive:
        yield archive
