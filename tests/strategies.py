"""Hypothesis strategies for configurations, spaces and choices."""

from random import Random

from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from search_spaces.config import (
    Agent,
    Answer,
    AnswerMode,
    Delegation,
    Demonstration,
    Edge,
    Stop,
    SystemConfig,
)
from search_spaces.graph import reaching, sinks
from search_spaces.library import fragments, roles
from search_spaces.space import SearchSpace
from search_spaces.topologies import TOPOLOGIES
from search_spaces.wiring import EdgeKind

MODES: tuple[AnswerMode, ...] = (
    "last",
    "vote",
    "weighted_vote",
    "judge",
    "summarise",
    "centroid",
)
TOOLS = ("calculator", "python")
NAMES = ("alice", "bob", "carol", "dave", "erin", "frank", "grace_2", "heidi", "ivan_10", "judy")

SCORE = "score: 0.5, -1, 0, 0.25, 1, 0"

titles = st.sampled_from([role.title for role in roles().values()] + ["", "oracle", "Schöngeist"])
lines = st.one_of(
    st.sampled_from([fragment.text for fragment in fragments().values()]),
    st.sampled_from([role.prompt for role in roles().values()]),
    st.text(max_size=30),
)
prompts = st.lists(lines, max_size=4).map("\n".join)
demonstrations = st.builds(
    Demonstration,
    question=st.sampled_from(["1+1", "2+2", "3+3", "4+4"]) | st.text(max_size=8),
    answer=st.sampled_from(["2", "4"]) | st.text(max_size=8),
    source=st.sampled_from(["", "", "train-1"]),
)
generators = st.integers(0, 2**32).map(Random)


@st.composite
def agents(draw: st.DrawFn, name: str, tools: tuple[str, ...] = TOOLS) -> Agent:
    """An agent with any role, prompt, model and parameters."""
    return Agent(
        name=name,
        role=draw(titles),
        prompt=draw(prompts),
        model=draw(st.sampled_from([None, None, "small", "large"])),
        temperature=draw(st.none() | st.floats(0, 2)),
        top_p=draw(st.none() | st.floats(0.1, 1)),
        max_tokens=draw(st.none() | st.integers(1, 5000)),
        effort=draw(st.sampled_from([None, None, "low", "high"])),
        samples=draw(st.integers(1, 6)),
        weight=draw(st.sampled_from([1.0, 0.5, 2.0])),
        demonstrations=tuple(draw(st.lists(demonstrations, max_size=4))),
        tools=tuple(draw(st.just([]) | _some(tools))) if tools else (),
        memory=draw(st.sampled_from([None, None, "own", "shared"])),
    )


@st.composite
def system_configs(
    draw: st.DrawFn, max_agents: int = 6, tools: tuple[str, ...] = TOOLS
) -> SystemConfig:
    """Any working system of up to that many agents, made without the code under test."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=max_agents, unique=True))
    mode = draw(st.sampled_from(MODES))
    maker = names[-1] if mode in ("judge", "summarise") and len(names) > 1 else None
    if maker is None and mode in ("judge", "summarise"):
        mode = "vote"
    members = [name for name in names if name != maker]
    below = (
        set(draw(st.just([]) | st.lists(st.sampled_from(members[:-1]), unique=True)))
        if len(members) > 1
        else set()
    )
    workers = [name for name in members if name not in below]
    forward = [(a, b) for i, a in enumerate(workers) for b in workers[i + 1 :]]
    messages = set(draw(st.lists(st.sampled_from(forward), unique=True)) if forward else [])
    every = [(a, b) for a in workers for b in workers]
    feedback = set(draw(st.just([]) | st.lists(st.sampled_from(every), unique=True, max_size=6)))
    sources = draw(st.lists(st.sampled_from(workers), unique=True))
    if mode == "last":
        sources = [draw(st.sampled_from(workers))]
    unheard = [pair for pair in forward if pair[0] not in sources]
    routes = set(
        draw(st.just([]) | st.lists(st.sampled_from(unheard), unique=True, max_size=4))
        if unheard
        else []
    )
    deciding = {source for source, _ in routes}
    flow = messages | routes
    heard = reaching(sources or sinks(workers, flow), flow | feedback)
    lost = [name for name in workers if name not in heard]
    if mode == "last":
        feedback |= {(name, sources[0]) for name in lost}
    else:
        sources += [name for name in lost if name not in deciding]
    rounds = draw(st.integers(2, 4)) if feedback else 1
    rule = draw(st.sampled_from(["never", "consensus", "approved"])) if rounds > 1 else "never"
    delegates = draw(_delegates(workers, sorted(below)))
    others = [*_edges(delegates, "delegate"), *draw(_routes(routes))]
    drawn = {name: draw(agents(name, tools)) for name in names}
    return SystemConfig(
        name=draw(st.text(max_size=5)),
        agents=tuple(drawn[name] for name in draw(st.permutations(names))),
        edges=(*_edges(messages, "message"), *_edges(feedback, "feedback"), *others),
        rounds=rounds,
        stop=Stop(
            rule=rule,
            by=draw(st.sampled_from([name for name in workers if name not in deciding]))
            if rule == "approved"
            else None,
        ),
        answer=Answer(mode=mode, sources=tuple(sources), by=maker),
        delegation=Delegation(turns=draw(st.integers(1, 4)), calls=draw(st.integers(1, 9)))
        if delegates
        else Delegation(),
    )


@st.composite
def _delegates(draw: st.DrawFn, workers: list[str], below: list[str]) -> set[tuple[str, str]]:
    """Somebody who may ask each of those below: a worker, or one of them before it."""
    return {
        (draw(st.sampled_from([*workers, *below[:place]])), name)
        for place, name in enumerate(below)
    }


@st.composite
def _routes(draw: st.DrawFn, pairs: set[tuple[str, str]]) -> list[Edge]:
    """Routes with any conditions, of which each router has one that is open when no rule holds."""
    conditions = st.sampled_from(["", "else", "task: one, many", "output: Yes!", SCORE])
    edges = [
        Edge(source=source, target=target, kind="route", when=draw(conditions))
        for source, target in sorted(pairs)
    ]
    certain = {edge.source for edge in edges if edge.when[:4] not in ("task", "outp")}
    return [
        edge if edge.source in certain else edge.model_copy(update={"when": "else"})
        for edge in edges
    ]


def _edges(pairs: set[tuple[str, str]], kind: EdgeKind) -> list[Edge]:
    return [Edge(source=source, target=target, kind=kind) for source, target in pairs]


def _ranges(low: int, high: int) -> st.SearchStrategy[list[int]]:
    return st.tuples(st.integers(low, high), st.integers(low, high)).map(sorted)


def _some(options: tuple[str, ...], least: int = 0) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(options), min_size=least, unique=True)


@st.composite
def search_spaces(draw: st.DrawFn) -> SearchSpace:
    """Any search space that holds something, from the default to very narrow ones."""
    fields = {
        "models": _some(("small", "large")),
        "tools": _some(TOOLS),
        "roles": _some(tuple(roles())),
        "fragments": _some(tuple(fragments())),
        "agents": _ranges(1, 7),
        "rounds": _ranges(1, 4),
        "samples": _ranges(1, 4),
        "temperature": st.sampled_from([[0, 1], [0.3, 0.3], 0.7, [0.5, 2]]),
        "max_tokens": st.sampled_from([[100, 4000], 256]),
        "efforts": _some(("low", "medium", "high")),
        "edges": _some(("message", "feedback", "delegate", "route")),
        "delegation_turns": _ranges(1, 5),
        "delegation_calls": _ranges(1, 10),
        "route_words": _some(("one", "how many", "x")),
        "memories": _some(("own", "shared")),
        "modules": _some(("planning", "reasoning", "tool_use", "memory")),
        "topologies": _some(tuple(TOPOLOGIES), 1),
        "answers": _some(MODES, 1),
        "stops": _some(("never", "consensus", "approved"), 1),
        "prompt_characters": st.integers(200, 500),
        "max_demonstrations": st.integers(0, 3),
        "demonstrations": st.lists(demonstrations, max_size=4),
    }
    chosen = draw(st.lists(st.sampled_from(sorted(fields)), unique=True))
    written = {field: draw(fields[field]) for field in chosen}
    try:
        return SearchSpace.model_validate(written)
    except ValidationError:
        assume(False)
        raise


def examples(count: int) -> settings:
    """Hypothesis settings for a property that is tried that often."""
    slow = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    return settings(max_examples=count, deadline=None, suppress_health_check=slow)
