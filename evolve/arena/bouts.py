"""One search with one seed, and what came of it."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import Field

from archive.fronts import pareto
from archive.records import Birth
from archive.store import Archive
from evolve.arena.contestants import Contestant, Terms, settings_for
from evolve.arena.incumbents import incumbents
from evolve.arena.truth import Measured, Truth
from evolve.arithmetic import one_thread
from evolve.errors import StoppedError
from evolve.run import start
from evolve.state import NOTHING_TO_PROPOSE, WOULD_NOT_FIT
from search_spaces.frozen import Frozen


class Step(Frozen):
    """From some share of the budget on, a system with that true score stood best."""

    share: float
    score: float
    config: str = Field(description="Its content id.")


class Bout(Frozen):
    """What came of one search; scores are those on sealed tasks."""

    landscape: str
    contestant: str
    seed: int
    steps: tuple[Step, ...]
    final: float = Field(description="The score of the system that it ended with.")
    start: float = Field(description="The score of the best seed.")
    agents: int = Field(description="How many agents that system has.")
    candidates: int
    proposals: int
    invalid: int = Field(description="Proposals that came to nothing new, or had to be replaced.")
    usd: float | None
    evaluations: int
    ended: str
    front: tuple[Measured, ...] = Field(
        default=(), description="Its front of accuracy and cost, as it truly is."
    )
    cost_at_most: float | None = Field(default=None, description="The landscape's own limit.")


@one_thread()
def fight(landscape: str, contestant: Contestant, seed: int, terms: Terms, truths: Path) -> Bout:
    """Searches once and looks at what was found.

    Args:
        landscape: A run file, or a shipped one's name.
        contestant: Who searches.
        seed: Of everything random in it.
        terms: What is the same for everybody.
        truths: Where true scores are kept.

    Raises:
        StoppedError: Somebody stopped it.
        EvolveError: The search cannot start, or a model does not serve.
    """
    settings = settings_for(landscape, contestant, seed, terms)
    truth = Truth(settings, terms, truths)
    with Archive.in_memory() as archive:
        result = start(settings, archive)
        if result.stopped:
            raise StoppedError("stopped; the bouts fought so far are kept, start it again to go on")
        run = archive.run()
        everyone = archive.candidates(run)
        steps = [
            Step(share=each.share, score=truth.of(config), config=config.id)
            for each in incumbents(archive, run)
            for config in [everyone[each.candidate].config]
        ]
        winner = everyone[0] if result.winner is None else result.winner
        seeds = [each for each in everyone if each.operator == "seed"]
        births = [each for each in archive.results(run) if isinstance(each, Birth)]
        spent = list(result.spend.values())
        front = pareto(archive.standings(run)) if terms.fronts else []
        return Bout(
            landscape=landscape,
            contestant=contestant.name,
            seed=seed,
            steps=tuple(steps),
            final=truth.of(winner.config),
            start=max(truth.of(each.config) for each in seeds),
            agents=len(winner.config.agents),
            candidates=len(everyone),
            proposals=len(births),
            invalid=_invalid(births),
            usd=None if any(each.usd is None for each in spent) else sum(s.usd or 0 for s in spent),
            evaluations=sum(each.evaluations for each in spent),
            ended=result.ended,
            front=tuple(truth.measured(everyone[each.candidate].config) for each in front),
            cost_at_most=settings.objective.cost_at_most,
        )


def _invalid(births: Sequence[Birth]) -> int:
    """Proposals that made nothing new, or for which a random operator had to stand in."""
    excused = ("", NOTHING_TO_PROPOSE, WOULD_NOT_FIT)
    return sum(each.reason not in excused for each in births)
