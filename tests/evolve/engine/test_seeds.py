"""Seeds: projected into the space, without duplicates, and on every model on request."""

from evolve.engine.seeds import seed_configurations
from search_spaces import library
from tests.evolve.runs import settings

NAMES = ["single", "critic_solver"]


def test_seeds_start_once_on_every_model() -> None:
    assert all(library.system(name).id for name in NAMES)  # known, and not those of the copies
    seeds = seed_configurations(settings(seeds={"library": NAMES, "each_model": True}))
    assert len({seed.id for seed in seeds}) == len(seeds) == 2 * 3
    models = [{agent.model for agent in seed.agents} for seed in seeds]
    assert all(len(each) == 1 for each in models)
    assert models.count({"medium"}) == models.count({"other"}) == models.count({None}) == 2


def test_seeds_start_as_they_are_unless_asked() -> None:
    assert len(seed_configurations(settings(seeds={"library": NAMES}))) == 2
