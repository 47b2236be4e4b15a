"""Records are read back as they were added."""

from hypothesis import given, settings
from hypothesis import strategies as st

from archive.records import (
    Candidate,
    Decision,
    Parent,
    ProposalResult,
    Rollout,
    Run,
    Score,
    Standing,
    Step,
    TaskRecord,
    Trace,
    Usage,
)
from archive.store import Archive
from search_spaces.config import Agent, Edge, SystemConfig
from search_spaces.edits import diff

texts = st.text(max_size=30)
counts = st.integers(0, 10**12)
amounts = st.floats(0, 1e9)
usages = st.builds(
    Usage,
    calls=counts,
    prompt_tokens=counts,
    cached_prompt_tokens=counts,
    completion_tokens=counts,
    usd=st.none() | amounts,
    seconds=amounts,
)
steps = st.lists(
    st.builds(
        Step,
        agent=texts,
        round=st.integers(1, 9),
        sample=st.integers(0, 9),
        model=texts,
        text=texts,
        usage=usages,
    ),
    max_size=3,
).map(tuple)
traces = st.builds(
    Trace, answer=texts, steps=steps, usage=usages, failure=texts, rounds=st.integers(1, 9)
)
scores = st.builds(Score, value=st.floats(0, 1), feedback=texts)


@st.composite
def configs(draw: st.DrawFn) -> SystemConfig:
    prompts = draw(st.lists(texts, min_size=1, max_size=3))
    agents = tuple(Agent(name=f"a{place}", prompt=prompt) for place, prompt in enumerate(prompts))
    edges = tuple(
        Edge(source=f"a{place}", target=f"a{place + 1}") for place in range(len(agents) - 1)
    )
    return SystemConfig(name=draw(texts), agents=agents, edges=edges)


@st.composite
def candidates(draw: st.DrawFn) -> list[Candidate]:
    found: list[Candidate] = []
    for number in range(draw(st.integers(1, 4))):
        config = draw(configs())
        parents = draw(st.lists(st.sampled_from(found), max_size=2)) if found else []
        found.append(
            Candidate(
                number=number,
                config=config,
                operator=draw(texts),
                parents=tuple(
                    Parent(candidate=each.number, edits=diff(each.config, config))
                    for each in parents
                ),
                rationale=draw(texts),
                choices=draw(
                    st.dictionaries(texts, st.none() | texts | counts | amounts, max_size=2)
                ),
            )
        )
    return found


def fill(archive: Archive, run: Run, found: list[Candidate]) -> None:
    with archive.group():
        for candidate in found:
            archive.add_candidate(run, candidate)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.builds(
            Run,
            id=st.just(""),
            name=texts,
            seed=st.integers(-(2**63), 2**63 - 1),
            settings=texts,
            started=st.just(""),
        ),
        max_size=4,
    )
)
def test_runs(given_runs: list[Run]) -> None:
    with Archive.in_memory() as archive:
        made = [archive.create_run(run.name, run.seed, run.settings, []) for run in given_runs]
        assert archive.runs() == made
        assert len({run.id for run in made}) == len(made)
        for run in made:
            assert archive.run(run.id) == run


@settings(max_examples=40, deadline=None)
@given(candidates())
def test_candidates(found: list[Candidate]) -> None:
    with Archive.in_memory() as archive:
        run = archive.create_run("some", 0, "{}", [])
        fill(archive, run, found)
        assert archive.candidates(run) == found
        for candidate in found:
            assert archive.candidate(run, candidate.number) == candidate
        numbers = {each.number: tuple(p.candidate for p in each.parents) for each in found}
        assert archive.parents(run) == numbers


def decision_and_result(
    number: int, values: tuple[object, ...]
) -> tuple[Decision, Rollout | ProposalResult]:
    match values:
        case (Score() as score, Trace() as trace, purpose, at):
            pair = {"candidate": 0, "task": 0, "trial": number, "purpose": purpose, "at": at}
            fields = {"decision": number, "position": number, "score": score, "trace": trace}
            return (
                Decision.model_validate({"number": number, "after": 0, **pair}),
                Rollout.model_validate({**fields, **pair}),
            )
        case (given, reason):
            decision = Decision(number=number, purpose="propose", after=number, at=0.5)
            fields = {"decision": number, "position": number, "steps": given, "reason": reason}
            return decision, ProposalResult.model_validate(
                {"candidate": None, "outcome": "invalid", "at": 1.5, **fields}
            )
    raise AssertionError(values)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(scores, traces, st.sampled_from(["search", "confirm"]), amounts)
        | st.tuples(steps, texts),
        max_size=6,
    )
)
def test_decisions_and_results(found: list[tuple[object, ...]]) -> None:
    made = [decision_and_result(number, values) for number, values in enumerate(found)]
    decisions, results = [each for each, _ in made], [each for _, each in made]
    decisions.append(Decision(number=len(found), purpose="propose", after=len(found), at=0.5))
    with Archive.in_memory() as archive:
        run = archive.create_run("some", 0, "{}", [TaskRecord(number=0, id="t", split="train")])
        with archive.group():
            config = SystemConfig(agents=(Agent(name="a"),))
            archive.add_candidate(run, Candidate(number=0, config=config, operator="seed"))
            archive.add_decisions(run, decisions)
            for result in results:
                if isinstance(result, ProposalResult):
                    archive.add_proposal_result(run, result)
            archive.add_rollouts(run, [each for each in results if isinstance(each, Rollout)])
        assert archive.decisions(run) == decisions
        assert list(archive.results(run, traces=True)) == results
        assert list(archive.results(run, after=2, traces=True)) == results[3:]
        assert archive.decisions(run, pending=True) == decisions[-1:]
        times = {each.number: each.at for each in decisions}
        late = {result.decision: times[result.decision] for result in results[3:]}
        assert archive.decided_at(run, after=2) == late
        assert archive.results_seen(run) == len(results)
        assert archive.integrity() == []
        for result in results:
            if isinstance(result, Rollout):
                assert archive.trace(run, result.decision) == result.trace


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.builds(
            Standing,
            candidate=st.integers(0, 0),
            mean=st.floats(-1, 2),
            deviation=amounts,
            evaluations=counts,
            cost=st.none() | amounts,
        ),
        min_size=1,
        max_size=3,
    )
)
def test_the_last_standing_counts(standings: list[Standing]) -> None:
    with Archive.in_memory() as archive:
        run = archive.create_run("some", 0, "{}", [])
        fill(
            archive,
            run,
            [Candidate(number=0, config=SystemConfig(agents=(Agent(name="a"),)), operator="seed")],
        )
        for standing in standings:
            archive.put_standings(run, [standing])
        assert archive.standings(run) == standings[-1:]
