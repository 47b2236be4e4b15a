"""The candidate to export, with a description of its provenance."""

from collections.abc import Sequence
from dataclasses import dataclass

from archive import fronts
from archive.reading import Reader
from archive.records import Candidate, Confirmation, Run, Standing
from evolve.engine.recorded import settings_of
from evolve.errors import RunError
from evolve.report import figures
from evolve.report.basis import JUDGED, Basis
from evolve.report.controls import control_name, tested_controls
from evolve.runfile.settings import RunSettings
from evolve.standings.best import best_of, objective_of
from search_spaces.config import SystemConfig


@dataclass(frozen=True)
class Choice:
    """A candidate to export."""

    archive: Reader
    run: Run
    settings: RunSettings
    candidate: Candidate
    config: SystemConfig
    """Its configuration, named after the run, its provenance in its description."""
    provenance: Sequence[str]
    """Run, id, scores with their intervals and splits, price; no text written by a model."""


def choose(archive: Reader, run: Run, ref: str | None = None) -> Choice:
    """Chooses a candidate.

    Args:
        archive: The archive that holds it.
        run: Its run.
        ref: The candidate's number or id; None means the best.

    Raises:
        EvolveError: There is no such candidate, or no evaluated one yet.
    """
    standings = {standing.candidate: standing for standing in archive.standings(run)}
    settings = settings_of(archive, run)
    if ref is None:
        best = best_of(archive, run, standings.values())
        if best is None:
            raise RunError(f"run {run.id} has no evaluated candidate yet; wait or `evolve resume`")
        ref = str(best.candidate)
    candidate = archive.candidate(run, ref)
    confirmed = [c for c in archive.confirmations(run) if c.winner == candidate.number]
    provenance = _provenance(
        run,
        candidate.id,
        Basis.of(archive, run),
        standings.get(candidate.number),
        confirmed[-1] if confirmed else None,
    )
    descends = candidate.operator != "seed" or not candidate.config.name
    name = f"{run.name}_{candidate.number}" if descends else candidate.config.name
    lines = [candidate.config.description, *provenance]
    config = candidate.config.model_copy(
        update={"name": name, "description": "\n".join(line for line in lines if line)}
    )
    return Choice(archive, run, settings, candidate, config, provenance)


def choose_front(archive: Reader, run: Run) -> list[Choice]:
    """Chooses the candidates that no other beats in both score and cost, the cheapest first.

    Raises:
        RunError: No candidate is evaluated yet.
    """
    front = fronts.pareto(archive.standings(run))
    if not front:
        raise RunError(f"run {run.id} has no evaluated candidate yet; wait or `evolve resume`")
    return [choose(archive, run, str(standing.candidate)) for standing in front]


def _provenance(
    run: Run,
    content_id: str,
    basis: Basis,
    standing: Standing | None,
    confirmed: Confirmation | None,
) -> list[str]:
    lines = [f"Found by evolve, run {run.id}, id {content_id}."]
    if standing is not None and standing.evaluations:
        lines.append(
            f"{str(basis).capitalize()} {figures.standing(standing)} from {standing.evaluations} "
            f"evaluations at {figures.cost(standing.cost, objective_of(run).unit)} each."
        )
    if confirmed is not None:
        judged = f", {JUDGED}," if basis.judged else ""
        lines.append(
            f"Sealed test{judged} {figures.score(confirmed.mean, confirmed.interval)} on "
            f"{confirmed.tasks} tasks, "
            f"{figures.points(confirmed.difference, confirmed.difference_interval)} "
            f"over the best seed."
        )
        lines += [
            f"{figures.points(tested.difference, tested.difference_interval)} over "
            f"{control_name(control)}."
            for control, tested in tested_controls(confirmed)
        ]
    return lines
