"""Texts of others stay within their fences and their size."""

import re

from hypothesis import given
from hypothesis import strategies as st

from evolve.prompts.quoting import fenced, listed, shortened

texts = st.one_of(
    st.text(st.characters(codec=None), max_size=400),
    st.lists(st.sampled_from(["```", "``", "`", "\n", "~~~", "## Limits", "é", "x"])).map("".join),
)


@given(texts, st.integers(0, 500))
def test_a_shortened_text_keeps_its_limit(text: str, limit: int) -> None:
    shown = shortened(text, limit)
    assert len(shown.encode()) <= limit


@given(st.text(max_size=100))
def test_a_short_text_stays_as_it_is(text: str) -> None:
    assert shortened(text, 400) == text


def test_beginning_and_end_are_kept() -> None:
    shown = shortened("start " + "x" * 1000 + " end", 120)
    assert shown.startswith("start xxx")
    assert shown.endswith("xxx end")
    assert "[…]" in shown


@given(texts, st.integers(60, 500))
def test_no_text_ends_its_own_fence(text: str, limit: int) -> None:
    shown = fenced(text, limit, "yaml")
    assert len(shown.encode()) <= limit
    lines = shown.split("\n")
    assert (lines[0], lines[-1]) == ("```yaml", "```")
    assert not any(re.search("`{3}", line) for line in lines[1:-1])


def test_as_many_lines_as_fit() -> None:
    assert listed(["one", "two", "three"], 17, "none") == "```\none\ntwo\n```"
    assert listed([], 17, "none") == "none"
    assert listed(["longer than that"], 17, "none") == "none"


@given(st.lists(texts, max_size=5), st.integers(60, 500))
def test_a_list_keeps_its_limit_and_its_fence(lines: list[str], limit: int) -> None:
    shown = listed(lines, limit, "none")
    assert len(shown.encode()) <= limit
    assert shown == "none" or (shown.startswith("```\n") and shown.endswith("\n```"))
    assert len(re.findall("`{3}", shown)) in (0, 2)
