"""The command line and the table of benchmarks whose matches are kept beside `evolve arena`'s."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from evolve.lab.arena.contestants import Terms
from evolve.lab.arena.known import known_scores
from evolve.lab.arena.matches import Match
from evolve.lab.arena.summary import summarise
from evolve.report.arena import report
from evolve.report.console import show


class Requested(NamedTuple):
    """The contestants, landscapes, seeds and terms of matches."""

    landscapes: Sequence[str]
    names: Sequence[str]
    seeds: range
    terms: Terms
    out: Path


def read_matches(module: str, about: str | None, names: Sequence[str]) -> Requested:
    """Reads the command line.

    Args:
        module: The benchmark's module.
        about: Its description.
        names: The default contestants.
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
    return Requested(
        chosen.landscapes,
        chosen.names.split(","),
        range(chosen.first_seed, chosen.first_seed + chosen.seeds),
        Terms(share=chosen.share, tasks=chosen.tasks, sealed=chosen.sealed),
        chosen.out,
    )


def show_table(wanted: Requested, matches: Sequence[Match]) -> None:
    """Prints the table of matches."""
    known = known_scores(wanted.landscapes, wanted.terms, wanted.out)
    show(report(summarise(matches, known), len(matches)), as_json=False)
