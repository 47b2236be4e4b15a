"""Findings: their values and methods."""

import json
import math
from pathlib import Path

import pytest

from archive.reading import Reader
from archive.records import Candidate, Standing
from archive.store import Archive
from evolve import EvolveError, Finding, load_archive
from evolve.api.finding import find
from evolve.engine.seeds import read_system
from evolve.report.verdict import verdict
from search_spaces.config import Agent, SystemConfig
from tests.evolve.cli.conftest import HOSTILE

MARKUP = f"<script>alert(1)</script> | [x](javascript:1) `{HOSTILE}`"


@pytest.fixture
def finding(archive: Path) -> Finding:
    return load_archive(archive).newest


def test_it_agrees_with_the_archive(finding: Finding, archive: Path) -> None:
    with Reader.read(archive) as opened:
        run = opened.run()
        (confirmation,) = opened.confirmations(run)
        standings = {standing.candidate: standing for standing in opened.standings(run)}
        assert finding.spend == opened.spend(run)
    assert finding.best is not None
    assert finding.score is not None
    assert finding.best.number == confirmation.winner
    assert finding.score[:3] == (confirmation.mean, *confirmation.interval)
    assert finding.score.basis == "test"
    assert finding.gain is not None
    assert finding.gain.mean == confirmation.difference
    assert finding.verdict == verdict(confirmation).text
    tested = [each.tested for each in confirmation.controls if each.tested is not None]
    assert [each.mean for each in finding.gains_over_controls.values()] == [
        each.difference for each in tested
    ]
    assert finding.simulated
    means = [row["score"] for row in finding.records()]
    assert means == sorted(means, reverse=True)
    for row in finding.records():
        assert row["score"] == standings[row["number"]].mean
        assert row["low"] <= row["score"] <= row["high"]
        assert row["basis"] == "validation"
    costs = [system.cost or math.inf for system in finding.front]
    assert costs == sorted(costs)
    assert json.loads(json.dumps(finding.records())) == finding.records()


@pytest.mark.full
def test_it_is_taken_away(finding: Finding, tmp_path: Path) -> None:
    text = finding.export(tmp_path / "best.yaml")
    assert finding.best is not None
    assert read_system(tmp_path / "best.yaml").id == finding.best.id
    assert (tmp_path / "best.yaml").read_text() == text
    assert "import openai" in finding.export(form="python", candidate=0)
    with pytest.raises(EvolveError, match="did you mean 'python'"):
        finding.export(form="pyton")
    page = finding.report(tmp_path / "report.html")
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_it_answers(finding: Finding) -> None:
    trace = finding.ask("What is 3 plus 4?")
    assert trace.usage.calls > 0
    assert trace.answer


def test_it_is_shown(finding: Finding) -> None:
    for shown in (repr(finding), finding._repr_html_(), finding._repr_markdown_()):
        assert finding.run.id.split("-")[-1] in shown
        assert "simulated" in shown
        assert "sealed tasks" in shown
    assert "<table>" in finding._repr_html_()
    assert "| --- |" in finding._repr_markdown_()


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    config = SystemConfig(name=MARKUP, agents=(Agent(name="solver", role=MARKUP),))
    settings = {
        "tasks": {"file": "tasks.jsonl"},
        "models": {"one": {"openai": {"model": "one"}}},
        "budget": {"evaluations": 3},
    }
    with Archive.write(tmp_path / "evolve.db") as archive:
        run = archive.create_run("sample", 0, json.dumps(settings), [])
        archive.add_candidate(run, Candidate(number=0, config=config, operator="seed"))
        nothing = find(archive, run, tmp_path / "evolve.db")
        archive.put_standings(run, [Standing(candidate=0, mean=0.5, deviation=0.1, evaluations=4)])
        found = find(archive, run, tmp_path / "evolve.db")
    assert "no candidate is evaluated yet" in nothing._repr_html_()
    with pytest.raises(EvolveError, match="no evaluated system"):
        nothing.ask("What?")
    lines = found._repr_markdown_().splitlines()
    code = [line for line in lines if line.startswith("    ")]  # in which nothing is markup
    prose = "\n".join(line for line in lines if line not in code)
    assert code
    for shown in (found._repr_html_(), prose):
        assert "<script" not in shown
        assert "\x1b" not in shown
    assert "[x](" not in prose
    assert not found.simulated
    assert "price unknown" not in repr(found)
    assert "tokens in 0 calls" not in repr(found)


def test_an_archive_lists_its_runs(archive: Path) -> None:
    archives = load_archive(archive)
    (run,) = archives.runs
    assert len(archives) == 1
    assert [finding.run.id for finding in archives] == [run.id]
    assert archives[run.id].run == run
    assert run.id in repr(archives)
    assert archives.query("SELECT count(*) AS runs FROM runs") == [{"runs": 1}]
    with pytest.raises(EvolveError, match="the nearest"):
        archives["no-such-run"]
    with pytest.raises(EvolveError, match="only reading"):
        archives.query("DELETE FROM runs")
    with pytest.raises(EvolveError, match="there is no archive"):
        load_archive(archive.parent / "none.db")
