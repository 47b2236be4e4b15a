"""Matrices that are hard for allocators: near-ties, and outcomes of several skills.

    python -m benchmarks.hard_matrices ties swebench_liteonly207.npz 1 4 ties.npz
    python -m benchmarks.hard_matrices skills skills.npz

``ties`` keeps the systems from one rank to another; ``skills`` draws 71 systems × 1,700 tasks of
four skills and of different discrimination. `evolve bench allocation` replays them.
"""

import argparse
from pathlib import Path

import numpy as np

from evolve.lab.bench.matrix import load

SYSTEMS, TASKS, SKILLS = 71, 1_700, 4


def ties(source: Path, first: int, last: int, target: Path) -> None:
    """Keeps the systems whose rank by their true score is between two."""
    matrix = load(source)
    ranked = np.argsort(-matrix.truth, kind="stable")[first - 1 : last]
    names = np.array([matrix.names[row] for row in ranked])
    np.savez_compressed(target, Y=matrix.outcomes[ranked], systems=names)


def skills(target: Path) -> None:
    """Draws abilities that differ by skill, and tasks that discriminate more or less."""
    generator = np.random.default_rng(0)
    ability = generator.normal(size=SYSTEMS)[:, None] + generator.normal(size=(SYSTEMS, SKILLS))
    needed = generator.integers(SKILLS, size=TASKS)
    telling = np.exp(0.6 * generator.normal(size=TASKS))
    logits = telling * (ability[:, needed] - 1.5 * generator.normal(size=TASKS))
    solved = generator.random((SYSTEMS, TASKS)) < 1.0 / (1.0 + np.exp(-logits))
    np.savez_compressed(target, Y=solved.astype(float))


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.hard_matrices",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    kinds = parser.add_subparsers(required=True)
    tied = kinds.add_parser("ties")
    tied.add_argument("source", type=Path)
    tied.add_argument("first", type=int)
    tied.add_argument("last", type=int)
    tied.add_argument("target", type=Path)
    tied.set_defaults(make=lambda given: ties(given.source, given.first, given.last, given.target))
    skilled = kinds.add_parser("skills")
    skilled.add_argument("target", type=Path)
    skilled.set_defaults(make=lambda given: skills(given.target))
    arguments = parser.parse_args()
    arguments.make(arguments)


if __name__ == "__main__":
    main()
