"""The seeds of a search: library systems, system files and the best of older archives."""

from collections.abc import Iterator
from pathlib import Path

from archive.reading import Reader
from evolve.runfile.settings import ArchiveSeeds, RunSettings
from search_spaces import library
from search_spaces.config import SystemConfig
from search_spaces.draft import Draft
from search_spaces.errors import ConfigError
from search_spaces.yaml_text import parse_system


def seed_configurations(settings: RunSettings) -> list[SystemConfig]:
    """The seeds of a run, projected into its space, without duplicates.

    Raises:
        ConfigError: A seed is missing or invalid, or there is none at all.
    """
    seeds = {config.id: config for config in map(settings.space.project, _given(settings))}
    if not seeds:
        raise ConfigError("seeds: name at least one system to start from")
    return list(seeds.values())


def read_system(path: Path) -> SystemConfig:
    """The configuration that a system file describes.

    Raises:
        ConfigError: It cannot be read or is invalid.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    return parse_system(text, str(path))


def _given(settings: RunSettings) -> Iterator[SystemConfig]:
    seeds = settings.seeds
    for config in (*map(library.system, seeds.library or ()), *map(read_system, seeds.files)):
        if seeds.each_model:
            yield from _on_each_model(config, settings)
        else:
            yield config
    if seeds.archive:
        yield from _best_of(seeds.archive)


def _on_each_model(config: SystemConfig, settings: RunSettings) -> Iterator[SystemConfig]:
    """The system on the default model, and on each model of the space."""
    for model in (None, *settings.space.models):
        yield Draft.of(config).on(model).build()


def _best_of(seeds: ArchiveSeeds) -> list[SystemConfig]:
    with Reader.read(seeds.path) as archive:
        run = archive.run(seeds.run)
        evaluated = [standing for standing in archive.standings(run) if standing.evaluations]
        best = sorted(evaluated, key=lambda standing: -standing.mean)[: seeds.top]
        return [archive.candidate(run, standing.candidate).config for standing in best]
