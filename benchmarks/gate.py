"""How often is a verdict of `evolve gate` wrong, and what does it cost?

    python -m benchmarks.gate
    python -m benchmarks.gate --matrix zeroeval_math_l5.npz

Simulated comparisons draw pairs of right and wrong answers with a correlation. Recorded ones draw
pairs of systems of an outcome matrix; in "swapped" ones, which are exact ties, the two outcomes of
each task are exchanged at random. Under `new-tasks` the tasks are drawn independently, and the
truth is the probability or the mean of the matrix; under `these-tasks` the truth is the mean over
the tasks that were drawn.

Spend counts tasks, those in flight at the end included. Two tests of fixed size are compared with
it, both the paired t test that holds `better` at 2.5 %. The one of equal power has as many tasks as
find the same share of the truly better systems, with the correction for a finite population under
`these-tasks`. The planned one has the tasks that show a difference of 5 points with 90 %, as one
would plan it without knowing the difference.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.special import ndtr

from evolve.evidence.confidence_sequence import Capital, Floats, threshold
from evolve.gate.pairs import bought_by
from evolve.gate.sequential_test import SequentialTest
from evolve.gate.verdict import About, Terms
from evolve.lab.bench.matrix import Matrix, load

Z = 1.959964
BASE = 0.6
PLANNED, POWER = 0.05, 1.281552
CASES = {0.0: (0.0, 0.1, 0.2), 0.6: (-0.1, 0.0, 0.02, 0.05, 0.1, 0.2)}
"""Effects by correlation."""


class Cases(NamedTuple):
    """Comparisons: differences, shape (comparisons, tasks), with true means and variances."""

    name: str
    differences: Floats
    truth: Floats
    variance: Floats


class Played(NamedTuple):
    """Claims at the end of each comparison, tasks bought, and whether the interval ever missed."""

    better: Any
    not_worse: Any
    worse: Any
    bought: Any
    missed: Any


def simulated(effect: float, correlation: float, count: int, tasks: int, seed: int) -> Cases:
    """Pairs of Bernoulli outcomes with a correlation."""
    generator = np.random.default_rng([seed, int(1000 * (effect + 1)), int(100 * correlation)])
    old, new = BASE, BASE + effect
    both = old * new + correlation * np.sqrt(old * (1 - old) * new * (1 - new))
    both = min(both, old, new)
    shares = [new - both, old - both, 1 - new - old + 2 * both]
    drawn = generator.choice([1.0, -1.0, 0.0], (count, tasks), p=shares)
    variance = shares[0] + shares[1] - effect**2
    name = f"simulated, {100 * effect:+.0f} points, correlation {correlation:g}"
    return Cases(name, drawn, np.full(count, effect), np.full(count, variance))


def recorded(matrix: Matrix, count: int, tasks: int, seed: int, *, swapped: bool) -> Cases:
    """Pairs of systems of a matrix on tasks drawn from it with replacement."""
    generator = np.random.default_rng([seed, 7])
    scores = matrix.outcomes.mean(axis=2)
    systems, every = scores.shape
    first = generator.integers(systems, size=count)
    second = (first + generator.integers(1, systems, size=count)) % systems
    whole = scores[first] - scores[second]
    places = generator.integers(every, size=(count, tasks))
    drawn = np.take_along_axis(whole, places, axis=1)
    truth, variance = whole.mean(axis=1), whole.var(axis=1)
    if swapped:
        drawn = drawn * generator.choice([-1.0, 1.0], drawn.shape)
        truth, variance = np.zeros(count), (whole**2).mean(axis=1)
    name = f"{matrix.name}{', swapped' if swapped else ''}"
    return Cases(name, drawn, truth, variance)


def play(cases: Cases, terms: Terms) -> Played:
    """Runs the test of each comparison to its end."""
    count, tasks = cases.differences.shape
    population = tasks if terms.about == "these-tasks" else None
    test = SequentialTest(terms, population, (count,))
    middle = (cases.truth + 1) / 2
    above = Capital(middle, population, (count,))
    below = Capital(1 - middle, population, (count,))
    claims = np.zeros((3, count), dtype=bool)
    bought, running = np.full(count, tasks), np.ones(count, dtype=bool)
    for number, column in enumerate(cases.differences.T, start=1):
        test.observe(column)
        above.observe((column + 1) / 2)
        below.observe((1 - column) / 2)
        ending = running & test.is_over(tasks - number)
        claims[:, ending] = np.array(test.claims)[:, ending]
        bought[ending] = bought_by(number, tasks)
        running &= ~ending
    missed = (above.log_most >= threshold()) | (below.log_most >= threshold())
    return Played(*claims, bought, missed)


def fixed_size(cases: Cases, power: float, finite: bool) -> float:
    """The tasks with which a test of fixed size has that power, on average over the comparisons."""
    tasks = cases.differences.shape[1]
    better = cases.truth > 0
    effect, deviation = cases.truth[better], np.sqrt(cases.variance[better]) + 1e-12
    low, high = 1.0, 1e7
    while high / low > 1.001:
        middle = np.sqrt(low * high)
        if np.mean(ndtr(effect / deviation * np.sqrt(middle) - Z)) < power:
            low = middle
        else:
            high = middle
    return float(high / (1 + high / tasks) if finite else high)


def measure(cases: Cases, terms: Terms) -> dict[str, object]:
    """The rates of a set of comparisons, in percent, and the spend."""
    if terms.about == "these-tasks":
        drawn = cases.differences
        cases = cases._replace(truth=drawn.mean(axis=1), variance=drawn.var(axis=1))
    played = play(cases, terms)
    truth = cases.truth
    false_better = played.better & (truth <= 1e-12)
    false_worse = played.worse & (truth > -terms.margin)
    row: dict[str, object] = {
        "cases": cases.name,
        "about": terms.about,
        "comparisons": len(truth),
        "tasks": cases.differences.shape[1],
        "better": percent(played.better),
        "not worse": percent(played.not_worse & ~played.better),
        "worse": percent(played.worse & ~played.better),
        "false better": percent(false_better),
        "false worse": percent(false_worse),
        "coverage": percent(~played.missed),
        "median spend": float(np.median(played.bought)),
    }
    found = played.better[truth > 0]
    if found.any():
        fixed = fixed_size(cases, min(0.999, float(found.mean())), terms.about == "these-tasks")
        row["size of equal power"] = round(fixed)
        row["spend / that"] = round(float(np.median(played.bought[truth > 0])) / fixed, 2)
    planned = ((Z + POWER) / PLANNED) ** 2 * float(cases.variance.mean())
    row["planned size"] = round(planned)
    row["median spend / that"] = round(float(np.median(played.bought)) / planned, 2)
    return row


def percent(flags: Any) -> float:  # noqa: ANN401 - an array of any shape
    """The share of true values in percent."""
    return round(100 * float(np.mean(flags)), 2)


def every_case(options: argparse.Namespace) -> Iterator[Cases]:
    """The comparisons that options ask for."""
    count, tasks, seed = options.comparisons, options.tasks, options.seed
    if options.matrix is not None:
        matrix = load(options.matrix)
        yield recorded(matrix, count, tasks, seed, swapped=False)
        yield recorded(matrix, count, tasks, seed, swapped=True)
        return
    for correlation, effects in CASES.items():
        for effect in effects:
            yield simulated(effect, correlation, count, tasks, seed)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--matrix", type=Path, help="an outcome matrix (.npz)")
    parser.add_argument("--comparisons", type=int, default=2_000)
    parser.add_argument("--tasks", type=int, default=600)
    parser.add_argument("--margin", type=float, default=2.0, help="in points")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    subjects: tuple[About, ...] = ("new-tasks", "these-tasks")
    for cases in every_case(options):
        for about in subjects:
            terms = Terms(margin=options.margin / 100, about=about)
            print(json.dumps(measure(cases, terms)), flush=True)


if __name__ == "__main__":
    main()
