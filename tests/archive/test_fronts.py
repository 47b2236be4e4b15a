"""Best, Pareto front and elites, as properties of any standings."""

from hypothesis import given
from hypothesis import strategies as st

from archive import fronts
from archive.records import Standing

levels = st.integers(0, 10).map(lambda level: level / 10)


@st.composite
def standings(draw: st.DrawFn) -> list[Standing]:
    drawn = draw(
        st.lists(st.tuples(levels, st.none() | levels, st.integers(0, 2)), min_size=0, max_size=8)
    )
    return [
        Standing(candidate=number, mean=mean, deviation=0.1, evaluations=evaluations, cost=cost)
        for number, (mean, cost, evaluations) in enumerate(drawn)
    ]


def feasible(found: list[Standing], cap: float | None) -> list[Standing]:
    return [
        standing
        for standing in found
        if standing.evaluations
        and (cap is None or (standing.cost is not None and standing.cost <= cap))
    ]


@given(standings(), st.none() | levels, st.sampled_from([0.0, 0.1, 0.25]))
def test_no_feasible_candidate_beats_the_best(
    found: list[Standing], cap: float | None, epsilon: float
) -> None:
    best = fronts.best(found, cap, epsilon)
    others = feasible(found, cap)
    if best is None:
        assert others == []
        return
    assert best in others
    assert all(other.mean <= best.mean + epsilon + 1e-12 for other in others)
    top = max(other.mean for other in others)
    tied = [other for other in others if other.mean >= top - epsilon]
    known = [other.cost for other in tied if other.cost is not None]
    assert best.cost == min(known, default=None)


def test_ties_are_broken_by_cost_and_never_the_other_way_round() -> None:
    costly = Standing(candidate=0, mean=0.81, deviation=0.1, evaluations=5, cost=0.9)
    cheap = Standing(candidate=1, mean=0.8, deviation=0.1, evaluations=5, cost=0.1)
    cheapest = Standing(candidate=2, mean=0.5, deviation=0.1, evaluations=5, cost=0.01)
    unknown = Standing(candidate=3, mean=0.99, deviation=0.1, evaluations=5, cost=None)
    assert fronts.best([costly, cheap, cheapest], epsilon=0.02) == cheap
    assert fronts.best([costly, cheap, cheapest], epsilon=0.001) == costly
    assert fronts.best([costly, unknown], cost_at_most=10.0) == costly
    assert fronts.best([costly, unknown]) == unknown
    assert fronts.best([unknown], cost_at_most=10.0) is None
    assert fronts.best([]) is None


def dominates(a: Standing, b: Standing) -> bool:
    def cost(standing: Standing) -> float:
        return float("inf") if standing.cost is None else standing.cost

    at_least = a.mean >= b.mean and cost(a) <= cost(b)
    return at_least and (a.mean > b.mean or cost(a) < cost(b))


@given(standings())
def test_the_front_is_the_undominated_candidates(found: list[Standing]) -> None:
    front = fronts.pareto(found)
    evaluated = feasible(found, None)
    assert not any(dominates(a, b) for a in evaluated for b in front)
    for standing in evaluated:
        twin = any((a.mean, a.cost) == (standing.mean, standing.cost) for a in front)
        assert twin or any(dominates(a, standing) for a in front)
    assert len({(a.mean, a.cost) for a in front}) == len(front)


@given(standings(), st.none() | levels)
def test_elites_are_the_best_of_their_niche(found: list[Standing], cap: float | None) -> None:
    niches = {standing.candidate: standing.candidate % 3 for standing in found[:-1]}
    elites = fronts.elites(found, niches, cap)
    for niche in range(3):
        members = [s for s in found if niches.get(s.candidate) == niche]
        assert elites.get(niche) == fronts.best(members, cap)
