"""What benchmarks ask and show that keep bouts beside those of `evolve arena`."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from evolve.arena.bouts import Bout
from evolve.arena.contestants import Terms
from evolve.arena.known import known_scores
from evolve.arena.summary import summarise
from evolve.report.arena import report
from evolve.report.console import show


class Asked(NamedTuple):
    """Who is to fight, where, how often and on which terms."""

    landscapes: Sequence[str]
    names: Sequence[str]
    seeds: range
    terms: Terms
    out: Path


def asked(module: str, about: str | None, names: Sequence[str]) -> Asked:
    """What the command line asks for.

    Args:
        module: The benchmark's.
        about: What it tells of itself.
        names: Who fights if nobody is named.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=about)
    parser.add_argument("landscapes", nargs="+")
    parser.add_argument("--with", dest="names", default=",".join(names))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--tasks", type=int)
    parser.add_argument("--sealed", type=int)
    parser.add_argument("--out", type=Path, default=Path("arena"))
    chosen = parser.parse_args()
    return Asked(
        chosen.landscapes,
        chosen.names.split(","),
        range(chosen.first_seed, chosen.first_seed + chosen.seeds),
        Terms(share=chosen.share, tasks=chosen.tasks, sealed=chosen.sealed),
        chosen.out,
    )


def show_table(wanted: Asked, bouts: Sequence[Bout]) -> None:
    """Prints the table of bouts."""
    known = known_scores(wanted.landscapes, wanted.terms, wanted.out)
    show(report(summarise(bouts, known), len(bouts)), as_json=False)
