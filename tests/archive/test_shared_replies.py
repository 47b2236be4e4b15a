"""Replies that processes share: what one adds, all find, and a file that cannot be used says so."""

import sqlite3
from pathlib import Path
from threading import Thread

import pytest

from archive.errors import ArchiveError
from archive.shared_replies import SharedReplies

CALLS = "calls.db"


def test_processes_see_what_others_add(tmp_path: Path) -> None:
    one, two = SharedReplies(tmp_path / CALLS), SharedReplies(tmp_path / CALLS)
    assert two.find(b"key") is None
    one.add({b"key": "first"})
    two.add({b"key": "second", b"other": "third"})
    assert (two.find(b"key"), one.find(b"other")) == ("first", "third")
    one.close()
    two.close()


def test_writers_wait_for_each_other(tmp_path: Path) -> None:
    def write(name: str) -> None:
        shared = SharedReplies(tmp_path / CALLS)
        for number in range(20):
            shared.add({f"{name} {number}".encode(): "reply"})
        shared.close()

    writers = [Thread(target=write, args=(name,)) for name in "abc"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    shared = SharedReplies(tmp_path / CALLS)
    assert all(shared.find(f"{name} {n}".encode()) for name in "abc" for n in range(20))
    shared.close()


def test_nothing_is_shared_on_a_network_file_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.shared_replies.network_file_system", lambda folder: "nfs4")
    shared = SharedReplies(tmp_path / CALLS)
    shared.add({b"key": "reply"})
    shared.close()
    assert not (tmp_path / CALLS).exists()


def test_a_damaged_reply_says_what_to_do(tmp_path: Path) -> None:
    shared = SharedReplies(tmp_path / CALLS)
    shared.add({b"key": "reply"})
    with sqlite3.connect(tmp_path / CALLS) as database:
        database.execute("UPDATE replies SET body = x'00'")
    database.close()
    with pytest.raises(ArchiveError, match=r"calls\.db: the shared replies cannot be used"):
        shared.find(b"key")
    shared.close()


def test_a_damaged_file_of_replies_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / CALLS).write_bytes(b"no database" * 100)
    shared = SharedReplies(tmp_path / CALLS)
    with pytest.raises(
        ArchiveError, match=r"calls\.db: the shared replies cannot be used .*delete"
    ):
        shared.find(b"key")
    shared.close()
