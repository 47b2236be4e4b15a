"""Restores the state of a search from its archive: the last snapshot and the results since.

A running search and a restored one go through the same `SearchState.observe`, in the same order, so
they agree to the last bit.
"""

from collections.abc import Mapping
from typing import NamedTuple

from archive.reading import Reader
from archive.records import Candidate, Decision, ProposalResult, Run
from evolve.budget.ledger import Spend
from evolve.engine import snapshot
from evolve.engine.state import SearchState
from evolve.engine.views import Views
from evolve.runfile.settings import RunSettings
from evolve.standings.view import ArchiveView


class Restored(NamedTuple):
    """The progress of an interrupted search.

    Attributes:
        decided: The number of decisions made.
        pending: The decisions without a result; a proposal with its view for the strategy.
        resumes_at: The time at which the run's clock continues: that of the oldest pending
            decision.
    """

    decided: int
    pending: Mapping[Decision, ArchiveView | None]
    resumes_at: float


def restore(
    archive: Reader, run: Run, settings: RunSettings, state: SearchState, *, replay: bool = False
) -> Restored:
    """Restores the results of a run into a fresh state.

    Args:
        archive: Holds the run.
        run: The run.
        settings: Its settings.
        state: A state without candidates and results.
        replay: Whether to observe everything again instead of starting from a snapshot.
    """
    candidates = archive.candidates(run)
    pending = archive.decisions(run, pending=True)
    views_at = {decision.after for decision in pending if decision.purpose == "propose"}
    saved = None if replay else archive.snapshot(run, min(views_at, default=None))
    if saved is not None:
        snapshot.load(state, saved.body, candidates)
    else:
        for candidate in candidates:
            if candidate.operator == "seed":
                state.add(candidate)
    if lost := archive.spend(run).get("lost"):
        state.ledger.know("lost", Spend.of(lost, 0))
    views = _observe(archive, run, settings, state, candidates, views_at)
    for rollout in archive.rollouts(run, purpose="confirm"):
        state.confirmed[rollout.candidate, rollout.task] = rollout
    return Restored(
        decided=archive.results_seen(run) + len(pending),
        pending={
            decision: views[decision.after] if decision.purpose == "propose" else None
            for decision in pending
        },
        resumes_at=min([state.last_at, *(decision.at for decision in pending)]),
    )


def _observe(
    archive: Reader,
    run: Run,
    settings: RunSettings,
    state: SearchState,
    candidates: list[Candidate],
    views_at: set[int],
) -> dict[int, ArchiveView]:
    views: dict[int, ArchiveView] = {}
    seen = Views(state, settings, archive, run)
    decided_at = archive.decided_at(run, after=state.results_seen - 1)

    controls = {look.after: look.controls for look in archive.looks(run)}

    def catch_up() -> None:
        """Adds the controls that were made after as many results, and keeps a view."""
        for control in controls.get(state.results_seen, ()):
            if control.candidate == len(state.candidates):
                state.add(candidates[control.candidate])
        if state.results_seen in views_at:
            views[state.results_seen] = seen.now()

    catch_up()
    for result in archive.results(run, after=state.results_seen - 1):
        added = None
        if isinstance(result, ProposalResult) and result.candidate == len(state.candidates):
            added = candidates[result.candidate]
        state.observe(result, added, decided_at[result.decision])
        catch_up()
    return views
