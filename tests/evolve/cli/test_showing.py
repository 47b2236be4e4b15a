"""`evolve archive show`: all that is known of a candidate, credit included once it was measured."""

import json
import shutil
from pathlib import Path

import pytest

from archive.reading import Reader
from archive.records import Event
from archive.store import Archive
from evolve.report.credited import KIND
from tests.evolve.cli.commands import Command, evolve_process


@pytest.mark.full
def test_credit_is_kept_and_shown_with_its_candidate(command: Command, archive: Path) -> None:
    shutil.copy(archive, "credit.db")
    words = ("--archive", "credit.db")
    assert "Credit" not in command("archive", "show", "3", *words).out
    measured = command("archive", "show", "3", "--credit", "--evaluations", "60", "--json", *words)
    assert measured.code == 0, measured.err
    shares = json.loads(measured.out)["credits"]
    assert {"solver", "critic"} <= {each["player"] for each in shares}
    shown = command("archive", "show", "3", *words)
    assert "Credit in candidate #3, leave one out" in shown.out
    assert "solver" in shown.out.partition("Credit in")[2]
    stored = json.loads(command("archive", "show", "3", "--json", *words).out)["credit"]
    assert [each["credits"] for each in stored] == [shares]
    assert "Credit" not in command("archive", "show", "1", *words).out
    assert KIND not in command("archive", "show", *words).out


def test_credit_that_cannot_be_read_is_passed_over(command: Command, archive: Path) -> None:
    shutil.copy(archive, "strange.db")
    with Archive.write(Path("strange.db")) as opened:
        for text in ("{", '{"candidate": 1}', "\x1b[31m"):
            opened.add_event(opened.run(), Event(at=0, kind=KIND, text=text))
    result = command("archive", "show", "1", "--archive", "strange.db")
    assert result.code == 0
    assert "Credit" not in result.out


@pytest.mark.full
def test_a_descendant_is_shown_whole(archive: Path) -> None:
    with Reader.read(archive) as opened:
        run = opened.run()
        tried = {rollout.candidate for rollout in opened.rollouts(run, purpose="search")}
        child = next(c for c in opened.candidates(run) if c.parents and c.number in tried)
    folder = archive.parent
    result = evolve_process("archive", "show", str(child.number), folder=folder, COLUMNS="80")
    assert result.code == 0, result
    for phrase in (
        f"#{child.number} ",
        f"made by {child.operator}, ",
        "    answer: ",
        f"From #{child.parents[0].candidate} ",
        "a task",
        "Examples",
        "feedback",
    ):
        assert phrase in result.out, phrase
    for agent in child.config.agents:
        assert f"\n{agent.name}" in result.out
