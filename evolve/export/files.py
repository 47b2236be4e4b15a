"""A candidate as a system file that says where it comes from."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from archive.reading import Reader
from archive.records import Confirmation, Run, Standing
from evolve.errors import RunError
from evolve.report import figures
from evolve.report.basis import JUDGED, Basis
from evolve.run import settings_of
from search_spaces.config import SystemConfig
from search_spaces.errors import ConfigError
from search_spaces.yaml_text import write_system


def as_json(config: SystemConfig) -> str:
    """A system file in JSON."""
    return (
        json.dumps(
            config.model_dump(mode="json", exclude_defaults=True), indent=2, ensure_ascii=False
        )
        + "\n"
    )


FORMATS: Mapping[str, Callable[[SystemConfig], str]] = MappingProxyType(
    {"yaml": write_system, "json": as_json}
)


def described(archive: Reader, run: Run, ref: str | None) -> SystemConfig:
    """A candidate's configuration, its provenance in its description.

    Args:
        archive: Where it is.
        run: Of which run.
        ref: A candidate's number or id; None means the best.

    Raises:
        EvolveError: There is no such candidate, or no evaluated one yet.
    """
    standings = {standing.candidate: standing for standing in archive.standings(run)}
    if ref is None:
        best = settings_of(run).objective.best(standings.values())
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
    return candidate.config.model_copy(
        update={"name": name, "description": "\n".join(line for line in lines if line)}
    )


def write(path: Path, text: str) -> None:
    """Writes a file.

    Raises:
        ConfigError: It cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from None


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
            f"evaluations at {figures.usd(standing.usd)} each."
        )
    if confirmed is not None:
        judged = f", {JUDGED}," if basis.judged else ""
        lines.append(
            f"Sealed test{judged} {figures.score(confirmed.mean, confirmed.interval)} on "
            f"{confirmed.tasks} tasks, "
            f"{figures.points(confirmed.difference, confirmed.difference_interval)} "
            f"over the best seed."
        )
    return lines
