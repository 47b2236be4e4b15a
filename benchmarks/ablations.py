"""What the default owes to its parts: `python -m benchmarks.ablations LANDSCAPE … --out arena`.

Bouts of the default without one of its parts each, kept beside those of `evolve arena`, and the
table of all of them; what a part brings is how much worse the search is without it. All parts but
one are switched off by options. The lineage prior is no option: for `no lineage` every candidate
is taken for one of no parents wherever scores are weighed.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any
from unittest import mock

from benchmarks.bouts import asked, show_table
from evolve.arena.bouts import Bout
from evolve.arena.contestants import Contestant, Terms
from evolve.arena.tournament import fought, over_processes, pairings
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
    """While it lasts, standings know nothing of parents."""
    add = Standings.add

    def apart(self: Standings, parents: Sequence[int] = (), listed: float | None = None) -> int:
        return add(self, (), listed)

    with mock.patch.object(Standings, "add", apart):
        yield


def fight_all(
    landscapes: Sequence[str], names: Sequence[str], seeds: Sequence[int], terms: Terms, out: Path
) -> list[Bout]:
    """All bouts; those that were fought before are read from their files."""
    bouts: list[Bout] = []
    for name in names:
        wanted = pairings(landscapes, [Contestant(name, WITHOUT[name])], seeds, terms, out)
        with without_lineage() if name == "no lineage" else nullcontext():
            results = fought(wanted, partial(over_processes, 1), lambda bout: print(ended(bout)))
        results.check()
        bouts += results.bouts
    return bouts


def main() -> None:
    wanted = asked("benchmarks.ablations", __doc__, list(WITHOUT))
    landscapes, names, seeds, terms, out = wanted
    show_table(wanted, fight_all(landscapes, names, seeds, terms, out))


if __name__ == "__main__":
    main()
