"""Archives of different machines, joined."""

import sqlite3
from pathlib import Path

import pytest

from archive.errors import ArchiveError, MissingArchiveError, NotAnArchiveError
from archive.reading import Reader
from archive.records import Candidate, Decision, Rollout, Score, Step, TaskRecord, Trace, Usage
from archive.store import Archive
from search_spaces.config import Agent, SystemConfig

TASKS = [TaskRecord(number=0, id="apples", split="validation")]


def written(path: Path, name: str, prompts: tuple[str, ...], started: str = "") -> Path:
    """An archive with one run of evaluated seeds, one for each prompt."""
    with Archive.write(path) as archive:
        with archive.group():
            run = archive.create_run(name, 0, "{}", TASKS)
            if started:
                archive._database.execute("UPDATE runs SET started = ?", (started,))
        for number, prompt in enumerate(prompts):
            config = SystemConfig(agents=(Agent(name="solver", prompt=prompt),))
            usage = Usage(calls=1, prompt_tokens=9, completion_tokens=4, usd=0.5, seconds=1.0)
            step = Step(
                agent="solver", round=1, sample=0, model=f"model {name}", text=prompt, usage=usage
            )
            with archive.group():
                archive.add_candidate(run, Candidate(number=number, config=config, operator="seed"))
                archive.add_decisions(
                    run,
                    [
                        Decision(
                            number=number,
                            purpose="search",
                            candidate=number,
                            task=0,
                            after=number,
                            at=1.0,
                        )
                    ],
                )
                archive.add_rollouts(
                    run,
                    [
                        Rollout(
                            decision=number,
                            position=number,
                            candidate=number,
                            task=0,
                            score=Score(value=1.0),
                            trace=Trace(answer=prompt, steps=(step,), usage=usage),
                            at=2.0,
                        )
                    ],
                )
        archive.add_replies(run, {b"same": "shared", name.encode(): name})
        archive.put_snapshot(run, len(prompts), b"state")
    return path


def contents(path: Path, run: str) -> tuple[object, ...]:
    """Everything that an archive holds of a run."""
    with Reader.read(path) as reader:
        found = reader.run(run)
        return (
            reader.candidates(found),
            reader.decisions(found),
            list(reader.results(found, traces=True)),
            reader.spend(found),
            reader.tasks(found),
            reader.snapshot(found),
        )


def counted(path: Path) -> dict[str, int]:
    with sqlite3.connect(path) as database:
        names = database.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
        return {
            name: database.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
            for (name,) in names
        }


def test_runs_are_copied_with_all_that_belongs_to_them(tmp_path: Path) -> None:
    one = written(tmp_path / "one.db", "first", ("Add.", "Count."))
    other = written(tmp_path / "other.db", "second", ("Count.", "Guess.", "Ask."))
    before = {name: contents(path, _only(path)) for name, path in (("one", one), ("other", other))}
    with Archive.write(one) as archive:
        (merged,) = archive.merge(other)
    assert merged.there == merged.here == _only(other)
    with Reader.read(one) as reader:
        assert reader.integrity() == []
        assert [run.name for run in reader.runs()] == ["first", "second"]
        ours, theirs = (run.id for run in reader.runs())
    assert (contents(one, ours), contents(one, theirs)) == (before["one"], before["other"])
    assert contents(other, theirs) == before["other"]
    counts = counted(one)
    assert counts["configurations"] == 4  # "Count." is in both
    assert counts["replies"] == 3  # "same" is in both
    assert counts["calls"] == counts["traces"] == counts["rollouts"] == 5


def _only(path: Path) -> str:
    with Reader.read(path) as reader:
        (run,) = reader.runs()
        return run.id


def test_merging_twice_adds_nothing(tmp_path: Path) -> None:
    one = written(tmp_path / "one.db", "first", ("Add.",))
    other = written(tmp_path / "other.db", "second", ("Count.",))
    with Archive.write(one) as archive:
        archive.merge(other)
    before = counted(one)
    with Archive.write(one) as archive:
        assert archive.merge(other) == []
        assert archive.merge(one.with_name("other.db")) == []
    assert counted(one) == before


def test_another_run_of_the_same_id_is_numbered(tmp_path: Path) -> None:
    one = written(tmp_path / "one.db", "same", ("Add.",), started="2026-01-01T00:00:00+00:00")
    other = written(tmp_path / "other.db", "same", ("Count.",), started="2026-01-02T00:00:00+00:00")
    before = contents(other, _only(other))
    with Archive.write(one) as archive:
        (merged,) = archive.merge(other)
    assert merged.here == f"{merged.there}-2"
    assert contents(one, merged.here) == before


def test_the_newest_run_is_the_one_that_was_started_last(tmp_path: Path) -> None:
    one = written(tmp_path / "one.db", "late", ("Add.",), started="2026-01-02T00:00:00+00:00")
    other = written(tmp_path / "other.db", "early", ("Add.",), started="2026-01-01T00:00:00+00:00")
    with Archive.write(one) as archive:
        archive.merge(other)
        assert [run.name for run in archive.runs()] == ["early", "late"]
        assert archive.run().name == "late"


def test_a_run_that_was_resumed_elsewhere_is_refused(tmp_path: Path) -> None:
    started = "2026-01-01T00:00:00+00:00"
    short = written(tmp_path / "short.db", "same", ("Add.",), started)
    long = written(tmp_path / "long.db", "same", ("Add.", "Count."), started)
    before = counted(short)
    with (
        Archive.write(short) as archive,
        pytest.raises(ArchiveError, match=r"has more of run .* \(2 decisions, 1 here\)"),
    ):
        archive.merge(long)
    assert counted(short) == before
    with Archive.write(long) as archive:
        assert archive.merge(short) == []


@pytest.mark.parametrize("text", [None, "not a database at all"])
def test_what_is_no_archive_is_refused(tmp_path: Path, text: str | None) -> None:
    other = tmp_path / "other.db"
    if text is not None:
        other.write_text(text)
    with (
        Archive.write(tmp_path / "one.db") as archive,
        pytest.raises(MissingArchiveError if text is None else NotAnArchiveError),
    ):
        archive.merge(other)
