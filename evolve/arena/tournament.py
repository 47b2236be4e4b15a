"""All bouts, over processes; what is done already is not done again."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from evolve.arena.bouts import Bout, fight
from evolve.arena.contestants import Contestant, Terms, settings_for
from evolve.arena.truth import write
from evolve.errors import RunError
from search_spaces.errors import EvolveError
from search_spaces.frozen import Frozen


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


class _Kept(Frozen):
    """The terms that a folder's bouts were fought on."""

    share: float
    tasks: int | None
    meta: str
    sealed: int | None = None


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


def fought(
    wanted: Sequence[Pairing], processes: int, tell: Callable[[Bout], None] = lambda bout: None
) -> list[Bout]:
    """The bouts, those that were fought before read from their files.

    Args:
        wanted: Which.
        processes: How many at once.
        tell: Called with each bout that was fought just now.

    Raises:
        RunError: Some could not be fought: the search cannot start, or a model does not serve.
            All others were, and are kept.
    """
    missing = [each for each in wanted if not each.path.is_file()]
    failed: list[str] = []
    for result in _fight_all(missing, processes):
        if isinstance(result, Bout):
            tell(result)
        else:
            failed.append(result)
    if failed:
        raise RunError(
            f"{len(failed)} of {len(wanted)} bouts could not be fought, and the others are kept; "
            f"the first one: {failed[0]}"
        )
    return [_read(each.path) for each in wanted]


def _fight_all(missing: Sequence[Pairing], processes: int) -> Iterator[Bout | str]:
    if processes <= 1 or len(missing) < 2:
        yield from map(_fight, missing)
        return
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        running = [pool.submit(_fight, each) for each in missing]
        try:
            for done in as_completed(running):
                yield done.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _fight(pairing: Pairing) -> Bout | str:
    """A bout, or why there can be none."""
    landscape, contestant, seed, terms, folder = pairing
    try:
        bout = fight(landscape, contestant, seed, terms, folder / "truths")
    except EvolveError as error:
        return f"{contestant.name} on {landscape} with seed {seed}: {error}"
    pairing.path.parent.mkdir(parents=True, exist_ok=True)
    write(pairing.path, bout.model_dump_json(indent=1))
    return bout


def _read(path: Path) -> Bout:
    try:
        return Bout.model_validate_json(path.read_text("utf-8"))
    except (OSError, ValidationError):
        raise RunError(f"{path} is no result of a bout; delete it and start again") from None


def _keep(terms: Terms, folder: Path) -> None:
    path, now = folder / "terms.json", _Kept(**terms._asdict())
    if path.is_file():
        kept = _Kept.model_validate_json(path.read_text("utf-8"))
        if kept != now:
            raise RunError(
                f"{folder} holds bouts on other terms ({kept}); name another folder with --out"
            )
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"{folder}: cannot be made: {error.strerror}") from None
    write(path, now.model_dump_json())
