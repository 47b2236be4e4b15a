"""A search's state back from its archive: the last usable snapshot and the results since.

A running search and a restored one go through the same `SearchState.learn`, in the same order, so
they agree to the last bit.
"""

from collections.abc import Mapping
from typing import NamedTuple

from archive.reading import Reader
from archive.records import Birth, Candidate, Decision, Run
from evolve.ledger import Spend
from evolve.recall import Recall
from evolve.settings import RunSettings
from evolve.state import SearchState
from evolve.view import ArchiveView


class Restored(NamedTuple):
    """Where a search was when it ended.

    Attributes:
        decided: How many decisions had been made.
        pending: Those without a result, each with what a strategy was to see, if it is a proposal.
        resumes_at: When the run's clock goes on: when the oldest pending decision was made.
    """

    decided: int
    pending: Mapping[Decision, ArchiveView | None]
    resumes_at: float


def restore(
    archive: Reader, run: Run, settings: RunSettings, state: SearchState, *, replay: bool = False
) -> Restored:
    """Fills a fresh state with what a run learned.

    Args:
        archive: Where the run is.
        run: Which run.
        settings: Its settings.
        state: A state that has learned nothing.
        replay: Whether to learn everything again instead of starting from a snapshot.
    """
    candidates = archive.candidates(run)
    pending = archive.decisions(run, pending=True)
    views_at = {decision.after for decision in pending if decision.purpose == "propose"}
    snapshot = None if replay else archive.snapshot(run, min(views_at, default=None))
    if snapshot is not None:
        state.load(snapshot.body, candidates)
    else:
        for candidate in candidates:
            if candidate.operator == "seed":
                state.add(candidate)
    if lost := archive.spend(run).get("lost"):
        state.ledger.know("lost", Spend.of(lost, 0))
    views = _learn(archive, run, settings, state, candidates, views_at)
    for rollout in archive.rollouts(run, purpose="confirm"):
        state.confirmed[rollout.candidate, rollout.task] = rollout
    return Restored(
        decided=archive.taken(run) + len(pending),
        pending={
            decision: views[decision.after] if decision.purpose == "propose" else None
            for decision in pending
        },
        resumes_at=min([state.last_at, *(decision.at for decision in pending)]),
    )


def _learn(
    archive: Reader,
    run: Run,
    settings: RunSettings,
    state: SearchState,
    candidates: list[Candidate],
    views_at: set[int],
) -> dict[int, ArchiveView]:
    views: dict[int, ArchiveView] = {}
    recall = Recall(archive, run, state.tasks)
    decided_at = archive.decided_at(run, after=state.taken - 1)

    def keep_view() -> None:
        if state.taken in views_at:
            examples = recall.until(state.taken)
            views[state.taken] = state.view(settings.space, settings.objective, examples)

    keep_view()
    for result in archive.results(run, after=state.taken - 1):
        born = None
        if isinstance(result, Birth) and result.candidate == len(state.candidates):
            born = candidates[result.candidate]
        state.learn(result, born, decided_at[result.decision])
        keep_view()
    return views
