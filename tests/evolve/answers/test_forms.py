"""Answer forms: each reads what it requests, here and in exported programs."""

import importlib
from functools import partial
from typing import Any

import pytest
from pydantic import ValidationError

from evolve.answers.base import FORMS, MODULES, Form
from evolve.answers.inference import form_of
from evolve.answers.thoughts import without_thoughts

OPTIONS: dict[str, dict[str, Any]] = {"labels": {"labels": ("relevant", "not relevant")}}


def form(name: str, **options: Any) -> Form:
    return FORMS.find(name)(**(options or OPTIONS.get(name, {})))


LETTER = "Dear Ann,\n\nyour refund is on its way.\n\nBest regards\nTom"


@pytest.mark.parametrize(
    ("name", "reply", "answer"),
    [
        ("free", "So.\nAnswer: 4", "4"),
        ("text", LETTER, LETTER),
        ("text", "Answer: red\ngreen\nblue", "red\ngreen\nblue"),
        ("text", "```\nred\ngreen\n```", "red\ngreen"),
        ("json", 'Here:\n{\n  "a": [1, 2]\n}\nThat is it.', '{\n  "a": [1, 2]\n}'),
        ("json", '```json\n{"a": 1}\n```', '{"a": 1}'),
        ("json", "Answer: 4", "4"),
        ("labels", "Answer: Not relevant.", "not relevant"),
        ("labels", "Answer: it is relevant", "relevant"),
        ("labels", "Answer: unclear", ""),
        ("number", "Answer: 1,234 km", "1,234 km"),
        ("number", "Answer: many", ""),
        ("date", "Answer: March 12, 2024", "2024-03-12"),
        ("date", "Answer: 12.03.2024", "2024-03-12"),
        ("date", "Answer: 3/12/2024", "2024-03-12"),
        ("date", "Answer: 2024-02-31", ""),
        ("date", "Answer: 2024-03-12 or 2024-03-13", ""),
    ],
)
def test_a_reply_is_read(name: str, reply: str, answer: str) -> None:
    chosen = form(name)
    assert chosen.read(reply) == answer
    assert chosen.read(f"<think>\nAnswer: 7\n</think>\n{reply}") == answer


@pytest.mark.parametrize("name", FORMS.names())
def test_programs_read_as_the_form_does(name: str) -> None:
    chosen = form(name)
    names: dict[str, Any] = {"partial": partial}
    for module in (*MODULES, *chosen.modules):
        names |= vars(importlib.import_module(f"evolve.answers.{module}"))
    read = eval(chosen.expression, names)
    for reply in ("Answer: relevant", "Answer: 4", LETTER, '{"a": 1}', "12 March 2024"):
        for cut_off in (False, True):
            assert read(reply, cut_off) == chosen.read(reply, cut_off)
    assert chosen.request


def test_what_was_cut_off_has_to_be_marked() -> None:
    assert form("text").read(LETTER, cut_off=True) == ""
    assert form("text", marked=True).read("Answer: a\nb", cut_off=True) == "a\nb"
    assert form("free").read("It is\n4", cut_off=True) == ""


def test_labels_that_are_read_alike_are_refused() -> None:
    with pytest.raises(ValidationError, match="read as the same label"):
        form("labels", labels=("Yes", "yes."))


@pytest.mark.parametrize(
    ("truths", "instructions", "reads_texts", "expected"),
    [
        (["4", "5"], None, True, {"free": {}}),
        (["a\nb", "c"], None, False, {"text": {"marked": True}}),
        (["refund"], "Reply with the letter only.", True, {"text": {}}),
        (["refund"], "Reply with the word only.", False, {"free": {}}),
        (["4"], "Ende mit 'Antwort: <Zahl>'.", True, {"free": {}}),
        (['{"a": 1, "b": 2}', '{"a": 3}'], None, True, {"json": {"keys": ["a"]}}),
        (["[1, 2]"], None, False, {"free": {}}),
    ],
)
def test_truths_and_instructions_show_the_form(
    truths: list[str], instructions: str | None, reads_texts: bool, expected: dict[str, Any]
) -> None:
    found = form_of(truths, instructions, reads_texts=reads_texts).written()
    assert (found if isinstance(found, dict) else {found: {}}) == expected


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("<think>a</think>\nAnswer: 4", "\nAnswer: 4"),
        ("thoughts\n</think>\n\n4", "\n\n4"),
        ("<think>\nAnswer: 7, no", ""),
        ("[THINK]a[/THINK]4", "4"),
        ("◁think▷a◁/think▷4", "4"),
        ("<|channel|>analysis<|message|>7<|end|><|channel|>final<|message|>4<|return|>", "4"),
        ("<|channel|>analysis<|message|>7", ""),
        ("analysisWe add.assistantfinal4", "4"),
        ("Use the <think> tag", "Use the <think> tag"),
        ("Close it with `</think>`.", "Close it with `</think>`."),
        ("a < b", "a < b"),
    ],
)
def test_thoughts_are_left_out(text: str, kept: str) -> None:
    assert without_thoughts(text) == kept


def test_a_text_of_tags_takes_bounded_time() -> None:
    assert without_thoughts("<think>\n" * 50_000) == ""
    assert form("json").read("[" * 100_000) == ""
