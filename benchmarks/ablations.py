"""Ablations of the default strategy: `python -m benchmarks.ablations LANDSCAPE … --out arena`.

Matches of the default without one of its parts each, kept beside those of `evolve arena`, and the
table of all of them; a part's contribution is the loss without it. All parts but
one are switched off by options. The lineage prior is no option: for `no lineage` every candidate
counts as one without parents in standings.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any
from unittest import mock

from benchmarks.matches import read_matches, show_table
from evolve.lab.arena.contestants import Contestant, Terms
from evolve.lab.arena.matches import Match
from evolve.lab.arena.tournament import over_processes, pairings, play_all
from evolve.report.arena import ended
from evolve.standings import Standings

WITHOUT: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "default": {"strategy": "default"},
        "no every model": {"strategy": {"default": {"every_model": False}}},
        "no reuse": {"strategy": {"default": {"reuse": False}}},
        "no screening": {"strategy": {"default": {"screening": 1}}},
        "equal odds": {"strategy": {"default": {"weighted": False}}},
        "full": {"strategy": "default", "allocator": "full"},
        "no lineage": {"strategy": "default"},
    }
)
"""Contestants by name: the default, and the default without one part each."""


@contextmanager
def without_lineage() -> Iterator[None]:
    """Hides parents from standings within the context."""
    add = Standings.add

    def apart(self: Standings, parents: Sequence[int] = (), listed: float | None = None) -> int:
        return add(self, (), listed)

    with mock.patch.object(Standings, "add", apart):
        yield


def play_ablations(
    landscapes: Sequence[str], names: Sequence[str], seeds: Sequence[int], terms: Terms, out: Path
) -> list[Match]:
    """All matches; those that were played before are read from their files."""
    matches: list[Match] = []
    for name in names:
        wanted = pairings(landscapes, [Contestant(name, WITHOUT[name])], seeds, terms, out)
        with without_lineage() if name == "no lineage" else nullcontext():
            results = play_all(
                wanted, partial(over_processes, 1), lambda match: print(ended(match))
            )
        results.check()
        matches += results.matches
    return matches


def main() -> None:
    wanted = read_matches("benchmarks.ablations", __doc__, list(WITHOUT))
    landscapes, names, seeds, terms, out = wanted
    show_table(wanted, play_ablations(landscapes, names, seeds, terms, out))


if __name__ == "__main__":
    main()
