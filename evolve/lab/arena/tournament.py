"""Plays all matches, in several processes; finished ones are not repeated."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple, TypeAlias

from pydantic import ValidationError

from evolve.data.output_files import replace_file
from evolve.engine.session import models_of
from evolve.errors import RunError, StoppedError
from evolve.lab.arena.contestants import Contestant, Terms, settings_for
from evolve.lab.arena.matches import Match, play
from search_spaces.errors import EvolveError


class Pairing(NamedTuple):
    """A match to play."""

    landscape: str
    contestant: Contestant
    seed: int
    terms: Terms
    folder: Path

    @property
    def path(self) -> Path:
        """The file of its result."""
        landscape = self.landscape.replace("/", "_").removesuffix(".yaml")
        name = self.contestant.name.replace("/", "_")
        return self.folder / "matches" / landscape / name / f"{self.seed}.json"


def pairings(
    landscapes: Sequence[str],
    contestants: Sequence[Contestant],
    seeds: Sequence[int],
    terms: Terms,
    folder: Path,
) -> list[Pairing]:
    """All pairings; seeds vary slowest, so that every contestant soon has a match everywhere.

    Raises:
        RunError: The folder holds matches on other terms.
        ConfigError: A contestant and a landscape do not fit together.
    """
    for landscape in landscapes:
        for contestant in contestants:
            settings_for(landscape, contestant, 0, terms)
    _keep(terms, folder)
    return [
        Pairing(landscape, contestant, seed, terms, folder)
        for seed in seeds
        for landscape in landscapes
        for contestant in contestants
    ]


class Outcome(NamedTuple):
    """The outcome of a pairing: a match, or why it cannot be played."""

    pairing: Pairing
    outcome: Match | str


class Results(NamedTuple):
    """The results of many pairings.

    Attributes:
        matches: Those played now or before.
        refused: Why the others could not be played, a line each: the search cannot start, or a
            model does not answer.
        wanted: The number of pairings.
    """

    matches: list[Match]
    refused: list[str]
    wanted: int

    def check(self) -> None:
        """Raises if some could not be played.

        Raises:
            RunError: Some could not be played.
        """
        if self.refused:
            raise RunError(
                f"{len(self.refused)} of {self.wanted} matches could not be played, and the others "
                f"are kept; the first one: {self.refused[0]}"
            )


Spread: TypeAlias = Callable[[Callable[[Pairing], Outcome], Sequence[Pairing]], Iterator[Outcome]]
"""Does work for each pairing and yields the outcomes as they are ready."""


def play_all(
    wanted: Sequence[Pairing], spread: Spread, notify: Callable[[Match], None] = lambda match: None
) -> Results:
    """Plays the matches; those played before are read from their files.

    Args:
        wanted: The pairings.
        spread: Distributes the matches.
        notify: Called with each match when it ends.

    Raises:
        StoppedError: A match was stopped; finished ones are kept.
        RunError: A file is no result of a match, or none could be played.
    """
    missing = [each for each in wanted if not each.path.is_file()]
    refused: list[str] = []
    for pairing, outcome in spread(_play, missing):
        if isinstance(outcome, Match):
            pairing.path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(pairing.path, outcome.model_dump_json(indent=1))
            notify(outcome)
        else:
            refused.append(outcome)
    matches = [_read(each.path) for each in wanted if each.path.is_file()]
    results = Results(matches, refused, len(wanted))
    if not matches:
        results.check()
    return results


def over_processes(
    processes: int, work: Callable[[Pairing], Outcome], missing: Sequence[Pairing]
) -> Iterator[Outcome]:
    """Spreads work over processes of this machine; one means this one.

    Raises:
        RunError: A model of one of the landscapes cannot be used here.
    """
    for landscape, terms in {(each.landscape, each.terms) for each in missing}:
        models_of(settings_for(landscape, Contestant.named("random"), 0, terms)).require()
    if processes <= 1 or len(missing) < 2:
        yield from map(work, missing)
        return
    spawning = get_context("spawn")
    with ProcessPoolExecutor(processes, spawning, _share_cores, (processes,)) as pool:
        running = [pool.submit(work, each) for each in missing]
        try:
            for done in as_completed(running):
                yield done.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _share_cores(processes: int) -> None:
    """Limits this process to its part of the cores; models on this machine keep to that."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (cores or 1) // processes)))


def _play(pairing: Pairing) -> Outcome:
    landscape, contestant, seed, terms, folder = pairing
    try:
        return Outcome(pairing, play(landscape, contestant, seed, terms, folder))
    except StoppedError:
        raise
    except EvolveError as error:
        return Outcome(pairing, f"{contestant.name} on {landscape} with seed {seed}: {error}")


def variables(landscapes: Sequence[str], terms: Terms) -> dict[str, str]:
    """The environment variables that matches need, keys among them, for work on other machines."""
    found: dict[str, str] = {}
    for landscape in landscapes:
        for model in settings_for(landscape, Contestant.named("random"), 0, terms).models.values():
            found.update(model.environment)
    return found


def _read(path: Path) -> Match:
    try:
        return Match.model_validate_json(path.read_text("utf-8"))
    except (OSError, ValidationError):
        raise RunError(f"{path} is no result of a match; delete it and start again") from None


def _keep(terms: Terms, folder: Path) -> None:
    path = folder / "terms.json"
    if path.is_file():
        kept = Terms.model_validate_json(path.read_text("utf-8"))
        if kept != terms:
            raise RunError(
                f"{folder} holds matches on other terms ({kept}); name another folder with --out"
            )
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"{folder}: cannot be made: {error.strerror}") from None
    replace_file(path, terms.model_dump_json())
