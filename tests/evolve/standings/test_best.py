"""The best candidate of a run: the confirmed winner once it is finished."""

import pytest

from archive.records import Run
from archive.store import Archive
from evolve.api.finding import find
from evolve.engine.run import start
from evolve.export.choice import choose
from evolve.report.page.content import PageContent
from evolve.standings.best import best_of
from tests.evolve.runs import settings


@pytest.mark.full
def test_the_best_of_a_finished_run_is_the_winner_that_it_confirmed() -> None:
    with Archive.in_memory() as archive:
        result = start(settings(), archive)
        run, winner = archive.run(), result.winner
        (confirmation,) = archive.confirmations(run)
        assert winner is not None
        assert confirmation.winner == winner.number
        known = [each.candidate for each in archive.standings(run)]
        other = next(number for number in known if number != winner.number)
        archive.add_confirmation(run, confirmation.model_copy(update={"winner": other}))
        assert _best(archive, run) == other
        assert choose(archive, run).candidate.number == other
        assert PageContent(archive, run).data()["best"] == other
        assert find(archive, run, settings().tasks.file).best.number == other
        searching = archive.set_status(run, "running")
        assert _best(archive, searching) == winner.number, "until it confirms anew"


def _best(archive: Archive, run: Run) -> int | None:
    best = best_of(archive, run)
    return None if best is None else best.candidate
