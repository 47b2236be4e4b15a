"""Replies are kept by key, beyond the run that paid for them."""

import pytest

from archive.errors import DamagedError
from archive.records import Run
from archive.store import Archive


def test_replies_are_found_by_key(archive: Archive, run: Run) -> None:
    archive.add_replies(run, {b"one": "first", b"two": "zweitens ü"})
    found = {key: archive.reply(key) for key in (b"two", b"three", b"one")}
    assert found == {b"one": "first", b"two": "zweitens ü", b"three": None}


def test_other_runs_find_a_reply_and_the_first_one_stays(archive: Archive, run: Run) -> None:
    archive.add_replies(run, {b"one": "first"})
    other = archive.create_run("other", 1, "{}", [])
    archive.add_replies(other, {b"one": "second"})
    assert archive.reply(b"one") == "first"


def test_a_damaged_reply_is_reported(archive: Archive, run: Run) -> None:
    archive.add_replies(run, {b"one": "first"})
    archive._database.execute("UPDATE replies SET body = x'00'")
    with pytest.raises(DamagedError, match="a reply"):
        archive.reply(b"one")
    assert archive.integrity() == ["the reply 6f6e65 cannot be read"]
