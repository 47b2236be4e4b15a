"""A run as a study of Optuna, for optuna-dashboard and whatever else reads one."""

import warnings
from pathlib import Path

from archive.reading import Reader
from archive.records import Run
from evolve.errors import RunError
from evolve.report.basis import Basis
from evolve.report.runs import standing_data
from evolve.run import settings_of
from search_spaces.errors import ConfigError


def write_study(archive: Reader, run: Run, path: Path) -> int:
    """Writes every evaluated candidate as a finished trial, and returns how many they are.

    A trial's parameters are the features of its configuration; its values are the posterior mean
    of its score and, where every cost is known, its cost.

    Args:
        archive: Where the run is.
        run: Which run.
        path: The SQLite file to make.

    Raises:
        ConfigError: The file is there already, or cannot be made.
        RunError: Nobody is evaluated yet.
    """
    import optuna
    from optuna.distributions import BaseDistribution, FloatDistribution
    from optuna.exceptions import ExperimentalWarning

    standings = {s.candidate: s for s in archive.standings(run) if s.evaluations}
    if not standings:
        raise RunError(f"run {run.id} has no evaluated candidate yet; wait or `evolve resume`")
    space = settings_of(run).space
    candidates = [each for each in archive.candidates(run) if each.number in standings]
    features = {each.number: space.features(each.config) for each in candidates}
    ranges: dict[str, BaseDistribution] = {
        name: FloatDistribution(min(values), max(values))
        for name in features[candidates[0].number]
        for values in ([row[name] for row in features.values()],)
    }
    costs = {number: standing.usd for number, standing in standings.items()}
    priced = {number: usd for number, usd in costs.items() if usd is not None}
    both = len(priced) == len(costs)
    _claim(path)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        storage=f"sqlite:///{path}",
        study_name=run.id,
        directions=["maximize", "minimize"] if both else ["maximize"],
    )
    with warnings.catch_warnings(category=ExperimentalWarning, action="ignore"):
        study.set_metric_names(["score", "usd a task"] if both else ["score"])
    basis = Basis.of(archive, run)
    study.set_user_attr("evolve", f"run {run.id}, scores on {basis}")
    study.add_trials(
        optuna.trial.create_trial(
            params=features[each.number],
            distributions=ranges,
            values=[standings[each.number].mean, *([priced[each.number]] if both else [])],
            user_attrs={
                "candidate": each.number,
                "id": each.id,
                "operator": each.operator,
                "parents": [parent.candidate for parent in each.parents],
                "standing": standing_data(standings[each.number], basis),
            },
        )
        for each in candidates
    )
    return len(candidates)


def _claim(path: Path) -> None:
    """Makes an empty file, so that nothing is written over."""
    try:
        path.open("xb").close()
    except FileExistsError:
        raise ConfigError(f"{path} is there already; name another file") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from None
