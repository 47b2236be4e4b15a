"""Prompt templates: complete, filled safely, and identified by a hash."""

import pytest

from archive.records import Prompt
from evolve.meta import headings
from evolve.meta.templates import NAMES, fill, places, template

WANTED = {
    "system": set(),
    "edits": {
        "objective",
        "system",
        "domains",
        "failed",
        "solved",
        "lineage",
        "tried",
        "elsewhere",
    },
    "crossover": {"objective", "system", "other", "domains", "failed", "lineage", "tried"},
    "whole": {"objective", "system", "domains", "failed", "solved", "lineage", "tried", "archive"},
    "repair": {"problem"},
    "choose": {"objective", "archive", "count"},
}


@pytest.mark.parametrize("name", NAMES)
def test_every_prompt_wants_what_it_is_given(name: str) -> None:
    assert places(template(name)) >= WANTED[name]
    assert places(template(name)) <= {*WANTED[name], "limits", "elsewhere"}


def test_the_headings_that_readers_go_by_are_there() -> None:
    for name in ("edits", "crossover", "whole"):
        lines = template(name).text.splitlines()
        for heading in (headings.OBJECTIVE, headings.SYSTEM, headings.LIMITS, headings.ASSIGNMENT):
            assert lines.count(heading) == 1
        assert {line for line in lines if line.startswith("#")} <= {
            value for key, value in vars(headings).items() if key.isupper()
        }


def test_values_are_put_in_as_they_are() -> None:
    prompt = Prompt(name="p", text='Say {problem}, {"key": 1} and {problem}.')
    given = "{problem} {0} {problem.__class__} %s $x"
    assert fill(prompt, problem=given) == f'Say {given}, {{"key": 1}} and {given}.'


def test_a_version_follows_the_text() -> None:
    first, second = (Prompt(name="p", text=text) for text in ("Do it.", "Do it!"))
    assert first.version != second.version
    assert first.version == Prompt(name="q", text="Do it.").version
    assert len({template(name).version for name in NAMES}) == len(NAMES)
