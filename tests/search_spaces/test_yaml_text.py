from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_spaces.config import SystemConfig
from search_spaces.errors import ConfigError
from search_spaces.library import systems
from search_spaces.yaml_text import parse_system, read_mapping, write_mapping, write_system
from tests.strategies import examples, system_configs

BAD: dict[str, str | bytes] = {
    "not a text file; expected YAML in UTF-8": b"\xff\xfe\x00\x9c",
    "expected a mapping (`key: value` lines), found nothing": "",
    "expected a mapping (`key: value` lines), found a list": "- a\n- b",
    "expected a mapping (`key: value` lines), found one value": "just words",
    "line 2, column 1: the key 'a' is there twice": "a: 1\na: 2",
    "line 1, column 11: the key 'b' is there twice": "a: {b: 1, b: 2}",
    "line 1, column 4: the tag 'tag:yaml.org,2002:python/object/apply:os.system'; only plain "
    "values are read": "a: !!python/object/apply:os.system [ls]",
    "line 1, column 4: the tag 'tag:yaml.org,2002:binary'; only plain values are read": (
        "a: !!binary aGk="
    ),
    "line 1, column 4: the anchor 'x'; here, write the value out": "a: &x 1\nb: *x",
    "line 1, column 4: the alias 'x'; here, write the value out": "a: *x",
    "line 1, column 67: nested more than 64 levels deep": "a: " + "[" * 100_000,
    "line 1, column 65: nested more than 64 levels deep": "{" * 100_000,
    "1,000,003 characters, more than the 1,000,000 allowed": "a: " + "x" * 1_000_000,
    "line 1, column 1: a key must be a text; put it in quotes": "1: x",
    "line 1, column 3: a key must be a text; put it in quotes": "? [a]\n: x",
    "line 2, column 1: but found another document expected a single document in the stream": (
        "a: 1\n---\nb: 2"
    ),
}


@pytest.mark.parametrize("expected", BAD, ids=range(len(BAD)))
def test_what_is_no_plain_mapping_is_refused_in_one_line(expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_mapping(BAD[expected], "my.yaml")
    assert str(caught.value) == f"my.yaml: {expected}"


@pytest.mark.parametrize("text", ["a: [1", "a: b: c", "a:\n\t- x", "a: \x00", '{"a": "\\ud800"}'])
def test_broken_yaml_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^my\.yaml: .+$") as caught:
        read_mapping(text, "my.yaml")
    assert "\n" not in str(caught.value)


@examples(120)
@given(st.binary(max_size=40) | st.text(alphabet="ab:- \n[]{}&*!|>?'\"#,%@`~1.<=\t", max_size=30))
def test_any_bytes_are_read_or_refused(text: bytes | str) -> None:
    with suppress(ConfigError):
        assert isinstance(read_mapping(text, "f"), dict)


def test_words_are_read_by_the_rules_of_yaml_1_2() -> None:
    text = (
        "no: no\ndate: 2024-01-01\ntime: 1:30\nzeros: 007\nhex: 0x1F\nsmall: 1e-3\nminus: -2\n"
        "half: .5\nyes: true\nnone: ~\nempty:\nquoted: '5'\nlong: " + "9" * 40
    )
    assert read_mapping(text, "f") == {
        "no": "no",
        "date": "2024-01-01",
        "time": "1:30",
        "zeros": "007",
        "hex": "0x1F",
        "small": 0.001,
        "minus": -2,
        "half": 0.5,
        "yes": True,
        "none": None,
        "empty": None,
        "quoted": "5",
        "long": "9" * 40,
    }


def test_json_is_read_too() -> None:
    assert read_mapping('{"a": [1, 2.5, null, true, "é"]}', "f") == {"a": [1, 2.5, None, True, "é"]}
    assert read_mapping(b'\xef\xbb\xbf{"a": 1}', "f") == {"a": 1}


def test_trusted_text_may_use_anchors_and_be_long() -> None:
    text = "base: &base {a: 1}\nmore: {<<: *base, b: 2}\nlong: " + "x" * 1_000_001
    data = read_mapping(text, "run.yaml", trusted=True)
    assert data["more"] == {"a": 1, "b": 2}


def test_trusted_text_may_not_overflow_the_stack_either() -> None:
    with pytest.raises(ConfigError, match="nested"):
        read_mapping("a: " + "[" * 100_000, "run.yaml", trusted=True)


@pytest.mark.full
@examples(80)
@given(system_configs())
def test_a_written_system_reads_as_it_was(config: SystemConfig) -> None:
    assert parse_system(write_system(config), "f") == config


texts = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from(" \n\r\t:#-?|>'\"~01e.\x85\u2028")
)


@examples(120)
@given(texts, texts.map(lambda text: (text + " words ") * 9))
def test_any_text_survives_writing(short: str, long: str) -> None:
    data = {"short": short, "list": [{"long": long}]}
    assert read_mapping(write_mapping(data), "f", trusted=True) == data


def test_files_are_written_for_people() -> None:
    config = systems()["critic_solver"]
    assert write_system(config) == (
        "name: critic_solver\n"
        "description: >-\n"
        "  A solver revises its answer until a critic approves: Self-Refine with feedback from"
        " another agent.\n"
        "agents:\n"
        "  - name: solver\n"
        "    role: solver\n"
        "    prompt: |-\n"
        "      Solve the task. Show the reasoning that leads to your answer, then state the"
        " answer.\n"
        "      Think step by step before you answer.\n"
        "      If your previous answer survives the criticism, keep it.\n"
        "  - name: critic\n"
        "    role: critic\n"
        "    prompt: >-\n"
        "      Look for mistakes in the solution you are shown: wrong facts, wrong steps, missed"
        " conditions. Quote\n"
        "      each mistake and say how to put it right. Do not praise.\n"
        "edges:\n"
        "  - {source: critic, target: solver, kind: feedback}\n"
        "  - {source: solver, target: critic}\n"
        "  - {source: solver, target: solver, kind: feedback}\n"
        "rounds: 3\n"
        "stop: {rule: approved, by: critic}\n"
        "answer: {sources: [solver]}\n"
    )


def test_an_invalid_system_file_is_explained_with_its_place() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_system("agents: [{name: a}]\nrounds: 2", "my.yaml")
    assert str(caught.value) == "my.yaml: `rounds` above 1 do nothing without feedback edges"
