"""Parsing any reply of a model gives a proposal or one clear line."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolve.meta.reading import read_edits, read_system
from search_spaces.edits import SetPrompt
from search_spaces.errors import ConfigError
from tests.strategies import examples

GOOD = {"rationale": "why", "edits": [{"edit": "set_prompt", "agent": "a", "prompt": "Think."}]}
JSON = json.dumps(GOOD)


@pytest.mark.parametrize(
    "text",
    [
        JSON,
        f"\n  {JSON}\n",
        f"```json\n{JSON}\n```",
        f"```\n{JSON}\n```\nI hope that this helps!",
        f"Here is my proposal:\n\n```json\n{json.dumps(GOOD, indent=2)}\n```",
        f"First a sketch:\n```json\n{{}}\n```\nNow the whole:\n```json\n{JSON}\n```",
        f"I propose {JSON} because of the failures.",
        f"<think>If {{a}} then {{b}}.</think> {JSON}",
    ],
)
def test_a_proposal_is_found_in_other_words(text: str) -> None:
    rationale, edits = read_edits(text)
    assert rationale == "why"
    assert edits == (SetPrompt(agent="a", prompt="Think."),)


@pytest.mark.parametrize(
    ("text", "expected_message"),
    [
        ("", "no reply"),
        ("I cannot do that.", "no valid JSON"),
        ("[1, 2]", "no object"),
        ("null", "no object"),
        ('{"edit": []}', "the keys are 'edit'"),
        ('{"rationale": "x", "edits": []', "no valid JSON .*line 1"),
        ('{"edits": "none"}', "edits: Input should be a valid tuple"),
        ('{"edits": [{"edit": "delete_everything"}]}', "edits: .0.: Input tag 'delete_everything'"),
        ('{"edits": [{"edit": "remove_agent"}]}', r"agent: this key is required"),
        ('{"edits": [{"edit": "remove_agent", "agent": "a", "sudo": 1}]}', "unknown key"),
        (json.dumps({"edits": GOOD["edits"] * 31}), "31 edits; propose at most 30"),
        ("x" * 10_000_000, "10,000,000 characters; a reply may have"),
        ('{"edits":' + "[" * 5_000 + "]" * 5_000 + "}", "nested"),
        ('{"edits":' + "[" * 50 + "]" * 50 + "}", "more than 20 levels deep"),
        ('{"a":' * 30_000, "nested too deeply|no valid JSON"),
        ("{" * 100_000, "no valid JSON"),
        ("```json\n" * 20_000, "no valid JSON"),
        ('{"edits": [1e400]}', "edits"),
        ('{"edits": ' + "9" * 5_000 + "}", "no valid JSON|edits"),
    ],
)
def test_nonsense_gets_one_clear_line(text: str, expected_message: str) -> None:
    with pytest.raises(ConfigError, match=expected_message) as caught:
        read_edits(text)
    message = str(caught.value)
    assert len(message) < 600
    assert message.isprintable()


def test_terminal_escapes_are_described() -> None:
    text = json.dumps({"edits": [{"edit": "\x1b[2J\x1b]0;owned\x07"}]})
    with pytest.raises(ConfigError) as caught:
        read_edits(text)
    assert str(caught.value).isprintable()


def test_labels_are_for_people_and_left_out() -> None:
    label = {"edit": "set_label", "name": "x" * 9_000, "description": "\x1b[31m"}
    assert read_edits(json.dumps({"rationale": "", "edits": [label]})) == ("", ())


def test_a_whole_system_gets_a_short_printable_name() -> None:
    system: dict[str, Any] = {"name": "\x1b[31mred" * 90, "agents": [{"name": "a"}]}
    rationale, config = read_system(json.dumps({"rationale": "\ud800 why", "system": system}))
    assert len(config.name) <= 40
    assert config.name.isprintable()
    rationale.encode()


@pytest.mark.parametrize(
    ("system", "expected_message"),
    [
        ({"agents": []}, "system: agents"),
        ({"agents": [{"name": "\x1b[31m"}]}, r"system: agents\[0\].name"),
        ({"agents": [{"name": "a"}, {"name": "a"}]}, "same name"),
        ({"agents": [{"name": "a", "shell": True}]}, "unknown key"),
        ({"agents": [{"name": f"a{n}"} for n in range(101)]}, "system: agents"),
        ([], "system"),
    ],
)
def test_a_system_that_does_not_work_is_refused(system: object, expected_message: str) -> None:
    with pytest.raises(ConfigError, match=expected_message):
        read_system(json.dumps({"rationale": "", "system": system}))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
edit_like = st.fixed_dictionaries(
    {"edit": st.sampled_from(["set_prompt", "add_agent", "set_answer", "set_parameter", "x"])},
    optional=dict.fromkeys(("agent", "prompt", "answer", "parameter", "value", "source"), values),
)
replies = st.one_of(
    st.text(st.characters(codec=None), max_size=200),
    values.map(json.dumps),
    st.fixed_dictionaries(
        {"rationale": values, "edits": st.lists(edit_like, max_size=3) | values}
    ).map(json.dumps),
    st.fixed_dictionaries(
        {"system": st.dictionaries(st.sampled_from(["agents", "edges", "rounds"]), values)}
    ).map(json.dumps),
    st.tuples(st.integers(0, len(JSON)), st.text(max_size=5)).map(
        lambda slip: JSON[: slip[0]] + slip[1] + JSON[slip[0] :]
    ),
)


@given(replies)
@examples(300)
def test_reading_never_fails_in_another_way(text: str) -> None:
    for read in (read_edits, read_system):
        problem = "none"
        try:
            read(text)[0].encode()
        except ConfigError as error:
            problem = str(error)
        assert 0 < len(problem) < 700
        assert problem.isprintable()
