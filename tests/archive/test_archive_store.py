"""How an archive behaves: names, groups, what is kept, what is refused."""

import json
from collections.abc import Callable
from itertools import count

import pytest

from archive.controls import Control
from archive.errors import ArchiveError, DamagedError, UnknownError
from archive.records import (
    Candidate,
    Confirmation,
    Decision,
    Event,
    Look,
    ProposalResult,
    Purpose,
    Rollout,
    Run,
    Score,
    Step,
    Trace,
    Traces,
    Usage,
)
from archive.store import SNAPSHOTS_KEPT, Archive
from search_spaces.config import Agent, SystemConfig


def test_tasks_events_looks_and_confirmations(archive: Archive, run: Run) -> None:
    controls = (Control(kind="single", candidate=1, votes=5), Control(kind="model", candidate=None))
    look = Look(purpose="confirm", winner=0, seed=0, controls=controls, tasks=(2,), after=7, at=3.5)
    confirmation = Confirmation(
        winner=2,
        seed=0,
        tasks=1,
        mean=1.0,
        interval=(0.9, 1.0),
        seed_mean=0.5,
        seed_interval=(0.4, 0.6),
        difference=0.5,
        difference_interval=(0.1, 0.9),
        cost=None,
        seed_cost=0.1,
        looks=1,
    )
    events = [Event(at=0.5, kind="outage", text="gone"), Event(at=0.1, kind="back", text="")]
    archive.add_look(run, look)
    archive.add_confirmation(run, confirmation)
    for event in events:
        archive.add_event(run, event)
    assert [task.id for task in archive.tasks(run)] == ["apples", "pears", "plums"]
    assert archive.looks(run) == [look]
    assert archive.confirmations(run) == [confirmation]
    assert archive.events(run) == events


def test_a_run_is_named_after_its_settings(archive: Archive, run: Run) -> None:
    again = archive.create_run(run.name, run.seed, run.settings, [])
    third = archive.create_run(run.name, run.seed, run.settings, [])
    other = archive.create_run(run.name, run.seed + 1, run.settings, [])
    assert run.id.startswith("sample-")
    assert len(run.id) == len("sample-") + 6
    assert (again.id, third.id) == (f"{run.id}-2", f"{run.id}-3")
    assert not other.id.startswith(run.id)
    assert archive.run() == other


def test_status(archive: Archive, run: Run) -> None:
    done = archive.set_status(run, "finished")
    assert archive.run() == done
    assert done.finished is not None
    assert archive.set_status(run, "running").finished is None


def test_only_the_last_snapshots_are_kept(archive: Archive, run: Run) -> None:
    other = archive.create_run("other", 0, "{}", [])
    archive.put_snapshot(other, 1, b"other")
    assert archive.snapshot(run) is None
    for results_seen in range(SNAPSHOTS_KEPT + 2):
        archive.put_snapshot(run, results_seen, bytes([results_seen]))
    assert archive.snapshot(run) == (4, b"\4")
    assert archive.snapshot(run, at_most=3) == (3, b"\3")
    assert archive.snapshot(run, at_most=1) is None
    assert archive.snapshot(other) == (1, b"other")


def test_spend_by_purpose(filled: Archive, run: Run, step: Step) -> None:
    spend = filled.spend(run)
    assert (spend["search"].calls, spend["search"].prompt_tokens) == (6, 720)
    assert spend["search"].usd == pytest.approx(0.6)
    assert spend["propose"] == step.usage
    assert "confirm" not in spend


def test_an_unknown_price_makes_the_total_unknown(filled: Archive, run: Run) -> None:
    decision = Decision(number=4, purpose="search", candidate=0, task=0, after=4, at=4)
    filled.add_decisions(run, [decision])
    free = Trace(answer="", usage=Usage(calls=1, usd=None))
    rollout = Rollout(
        decision=4, position=4, candidate=0, task=0, score=Score(value=0), trace=free, at=4
    )
    filled.add_rollouts(run, [rollout])
    assert filled.spend(run)["search"].usd is None
    assert filled.integrity() == []


@pytest.mark.parametrize(("kept", "numbers"), [("all", {0, 1}), ("failures", {1}), ("none", set())])
def test_which_traces_are_kept(
    archive: Archive,
    run: Run,
    make_rollout: Callable[..., Rollout],
    make_config: Callable[[str], SystemConfig],
    step: Step,
    kept: Traces,
    numbers: set[int],
) -> None:
    archive.add_candidate(run, Candidate(number=0, config=make_config("a"), operator="seed"))
    rollouts = [make_rollout(0, score=1.0), make_rollout(1, score=0.0)]
    archive.add_decisions(
        run,
        [
            Decision(number=n, purpose="search", candidate=0, task=0, after=0, at=0)
            for n in range(3)
        ],
    )
    archive.add_rollouts(run, rollouts, traces=kept)
    assert {n for n in range(2) if archive.trace(run, n)} == numbers
    for read, written in zip(archive.rollouts(run, traces=True), rollouts, strict=True):
        assert read.trace.usage == written.trace.usage
        assert (read == written) == (written.decision in numbers)
    archive.add_proposal_result(
        run,
        ProposalResult(
            decision=2, position=2, candidate=None, outcome="invalid", steps=(step,), at=0
        ),
        traces=kept,
    )
    (proposal_result,) = archive.proposal_results(run)
    assert proposal_result.steps[0].usage == step.usage
    assert (proposal_result.steps[0].text == "") == (kept == "none")


def test_rollouts_of_one_candidate_or_purpose(filled: Archive, run: Run) -> None:
    assert [each.position for each in filled.rollouts(run)] == [0, 1, 3]
    assert [each.position for each in filled.rollouts(run, 2)] == [3]
    assert [each.position for each in filled.rollouts(run, purpose="search")] == [0, 1, 3]
    assert list(filled.rollouts(run, purpose="confirm")) == []
    assert filled.split(run) == "validation"


def test_configurations_that_differ_in_names_only_keep_their_names(
    archive: Archive, run: Run
) -> None:
    here = SystemConfig(agents=(Agent(name="solver", prompt="Add."),))
    there = SystemConfig(agents=(Agent(name="adder", prompt="Add."),))
    assert here.id == there.id
    other = archive.create_run("other", 0, "{}", [])
    for into, config in ((run, here), (other, there)):
        archive.add_candidate(into, Candidate(number=0, config=config, operator="seed"))
    assert archive.candidate(run, 0).config == here
    assert archive.candidate(other, 0).config == there
    assert archive.integrity() == []


def test_candidates_by_content_id(filled: Archive, run: Run) -> None:
    ids = [candidate.id for candidate in filled.candidates(run)]
    assert filled.candidate(run, ids[1]).number == 1
    assert filled.candidate(run, " 2 ").number == 2
    assert filled.candidate(run, ids[2][:12].upper()).number == 2
    with pytest.raises(UnknownError, match="numbered 0 to 2"):
        filled.candidate(run, 99)
    with pytest.raises(UnknownError, match=f"the nearest: 1 \\({ids[1]}\\)"):
        filled.candidate(run, ids[1][:10] + "zzz")
    with pytest.raises(UnknownError):
        filled.candidate(run, "")


def test_an_ambiguous_content_id_is_refused(
    archive: Archive, run: Run, make_config: Callable[[str], SystemConfig]
) -> None:
    found: dict[str, int] = {}
    for number in count():
        config = make_config(f"Prompt {number}.")
        archive.add_candidate(run, Candidate(number=number, config=config, operator="seed"))
        start = next((digit for digit in config.id if digit.isalpha()), "")
        if config.id.startswith(start) and start in found:
            break
        if config.id.startswith(start):
            found[start] = number
    both = rf"fits several.*\b({found[start]}|{number}) \(.*\b({found[start]}|{number}) \("
    with pytest.raises(UnknownError, match=both):
        archive.candidate(run, start)


def test_unknown_runs(archive: Archive, run: Run) -> None:
    with pytest.raises(UnknownError, match=f"the nearest: {run.id}"):
        archive.run(run.id[:-1])
    stranger = run.model_copy(update={"id": "stranger"})
    with pytest.raises(UnknownError, match="stranger"):
        archive.candidates(stranger)
    with Archive.in_memory() as empty, pytest.raises(UnknownError, match="no run yet"):
        empty.run()


def test_a_group_is_kept_whole_or_not_at_all(
    archive: Archive, run: Run, make_config: Callable[[str], SystemConfig]
) -> None:
    seed = Candidate(number=0, config=make_config("a"), operator="seed")

    def begin() -> None:
        with archive.group():
            archive.add_candidate(run, seed)
            archive.create_run("lost", 0, "{}", [])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        begin()
    assert archive.candidates(run) == []
    assert [each.id for each in archive.runs()] == [run.id]
    archive.add_candidate(run, seed)
    assert archive.candidates(run) == [seed]


def test_a_name_of_a_group_that_was_undone_is_added_again(
    filled: Archive, run: Run, step: Step
) -> None:
    renamed = step.model_copy(update={"model": "unheard of"})
    proposal_result = ProposalResult(
        decision=5, position=4, candidate=None, outcome="invalid", steps=(renamed,), at=0
    )
    filled.add_decisions(run, [Decision(number=5, purpose="propose", after=0, at=0)])

    def begin() -> None:
        with filled.group():
            filled.add_proposal_result(run, proposal_result)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        begin()
    filled.add_proposal_result(run, proposal_result)
    assert filled.integrity() == []


def test_contradictions_are_refused(
    filled: Archive, run: Run, make_rollout: Callable[..., Rollout]
) -> None:
    before = list(filled.results(run, traces=True))
    with pytest.raises(ArchiveError, match="contradicts"):
        filled.add_rollouts(run, [make_rollout(3).model_copy(update={"position": 4})])
    with pytest.raises(ArchiveError, match="contradicts"):
        filled.add_rollouts(run, [make_rollout(9)])
    with pytest.raises(ArchiveError, match="contradicts"):
        filled.add_candidate(run, filled.candidate(run, 0))
    with pytest.raises(ArchiveError, match="64 bits"):
        filled.put_snapshot(run, 2**70, b"")
    assert list(filled.results(run, traces=True)) == before


def test_damaged_content_is_reported(filled: Archive, run: Run) -> None:
    database = filled._database
    database.execute("UPDATE configurations SET json = '{\"agents\": []}' WHERE key = 1")
    with pytest.raises(DamagedError, match="a candidate"):
        filled.candidates(run)
    database.execute("UPDATE traces SET body = x'00'")
    with pytest.raises(DamagedError, match="a trace"):
        filled.trace(run, 0)
    with pytest.raises(DamagedError, match="a rollout"):
        list(filled.rollouts(run, traces=True))
    database.execute("UPDATE runs SET status = 'asleep'")
    with pytest.raises(DamagedError, match="status"):
        filled.runs()


def test_views_read_sensibly(filled: Archive, run: Run) -> None:
    def view(name: str) -> list[dict[str, object]]:
        return list(filled._rows(f"SELECT * FROM {name}"))

    ranking = view("ranking")
    assert [row["candidate"] for row in ranking] == [2, 0, 1]
    assert ranking[0]["run"] == run.id
    purposes: list[Purpose] = ["search", "propose"]
    assert [row["purpose"] for row in view("spend_by_purpose")] == purposes
    (operator,) = view("operator_success")
    assert (operator["operator"], operator["mean_gain"]) == ("merge", 0.1)
    (model,) = view("spend_by_model")
    assert (model["model"], model["calls"], model["usd"]) == ("small", 7, pytest.approx(0.7))
    assert [row["task"] for row in view("scores")] == ["apples"] * 3
    assert json.loads(next(iter(view("candidates")))["choices"]) == {}
