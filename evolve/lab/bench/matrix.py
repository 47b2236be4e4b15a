"""Recorded outcomes of systems on tasks, to be replayed instead of bought."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evolve.errors import RunError
from evolve.standings import Floats

SPREAD = 0.86
"""σ of log cost from one agentic task evaluation to another (measured)."""


class MatrixError(RunError):
    """A matrix file that cannot be replayed."""


class Matrix(NamedTuple):
    """Outcomes with a name.

    ``outcomes`` has shape (systems, tasks, trials) and values 0 to 1; ``costs`` is shaped
    (systems, tasks); ``names`` are the systems'.
    """

    name: str
    outcomes: Floats
    costs: Floats
    names: tuple[str, ...]
    left_out: int = 0

    @property
    def truth(self) -> Floats:
        """The mean score of each system over all tasks and trials."""
        means: Floats = self.outcomes.mean(axis=(1, 2))
        return means


def load(path: Path, without: tuple[str, ...] = ()) -> Matrix:
    """Reads a matrix file.

    Keys: ``Y``, shape (systems, tasks) or (systems, tasks, trials); or ``successes`` and
    ``trials``, shape (systems, tasks). Optional: ``cost``, shape (systems, tasks) or (systems,);
    ``systems``, their names. Tasks on which some system has no score (NaN) are left out, since
    no comparison could use them.

    Args:
        path: An ``.npz`` file without pickled objects.
        without: Names of systems to leave out.

    Raises:
        MatrixError: It is not such a file; the message names the key.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
    except FileNotFoundError:
        raise MatrixError(f"{path} does not exist; expected a matrix file (.npz)") from None
    except (OSError, ValueError, AttributeError, EOFError) as error:
        raise MatrixError(f"{path} is not an .npz file of plain arrays: {error}") from None
    except Exception as error:  # noqa: BLE001 - zipfile raises errors of its own
        raise MatrixError(f"{path} cannot be read: {error}") from None
    outcomes = _outcomes(path, arrays)
    names = _names(arrays, len(outcomes))
    costs = _costs(path, arrays, outcomes.shape[:2])
    keep = [row for row, name in enumerate(names) if name not in without]
    if unknown := [name for name in without if name not in names]:
        raise MatrixError(f"{path}: no system is called {unknown[0]!r}; first is {names[0]!r}")
    if len(keep) < 2:
        raise MatrixError(f"{path}: {len(keep)} system(s); there is nothing to choose, expected 2")
    whole = ~np.isnan(outcomes[keep]).any(axis=(0, 2))
    if not whole.any():
        raise MatrixError(f"{path}: every task lacks some system's score (NaN); remove systems")
    return Matrix(
        path.stem,
        outcomes[keep][:, whole],
        costs[keep][:, whole],
        tuple(names[row] for row in keep),
        int((~whole).sum()),
    )


def _outcomes(path: Path, arrays: dict[str, NDArray[np.generic]]) -> Floats:
    if "Y" in arrays:
        scores, source = _numbers(path, "Y", arrays["Y"]), "Y"
        if scores.ndim == 2:
            scores = scores[:, :, None]
    elif "successes" in arrays and "trials" in arrays:
        source = "successes / trials"
        scores = _repeated(path, arrays)
    else:
        known = ", ".join(sorted(arrays)) or "none"
        raise MatrixError(f"{path}: expected the key Y, or successes and trials; found: {known}")
    if scores.ndim != 3 or not scores.size:
        raise MatrixError(
            f"{path}: {source} has shape {scores.shape}; expected (systems, tasks) or "
            "(systems, tasks, trials), none of them 0"
        )
    if np.isnan(scores).all():
        raise MatrixError(f"{path}: {source} has no number, only NaN")
    low, high = float(np.nanmin(scores)), float(np.nanmax(scores))
    if low < 0.0 or high > 1.0:
        raise MatrixError(f"{path}: {source} has scores from {low:g} to {high:g}; expected 0 to 1")
    return scores


def _repeated(path: Path, arrays: dict[str, NDArray[np.generic]]) -> Floats:
    """Trials as a third axis, successes first: in replay they are drawn in random order."""
    successes = _numbers(path, "successes", arrays["successes"])
    trials = _numbers(path, "trials", arrays["trials"])
    if successes.ndim != 2 or trials.shape not in ((), successes.shape):
        raise MatrixError(f"{path}: successes and trials must have one shape, (systems, tasks)")
    trials = np.broadcast_to(trials, successes.shape)
    known = ~np.isnan(successes) & ~np.isnan(trials) & (trials > 0)
    if (successes[known] > trials[known]).any() or (successes[known] < 0).any():
        raise MatrixError(f"{path}: successes must be between 0 and trials")
    rates = np.where(known, successes / np.where(known, trials, 1.0), np.nan)
    most = int(trials[known].max()) if known.any() else 1
    if most > 64 or not (successes[known] % 1 == 0).all():
        most = min(most, 64)
    # Unequal numbers of trials become `most` equally likely outcomes with the same rate.
    ones = np.round(rates * most)
    outcomes: Floats = (np.arange(most) < ones[:, :, None]).astype(np.float64)
    outcomes[~known] = np.nan
    return outcomes


def _numbers(path: Path, key: str, array: NDArray[np.generic]) -> Floats:
    if array.dtype.kind not in "fiub":
        raise MatrixError(f"{path}: {key} holds {array.dtype}, expected numbers")
    numbers: Floats = array.astype(np.float64)
    if np.isinf(numbers).any():
        raise MatrixError(f"{path}: {key} holds infinite values; expected numbers or NaN")
    return numbers


def _names(arrays: dict[str, NDArray[np.generic]], systems: int) -> list[str]:
    names = arrays.get("systems")
    if names is None or names.shape != (systems,):
        return [str(number) for number in range(systems)]
    return [str(name) for name in names]


def _costs(path: Path, arrays: dict[str, NDArray[np.generic]], shape: tuple[int, ...]) -> Floats:
    if "cost" not in arrays:
        return np.ones(shape)
    costs: Floats = _numbers(path, "cost", arrays["cost"])
    if costs.shape == shape[:1]:
        costs = costs[:, None]
    try:
        costs = np.broadcast_to(costs, shape)
    except ValueError:
        raise MatrixError(
            f"{path}: cost has shape {costs.shape}; expected {shape} or ({shape[0]},)"
        ) from None
    if not (costs > 0).all():
        raise MatrixError(f"{path}: cost must be above 0 everywhere and not NaN")
    return np.array(costs)


def priced(matrix: Matrix, how: str, seed: int) -> Matrix:
    """The matrix with other costs.

    Args:
        matrix: The recorded outcomes.
        how: ``matrix`` (its own costs), ``equal``, or log-normal with σ = .86: ``lognormal``
            (systems differ, whatever they score), ``correlated`` (better systems cost more),
            ``tasks`` (tasks differ, alike for all systems) or ``hard-tasks`` (the harder a task
            more). Correlations are .7.
        seed: The seed of the drawn costs.

    Raises:
        MatrixError: There is no such kind of costs.
    """
    if how == "matrix":
        return matrix
    if how == "equal":
        return matrix._replace(costs=np.ones_like(matrix.costs))
    if how not in ("lognormal", "correlated", "tasks", "hard-tasks"):
        known = "matrix, equal, lognormal, correlated, tasks or hard-tasks"
        raise MatrixError(f"unknown costs {how!r}; expected {known}")
    logs = _drawn(matrix, how, np.random.default_rng(seed))
    return matrix._replace(costs=np.exp(SPREAD * logs - SPREAD**2 / 2))


def _drawn(matrix: Matrix, how: str, generator: np.random.Generator) -> Floats:
    """Standardised logarithms of costs, shape (systems, tasks)."""
    systems, tasks = matrix.costs.shape
    if how in ("tasks", "hard-tasks"):
        shared: Floats = np.asarray(generator.normal(size=tasks))
        if how == "hard-tasks":
            shared = _correlated(-matrix.outcomes.mean(axis=(0, 2)), shared)
        return np.tile(shared, (systems, 1))
    own: Floats = np.asarray(generator.normal(size=systems))
    if how == "correlated":
        own = _correlated(matrix.truth, own)
    # Half of the variance between systems, half from task to task within a system.
    within = generator.normal(size=(systems, tasks))
    return np.asarray(np.sqrt(0.5) * own[:, None] + np.sqrt(0.5) * within)


def _correlated(what: Floats, drawn: Floats) -> Floats:
    """Standard normal draws that are correlated with something."""
    standard = (what - what.mean()) / max(float(what.std()), 1e-9)
    mixed: Floats = 0.7 * standard + np.sqrt(1 - 0.7**2) * drawn
    return mixed
