"""Text that is shown cannot steer a terminal."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolve.report import console
from evolve.text import clean, one_line

anything = st.text(alphabet=st.characters(exclude_categories=[])) | st.lists(
    st.sampled_from(["\x1b[", "\x1b]", "\x9b", "\x07", "31m", "a", "\r", "\n", "\u202e", "\x1b\\"])
).map("".join)


@given(anything)
def test_nothing_that_steers_is_left(text: str) -> None:
    for letter in clean(text):
        assert unicodedata.category(letter) not in ("Cc", "Cf", "Cs") or letter == "\n"
    clean(text).encode()


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S", "Zs"])))
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x07", "link"),
        ("\x9b2Jgone", "gone"),
        ("a\rb\x08c\x00", "abc"),
        ("one\r\ntwo\tthree", "one\ntwo    three"),
        ("\x1bc reset", " reset"),
        ("[bold]kept[/bold]", "[bold]kept[/bold]"),
    ],
)
def test_whole_escape_sequences_go(text: str, left: str) -> None:
    assert clean(text) == left


@given(anything, st.integers(1, 40))
def test_one_line_is_one_line(text: str, width: int) -> None:
    line = one_line(text, width)
    assert len(line) <= width
    assert len(line.splitlines()) <= 1


def test_what_is_printed_is_taken_literally(capsys: pytest.CaptureFixture[str]) -> None:
    rows = console.table("[b]head")
    rows.add_row("[link=x]cell :bomb:")
    console.show(console.Report({}, ["[red]text[/red]", rows]), as_json=False)
    shown = capsys.readouterr().out
    assert "[red]text[/red]" in shown
    assert "[b]head" in shown
    assert "[link=x]cell :bomb:" in shown


def test_json_is_ascii_and_harmless(capsys: pytest.CaptureFixture[str]) -> None:
    console.show(console.Report({"text": "\x1b[31m\u202e"}, []), as_json=True)
    shown = capsys.readouterr().out
    assert shown.isascii()
    assert "\x1b" not in shown
