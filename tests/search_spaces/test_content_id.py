import itertools
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_spaces.canonical import canonical_order
from search_spaces.config import Agent, Answer, Demonstration, Edge, Stop, SystemConfig
from search_spaces.draft import Draft
from search_spaces.library import system
from search_spaces.yaml_text import parse_system
from tests.strategies import NAMES, examples, system_configs

ROOT = Path(__file__).parents[2]
TEAM = """
name: team
agents:
  - {name: writer, role: solver, temperature: 0.5, samples: 2}
  - {name: reader, prompt: "Read closely.\\nThen répondez.", model: large, max_tokens: 100}
  - {name: chooser, role: judge, demonstrations: [{question: a, answer: b}]}
edges:
  - {source: writer, target: reader}
  - {source: reader, target: writer, kind: feedback}
rounds: 3
stop: {rule: approved, by: reader}
answer: {mode: judge, by: chooser}
"""
GOLDEN = {
    "team": "ccc0b8d81cbc5d26",
    "single": "e7b4bd592380b7c1",
    "critic_solver": "c239ed97204e1dbf",
    "debate": "ded1acee8660c542",
    "mixture_of_agents": "13c205d06f2182d6",
}


def known(name: str) -> SystemConfig:
    return parse_system(TEAM, "team") if name == "team" else system(name)


@pytest.mark.parametrize("name", GOLDEN)
def test_ids_are_what_they_have_always_been(name: str) -> None:
    assert known(name).id == GOLDEN[name]


@pytest.mark.parametrize("seed", ["0", "1", "4242"])
def test_ids_are_the_same_in_every_process(seed: str) -> None:
    code = (
        "from tests.search_spaces.test_content_id import GOLDEN, known\n"
        "print(*(known(name).id for name in GOLDEN))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == list(GOLDEN.values())


@pytest.mark.full
@examples(80)
@given(system_configs(), st.permutations(NAMES), st.randoms(use_true_random=False))
def test_an_id_survives_renaming_reordering_and_labels(
    config: SystemConfig, names: list[str], rng: random.Random
) -> None:
    draft = Draft.of(config)
    draft.rename(dict(zip(NAMES, names, strict=True)))
    shuffled = list(draft.agents.items())
    rng.shuffle(shuffled)
    draft.agents = dict(shuffled)
    draft.name, draft.description = "another", "label"
    assert draft.build().id == config.id
    if not config.answer.sources:
        draft.answer_from(draft.sources)
        assert draft.build().id == config.id


@examples(25)
@given(system_configs())
def test_canonical_names_list_every_agent_once(config: SystemConfig) -> None:
    assert sorted(config.canonical_names) == sorted(agent.name for agent in config.agents)


def test_every_difference_in_behaviour_makes_another_id() -> None:
    def team(*edges: Edge, answer: Answer, **fields: Any) -> SystemConfig:
        agents = (Agent(name="a", role="x"), Agent(name="b"), Agent(name="c", samples=2))
        return SystemConfig(agents=agents, edges=edges, answer=answer, **fields)

    def edge(arrow: str, kind: str = "message") -> Edge:
        return Edge.model_validate({"source": arrow[0], "target": arrow[1], "kind": kind})

    vote = Answer(mode="vote")
    back = edge("ba", "feedback")
    configs = [
        *(
            SystemConfig(agents=(Agent.model_validate({"name": "a", **fields}),))
            for fields in (
                {},
                {"role": "x"},
                {"prompt": "x"},
                {"model": "x"},
                {"temperature": 0.0},
                {"temperature": 1.0},
                {"top_p": 1.0},
                {"max_tokens": 5},
                {"effort": "low"},
                {"samples": 2},
                {"weight": 2.0},
                {"demonstrations": (Demonstration(question="x", answer="y"),)},
                {"demonstrations": (Demonstration(question="y", answer="x"),)},
            )
        ),
        team(answer=vote),
        team(answer=Answer(mode="weighted_vote")),
        team(answer=Answer(mode="centroid")),
        team(answer=Answer(mode="judge", by="a")),
        team(answer=Answer(mode="judge", by="b")),
        team(answer=Answer(mode="summarise", by="b")),
        team(edge("ab"), answer=vote),
        team(edge("ba"), answer=vote),
        team(edge("ac"), answer=vote),
        team(edge("ab"), edge("bc"), answer=vote),
        team(edge("ab"), edge("bc"), answer=Answer()),
        team(edge("ab"), answer=Answer(mode="vote", sources=("a", "b", "c"))),
        team(edge("ab"), back, rounds=2, answer=vote),
        team(edge("ab"), back, rounds=3, answer=vote),
        team(edge("ab"), edge("ab", "feedback"), rounds=2, answer=vote),
        team(edge("ab", "feedback"), rounds=2, answer=vote),
        team(back, rounds=2, answer=vote),
        team(back, rounds=2, stop=Stop(rule="consensus"), answer=vote),
        team(back, rounds=2, stop=Stop(rule="approved", by="a"), answer=vote),
        team(back, rounds=2, stop=Stop(rule="approved", by="b"), answer=vote),
        team(edge("bb", "feedback"), rounds=2, answer=vote),
    ]
    ids = [config.id for config in configs]
    assert len(set(ids)) == len(ids)


def canonical(size: int, edges: dict[tuple[int, int], str]) -> tuple[tuple[int, int], ...]:
    place = {vertex: number for number, vertex in enumerate(canonical_order(["x"] * size, edges))}
    return tuple(sorted((place[source], place[target]) for source, target in edges))


def test_there_are_218_directed_graphs_on_four_vertices() -> None:
    # Sequence A000273 of the OEIS: 1, 3, 16, 218, 9608, …
    pairs = list(itertools.permutations(range(4), 2))
    graphs = (
        dict.fromkeys(chosen, "f")
        for count in range(len(pairs) + 1)
        for chosen in itertools.combinations(pairs, count)
    )
    assert len({canonical(4, edges) for edges in graphs}) == 218


def torus(steps: set[tuple[int, int]]) -> dict[tuple[int, int], str]:
    cells = list(itertools.product(range(4), repeat=2))
    return {
        (here, there): "f"
        for (here, a), (there, b) in itertools.permutations(enumerate(cells), 2)
        if ((a[0] - b[0]) % 4, (a[1] - b[1]) % 4) in steps
    }


ROOK = torus({(0, n) for n in (1, 2, 3)} | {(n, 0) for n in (1, 2, 3)})
SHRIKHANDE = torus({(0, 1), (0, 3), (1, 0), (3, 0), (1, 1), (3, 3)})


@pytest.mark.parametrize("edges", [ROOK, SHRIKHANDE], ids=["rook", "Shrikhande"])
def test_graphs_that_refinement_cannot_distinguish_keep_their_form(
    edges: dict[tuple[int, int], str],
) -> None:
    rng = random.Random(1)
    forms = {canonical(16, edges)}
    for _ in range(5):
        new = rng.sample(range(16), 16)
        forms.add(canonical(16, {(new[a], new[b]): kind for (a, b), kind in edges.items()}))
    assert len(forms) == 1


def test_strongly_regular_graphs_with_the_same_parameters_differ() -> None:
    assert len(ROOK) == len(SHRIKHANDE) == 96
    assert canonical(16, ROOK) != canonical(16, SHRIKHANDE)
