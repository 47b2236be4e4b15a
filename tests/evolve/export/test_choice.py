"""The provenance of an exported candidate."""

from archive.controls import ComparedControl, ControlResult
from archive.records import Candidate, Confirmation
from archive.store import Archive
from evolve.export.choice import choose
from evolve.runfile.settings import as_json
from search_spaces import library
from tests.evolve.runs import settings


def test_a_winner_names_its_gains_over_the_seed_and_over_tested_controls() -> None:
    result = ControlResult(
        tasks=9, mean=0.7, interval=(0.5, 0.9), difference=0.05, difference_interval=(-0.1, 0.2),
        cost=None,
    )  # fmt: skip
    confirmation = Confirmation(
        winner=1, seed=0, tasks=9, mean=0.75, interval=(0.6, 0.9), seed_mean=0.5,
        seed_interval=(0.4, 0.6), difference=0.25, difference_interval=(0.1, 0.4), cost=None,
        seed_cost=None, looks=1,
        controls=(
            ComparedControl(kind="single", candidate=2, votes=4, tested=result),
            ComparedControl(kind="model", candidate=3, model="large"),
        ),
    )  # fmt: skip
    with Archive.in_memory() as archive:
        run = archive.create_run("run", 0, as_json(settings()), [])
        for number, name in enumerate(("single", "critic_solver")):
            config = library.system(name)
            archive.add_candidate(run, Candidate(number=number, config=config, operator="seed"))
        archive.add_confirmation(run, confirmation)
        lines = choose(archive, run, "1").provenance
        assert lines[-2].endswith("+25.0 points [+10.0 to +40.0] over the best seed.")
        votes = "one agent with 4 votes at the same cost"
        assert lines[-1] == f"+5.0 points [-10.0 to +20.0] over {votes}."
        assert "over" not in " ".join(choose(archive, run, "0").provenance)
