"""A run as a study of Optuna, for optuna-dashboard and similar tools."""

import warnings
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive.reading import Reader
from archive.records import Candidate, ProposalResult, Run, Standing
from evolve.data.output_files import replaced_file
from evolve.engine.recorded import settings_of
from evolve.errors import RunError
from evolve.report.basis import Basis
from evolve.report.runs import confirmation_lines
from search_spaces.config import SystemConfig
from search_spaces.edits import describe
from search_spaces.errors import ConfigError

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution


def write_study(archive: Reader, run: Run, path: Path) -> int:
    """Writes every evaluated candidate as a finished trial, and returns how many they are.

    A trial's parameters are those features of its configuration in which candidates differ; its
    values are the posterior mean of its score and, where every cost is known, its cost. It begins
    when the candidate was made and ends with its last evaluation.

    Args:
        archive: The archive that holds the run.
        run: The run.
        path: The SQLite file to make.

    Raises:
        ConfigError: The file exists already, or cannot be made.
        RunError: No candidate is evaluated yet.
    """
    import optuna
    from optuna.exceptions import ExperimentalWarning

    standings = {s.candidate: s for s in archive.standings(run) if s.evaluations}
    if not standings:
        raise RunError(f"run {run.id} has no evaluated candidate yet; wait or `evolve resume`")
    settings = settings_of(archive, run)
    space, unit = settings.space, settings.objective.unit
    candidates = [each for each in archive.candidates(run) if each.number in standings]
    features = _telling({each.number: space.features(each.config) for each in candidates})
    ranges = _ranges(features)
    costs = {number: standing.cost for number, standing in standings.items()}
    known = {number: cost for number, cost in costs.items() if cost is not None}
    both = len(known) == len(costs)
    if path.exists():
        raise ConfigError(f"{path} is there already; name another file")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with replaced_file(path) as part:
        study = optuna.create_study(
            storage=f"sqlite:///{part}",
            study_name=run.id,
            directions=["maximize", "minimize"] if both else ["maximize"],
        )
        with warnings.catch_warnings(category=ExperimentalWarning, action="ignore"):
            study.set_metric_names(["score", f"{unit} a task"] if both else ["score"])
        basis = Basis.of(archive, run)
        study.set_user_attr("evolve", f"run {run.id}, scores on {basis}")
        for confirmed in archive.confirmations(run):
            study.set_user_attr("confirmed", " · ".join(confirmation_lines(confirmed, basis)))
        times = _times(archive, run)
        configs = {each.number: each.config for each in archive.candidates(run)}
        trials = []
        for each in candidates:
            number = each.number
            trial = optuna.trial.create_trial(
                params=features[number],
                distributions=ranges,
                values=[standings[number].mean, *([known[number]] if both else [])],
                user_attrs=_about(each, standings[number], configs),
            )
            trial.datetime_start, trial.datetime_complete = times[number]
            trials.append(trial)
        study.add_trials(trials)
    return len(candidates)


def _telling(features: Mapping[int, Mapping[str, float]]) -> dict[int, dict[str, int | float]]:
    """The features in which candidates differ; whole numbers as such."""
    rows = list(features.values())
    different = [name for name in rows[0] if len({row[name] for row in rows}) > 1]
    whole = {name for name in different if all(row[name].is_integer() for row in rows)}
    return {
        number: {name: int(row[name]) if name in whole else row[name] for name in different}
        for number, row in features.items()
    }


def _ranges(
    features: Mapping[int, Mapping[str, int | float]],
) -> dict[str, "BaseDistribution"]:
    from optuna.distributions import FloatDistribution, IntDistribution

    found: dict[str, BaseDistribution] = {}
    for name in next(iter(features.values())):
        values = [row[name] for row in features.values()]
        kind = IntDistribution if isinstance(values[0], int) else FloatDistribution
        found[name] = kind(min(values), max(values))  # type: ignore[arg-type]
    return found


def _about(
    candidate: Candidate, standing: Standing, configs: Mapping[int, SystemConfig]
) -> dict[str, Any]:
    """The attributes of a trial that the dashboard shows besides its parameters."""
    first = candidate.parents[:1]
    return {
        "candidate": candidate.number,
        "id": candidate.id,
        "operator": candidate.operator,
        "parents": [parent.candidate for parent in candidate.parents],
        "edits": [
            line for parent in first for line in describe(parent.edits, configs[parent.candidate])
        ],
        "interval": standing.interval,
        "evaluations": standing.evaluations,
    }


def _times(archive: Reader, run: Run) -> dict[int, tuple[datetime, datetime]]:
    """The start and the end of each candidate's trial, in local time as Optuna stores it."""
    born: dict[int, float] = {}
    last: dict[int, float] = {}
    for result in archive.results(run):
        if isinstance(result, ProposalResult):
            if result.candidate is not None:
                born.setdefault(result.candidate, result.at)
        else:
            last[result.candidate] = result.at
    begun = datetime.fromisoformat(run.started).astimezone().replace(tzinfo=None)
    return {
        number: (begun + timedelta(seconds=born.get(number, 0.0)), begun + timedelta(seconds=at))
        for number, at in last.items()
    }
