"""A match: one search with one seed, and its result."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import Field

from archive.fronts import pareto
from archive.records import ProposalResult
from archive.shared_replies import SharedReplies
from evolve.engine.run import start
from evolve.errors import StoppedError
from evolve.lab.arena.calls import MatchArchive
from evolve.lab.arena.contestants import Contestant, Terms, settings_for
from evolve.lab.arena.incumbents import incumbents
from evolve.lab.arena.truth import Measured, Truth
from evolve.models.cache import CallCache
from evolve.standings.one_thread import one_thread
from search_spaces.frozen import Frozen

CALLS = "calls.db"
"""The file of replies that the matches of an arena share, in its folder."""

TRUTHS = "truths"
"""The folder of true scores, in that of an arena."""


class Step(Frozen):
    """The true score of the incumbent from some share of the budget on."""

    share: float
    score: float
    config: str = Field(description="Its content id.")


class Match(Frozen):
    """The result of one search; scores are those on sealed tasks."""

    landscape: str
    contestant: str
    seed: int
    steps: tuple[Step, ...]
    final: float = Field(description="The score of the system that it ended with.")
    start: float = Field(description="The score of the best seed.")
    agents: int = Field(description="The number of agents of that system.")
    candidates: int
    proposals: int
    invalid: int = Field(description="Proposals without a new candidate, or with a replaced one.")
    usd: float | None
    evaluations: int
    ended: str
    front: tuple[Measured, ...] = Field(
        default=(), description="Its front of true accuracy and cost."
    )
    cost_at_most: float | None = Field(default=None, description="The landscape's own cost limit.")
    calls_made: int = Field(
        default=0, description="Calls of real models, those that score systems included."
    )
    calls_saved: int = Field(
        default=0, description="Calls that were answered by those of earlier matches, for free."
    )


@one_thread()
def play(landscape: str, contestant: Contestant, seed: int, terms: Terms, folder: Path) -> Match:
    """Runs one search and scores what it found.

    Args:
        landscape: A run file, or a shipped one's name.
        contestant: The contestant.
        seed: The seed of the search.
        terms: The terms that are equal for all contestants.
        folder: The arena's, with its caches of true scores and of calls.

    Raises:
        StoppedError: The search was stopped.
        EvolveError: The search cannot start, or a model does not answer.
    """
    settings = settings_for(landscape, contestant, seed, terms)
    with MatchArchive.sharing(SharedReplies(folder / CALLS)) as archive:
        result = start(settings, archive)
        if result.stopped:
            raise StoppedError("stopped; the matches played so far are kept: start it again")
        run = archive.run()
        truth = Truth(settings, terms, folder / TRUTHS, CallCache(archive, run).wrap)
        candidates = archive.candidates(run)
        steps = [
            Step(share=each.share, score=truth.of(config), config=config.id)
            for each in incumbents(archive, run)
            for config in [candidates[each.candidate].config]
        ]
        winner = candidates[0] if result.winner is None else result.winner
        seeds = [each for each in candidates if each.operator == "seed"]
        proposal_results = [
            each for each in archive.results(run) if isinstance(each, ProposalResult)
        ]
        spent = list(result.spend.values())
        front = pareto(archive.standings(run)) if terms.fronts else []
        return Match(
            landscape=landscape,
            contestant=contestant.name,
            seed=seed,
            steps=tuple(steps),
            final=truth.of(winner.config),
            start=max(truth.of(each.config) for each in seeds),
            agents=len(winner.config.agents),
            candidates=len(candidates),
            proposals=len(proposal_results),
            invalid=_invalid(proposal_results),
            usd=None if any(each.usd is None for each in spent) else sum(s.usd or 0 for s in spent),
            evaluations=sum(each.evaluations for each in spent),
            ended=result.ended.value,
            front=tuple(truth.measured(candidates[each.candidate].config) for each in front),
            cost_at_most=settings.objective.cost_at_most,
            # Read last, because scoring systems calls models, too.
            calls_made=archive.calls_made,
            calls_saved=archive.calls_saved,
        )


def _invalid(proposal_results: Sequence[ProposalResult]) -> int:
    """Counts proposals without a new candidate, or replaced by a random operator's."""
    return sum(
        each.outcome in ("known", "invalid") or (each.outcome == "added" and each.reason != "")
        for each in proposal_results
    )
