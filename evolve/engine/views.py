"""Copies of a search's state for strategies, which do not change when the search continues."""

from collections.abc import Mapping

from archive.reading import Reader
from archive.records import Run
from evolve.engine.examples import SearchExamples
from evolve.engine.state import SearchState
from evolve.runfile.settings import RunSettings
from evolve.standings.view import ArchiveView, CostCheck, no_cost_limit


class Views:
    """Makes the views of one search."""

    def __init__(
        self, state: SearchState, settings: RunSettings, archive: Reader, run: Run
    ) -> None:
        """Keeps what views are made from.

        Args:
            state: The state of the search.
            settings: The space and the objective.
            archive: Holds the rollouts that are read when a strategy asks for examples.
            run: The run.
        """
        self._state = state
        self._space = settings.space
        self._objective = settings.objective
        self._examples = SearchExamples(archive, run, state.tasks)
        self._features: dict[int, Mapping[str, float]] = {}

    def now(self) -> ArchiveView:
        """The view as of the last result seen."""
        state, standings = self._state, self._state.standings
        return ArchiveView(
            space=self._space,
            objective=self._objective,
            candidates=tuple(state.candidates),
            mean=standings.mean.copy(),
            deviation=standings.deviation.copy(),
            cost=standings.cost.copy(),
            evaluations=standings.evaluations.copy(),
            scores=standings.scores,
            spent=state.consumption.spent,
            progress=state.ledger.share,
            examples=self._examples.until(state.results_seen),
            known_features=self._features,
            exceeds_cost=self._cost_check(),
        )

    def _cost_check(self) -> CostCheck:
        """A check of children against the cost limit, with the costs observed up to now."""
        most = self._objective.cost_at_most
        if most is None:
            return no_cost_limit
        costs, listed = self._state.standings.costs.copy(), self._state.list_price
        return lambda config, parents: costs.lower_bound(parents, listed(config)) > most
