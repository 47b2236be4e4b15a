"""All bouts, over processes; what is done already is not done again."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple, TypeAlias

from pydantic import ValidationError

from evolve.arena.bouts import Bout, fight
from evolve.arena.contestants import Contestant, Terms, settings_for
from evolve.arena.truth import write
from evolve.errors import RunError, StoppedError
from search_spaces.errors import EvolveError


class Pairing(NamedTuple):
    """A bout that is to be fought."""

    landscape: str
    contestant: Contestant
    seed: int
    terms: Terms
    folder: Path

    @property
    def path(self) -> Path:
        """Where its result is kept."""
        landscape = self.landscape.replace("/", "_").removesuffix(".yaml")
        name = self.contestant.name.replace("/", "_")
        return self.folder / "bouts" / landscape / name / f"{self.seed}.json"


def pairings(
    landscapes: Sequence[str],
    contestants: Sequence[Contestant],
    seeds: Sequence[int],
    terms: Terms,
    folder: Path,
) -> list[Pairing]:
    """Everybody on every landscape with every seed; seeds vary slowest, so all is soon seen once.

    Raises:
        RunError: The folder holds bouts on other terms.
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


class Fought(NamedTuple):
    """What came of a pairing: a bout, or why there can be none."""

    pairing: Pairing
    outcome: Bout | str


class Results(NamedTuple):
    """What came of many pairings.

    Attributes:
        bouts: Those that were fought, now or before.
        refused: Why the others could not be, a line each: the search cannot start, or a model does
            not serve.
        wanted: How many there were to be.
    """

    bouts: list[Bout]
    refused: list[str]
    wanted: int

    def check(self) -> None:
        """Tells of those that could not be fought.

        Raises:
            RunError: There are such.
        """
        if self.refused:
            raise RunError(
                f"{len(self.refused)} of {self.wanted} bouts could not be fought, and the others "
                f"are kept; the first one: {self.refused[0]}"
            )


Spread: TypeAlias = Callable[[Callable[[Pairing], Fought], Sequence[Pairing]], Iterator[Fought]]
"""Does work for each pairing, somewhere, and hands out what is done as it is done."""


def fought(
    wanted: Sequence[Pairing], spread: Spread, tell: Callable[[Bout], None] = lambda bout: None
) -> Results:
    """The bouts, those that were fought before read from their files.

    Args:
        wanted: Which.
        spread: Over what to spread them.
        tell: Called with each bout that was fought just now.

    Raises:
        StoppedError: Somebody stopped a bout; those that were fought are kept.
        RunError: A file is no result of a bout, or none could be fought.
    """
    missing = [each for each in wanted if not each.path.is_file()]
    refused: list[str] = []
    for pairing, outcome in spread(_fight, missing):
        if isinstance(outcome, Bout):
            pairing.path.parent.mkdir(parents=True, exist_ok=True)
            write(pairing.path, outcome.model_dump_json(indent=1))
            tell(outcome)
        else:
            refused.append(outcome)
    bouts = [_read(each.path) for each in wanted if each.path.is_file()]
    results = Results(bouts, refused, len(wanted))
    if not bouts:
        results.check()
    return results


def over_processes(
    processes: int, work: Callable[[Pairing], Fought], missing: Sequence[Pairing]
) -> Iterator[Fought]:
    """Spreads work over processes of this machine; one means this one."""
    if processes <= 1 or len(missing) < 2:
        yield from map(work, missing)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        running = [pool.submit(work, each) for each in missing]
        try:
            for done in as_completed(running):
                yield done.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _fight(pairing: Pairing) -> Fought:
    landscape, contestant, seed, terms, folder = pairing
    try:
        return Fought(pairing, fight(landscape, contestant, seed, terms, folder / "truths"))
    except StoppedError:
        raise
    except EvolveError as error:
        return Fought(pairing, f"{contestant.name} on {landscape} with seed {seed}: {error}")


def variables(landscapes: Sequence[str], terms: Terms) -> dict[str, str]:
    """The environment variables that bouts need, keys among them, for work in other places."""
    found: dict[str, str] = {}
    for landscape in landscapes:
        for model in settings_for(landscape, Contestant.named("random"), 0, terms).models.values():
            found.update(model.environment)
    return found


def _read(path: Path) -> Bout:
    try:
        return Bout.model_validate_json(path.read_text("utf-8"))
    except (OSError, ValidationError):
        raise RunError(f"{path} is no result of a bout; delete it and start again") from None


def _keep(terms: Terms, folder: Path) -> None:
    path = folder / "terms.json"
    if path.is_file():
        kept = Terms.model_validate_json(path.read_text("utf-8"))
        if kept != terms:
            raise RunError(
                f"{folder} holds bouts on other terms ({kept}); name another folder with --out"
            )
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"{folder}: cannot be made: {error.strerror}") from None
    write(path, terms.model_dump_json())
