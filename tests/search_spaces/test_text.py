from search_spaces.text import quoted, shown, tidy, whole


def test_untrusted_text_is_shown_in_one_printable_line() -> None:
    assert shown("a\n b\x1b[31m\tc") == "a b·[31m c"
    assert shown("x" * 100) == "x" * 59 + "…"
    assert (quoted("a\nb"), quoted("")) == ("'a b'", "—")


def test_stored_text_is_whole_and_normalised() -> None:
    assert whole("a\ud800") == "a\ufffd"
    assert tidy(" e\u0301\r\nb\r ") == "\xe9\nb"
