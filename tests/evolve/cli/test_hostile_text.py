"""Hostile files and replies: one clear line, or a scored failure."""

import json
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.reading import Reader
from evolve.errors import TaskError
from evolve.runfile.settings import read_settings
from evolve.tasks.files import TaskSettings
from search_spaces.errors import ConfigError
from search_spaces.yaml_text import parse_system
from tests.evolve.cli.commands import Completed, begin, end, is_one_clear_line
from tests.evolve.cli.endpoints import KEY, project, serving
from tests.evolve.models.openai.fake_endpoint import completion, says, sends
from tests.strategies import examples

ESCAPES = "\x1b]0;owned\x07\x1b[2J\x1b[31m[bold]evil[/bold][link=x]\x9b2J :bomb: \u202e"
LAUGHS = "a: &a [lol, lol]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
LONG = 10_000_000


# Any file at all

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=8,
)
TASK = {"question": "What is 1 + 1?", "answer": "2", "split": "test"}


def fails_in_one_line(do: Callable[[], object], *kinds: type[Exception]) -> None:
    """Fails if something neither works nor ends in one clear line."""
    try:
        do()
    except kinds as error:
        shown = str(error)
        assert shown
        assert len(shown) < 2_000
        assert "\n" not in shown


@st.composite
def spoiled(draw: st.DrawFn, values: dict[str, Any]) -> dict[str, Any]:
    """Values of which one or two, anywhere in them, are replaced or have something beside them."""
    made: dict[str, Any] = json.loads(json.dumps(values))
    for _ in range(draw(st.integers(1, 2))):
        place: Any = made
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = draw(st.sampled_from(keys) if keys else st.just("new"))
            below = place[key] if keys else None
            if not (isinstance(below, dict | list) and below and draw(st.booleans())):
                break
            place = below
        if isinstance(place, dict) and draw(st.integers(0, 4)) == 0:
            key = draw(st.text(max_size=8))
        if keys or isinstance(place, dict):
            place[key] = draw(plain)
    return made


SYSTEM = {
    "agents": [{"name": "a", "samples": 2}, {"name": "b", "temperature": 0.5}],
    "edges": [{"source": "a", "target": "b"}, {"source": "b", "target": "a", "kind": "feedback"}],
    "rounds": 2,
    "answer": {"mode": "last", "sources": ["b"]},
}
RUN = {
    "tasks": {"file": "t.jsonl", "scorer": "numeric", "splits": {"validation": 0.5, "test": 0.5}},
    "models": {"m": {"scripted": {"script": {"": "4"}}}},
    "space": {"agents": [1, 2], "rounds": [1, 2], "models": ["m"]},
    "seeds": {"library": ["single"]},
    "allocator": {"racing": {"z": 1.5}},
    "budget": {"evaluations": 9},
    "order": {"ticket": {"lag": 2}},
}


@pytest.mark.full
@given(spoiled(SYSTEM))
@examples(150)
def test_any_system_file_is_read_or_refused(values: dict[str, Any]) -> None:
    fails_in_one_line(lambda: parse_system(json.dumps(values), "system.yaml"), ConfigError)


@pytest.mark.full
@given(spoiled(RUN))
@examples(150)
def test_any_run_file_is_read_or_refused(values: dict[str, Any]) -> None:
    fails_in_one_line(lambda: read_settings(json.dumps(values), "run.yaml", Path()), ConfigError)


@given(
    st.binary(max_size=60)
    | st.lists(spoiled(TASK) | plain, max_size=6).map(
        lambda rows: "\n".join(map(json.dumps, rows)).encode(errors="replace")
    )
    | st.lists(spoiled(TASK), max_size=6).map(lambda rows: json.dumps(rows).encode())
    | st.text('",\n\r ab', max_size=40).map(lambda text: b"question,answer\n" + text.encode()),
    st.sampled_from([".jsonl", ".json", ".csv", ".jsonl.gz"]),
    st.sampled_from(["question", "question.a", "{question} {question}"]),
)
@examples(150)
def test_any_task_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, ending: str, field: str
) -> None:
    file = tmp_path_factory.getbasetemp() / f"any{ending}"
    file.write_bytes(content)
    settings = TaskSettings(file=file, input=field)
    fails_in_one_line(lambda: settings.load(0), TaskError)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (LAUGHS, "the anchor 'a'"),
        ("[" * 100_000, "nested more than 64 levels deep"),
        ("agents: " + "x" * 2_000_000, "2,000,008 characters, more than the 1,000,000"),
        ("agents: !!python/object/apply:os.system ['touch made']", "only plain values are read"),
        (f"agents: [{{name: '{ESCAPES}'}}]", "control characters are not allowed"),
    ],
    ids=["laughs", "deep", "long", "tag", "escapes"],
)
def test_a_bomb_is_no_system(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_system(text, "bomb.yaml")
    assert message in str(caught.value)


def test_aliases_in_a_run_file_cost_no_memory() -> None:
    with pytest.raises(ConfigError, match="this key is required") as caught:
        read_settings(LAUGHS, "run.yaml", None)
    assert len(str(caught.value)) < 500


# Any reply at all, in a process with little memory

REPLIES: dict[str, str] = {
    "escapes": f"{ESCAPES} Answer: {ESCAPES}",
    "long": "A" * LONG,
    "long answer": "Answer: " + "( " * (LONG // 2),
    "many answers": "Answer:\n" * (LONG // 8),
    "fences": "```json\n" * (LONG // 8),
    "deep": "[" * 1_000_000,
    "deep edits": '{"edits":' * 300_000,
    "laughs": f"```yaml\n{LAUGHS}```",
    "tag": "!!python/object/apply:os.system ['touch made']\nAnswer: __import__('os').mkdir('made')",
}
MEMORY = 3 * 1024**3
"""Bytes of address space, most of which libraries reserve without using it."""


def bounded(folder: Path, *words: str) -> Completed:
    """Runs `evolve` in a process that is given little memory."""
    process = begin(*words, folder=folder, OPENAI_API_KEY=KEY)
    resource.prlimit(process.pid, resource.RLIMIT_AS, (MEMORY, MEMORY))
    return end(process)


def hostile_run(folder: Path, url: str) -> None:
    project(
        folder,
        url,
        strategy={"reflective": {"model": "m"}},
        allocator={"uniform": {"tasks": 4}},
        budget={"evaluations": 24},
        confirm={"tasks": 2},
        space={"models": ["m"], "agents": [1, 2], "rounds": 2, "tools": []},
        seeds={"library": ["single"]},
    )


@pytest.mark.full
def test_hostile_replies_are_scored_failures(tmp_path: Path) -> None:
    with serving(*map(says, REPLIES.values()), then=says(REPLIES["escapes"])) as endpoint:
        hostile_run(tmp_path, endpoint.url)
        result = bounded(tmp_path, "run", "run.yaml")
        assert len(endpoint.requests) > len(REPLIES)
    assert result.code == 0, result
    results = [
        result,
        *(bounded(tmp_path, "archive", *words) for words in (["list"], ["show", "0"])),
    ]
    for each in results:
        assert each.code == 0, each
        assert "Traceback" not in each.err
        steers = [letter for letter in each.out + each.err if letter < " " and letter != "\n"]
        assert not steers
        assert "\x9b" not in each.out + each.err
    assert not (tmp_path / "made").exists()
    with Reader.read(tmp_path / "evolve.db") as archive:
        assert archive.integrity() == []
        scores = [rollout.score.value for rollout in archive.rollouts(archive.run())]
    assert len(scores) > 5
    assert not any(scores)


@pytest.mark.full
@pytest.mark.parametrize(
    "body",
    [
        pytest.param('{"a":' * 1_000_000, id="deep"),
        pytest.param(json.dumps(completion("x" * 40_000_000)), id="larger than any answer"),
    ],
)
def test_an_answer_that_is_a_bomb_pauses_the_run(tmp_path: Path, body: str) -> None:
    with serving(then=sends(body)) as endpoint:
        hostile_run(tmp_path, endpoint.url)
        result = bounded(tmp_path, "run", "run.yaml", "--quiet")
    problem = "no JSON" if body.startswith('{"a":') else "an answer of more than 32 MiB"
    is_one_clear_line(result, problem, "the run is paused", code=3)
    with Reader.read(tmp_path / "evolve.db") as archive:
        assert not list(archive.rollouts(archive.run()))
