"""Templates of proposal prompts: stored once, linked to each proposal."""

from archive.records import Decision, Prompt, ProposalResult, Run
from archive.store import Archive

ASK = Prompt(name="edits", text="Propose {edits}.")
NEWER = Prompt(name="edits", text="Propose better {edits}.")
REPAIR = Prompt(name="repair", text="Put it right.")


def propose(archive: Archive, run: Run, number: int, *prompts: Prompt) -> ProposalResult:
    decision = Decision(number=number, purpose="propose", after=number, at=0.0)
    proposal_result = ProposalResult(
        decision=number, position=number, candidate=None, outcome="invalid", prompts=prompts, at=1.0
    )
    with archive.group():
        archive.add_decisions(run, [decision])
        archive.add_proposal_result(run, proposal_result)
    return proposal_result


def test_a_proposal_comes_back_with_its_prompts_in_order(archive: Archive, run: Run) -> None:
    proposal_results = [
        propose(archive, run, 0, ASK, REPAIR),
        propose(archive, run, 1),
        propose(archive, run, 2, REPAIR, ASK),
        propose(archive, run, 3, NEWER),
    ]
    assert archive.proposal_results(run) == proposal_results
    assert list(archive.results(run)) == proposal_results
    (kept,) = archive._rows("SELECT count(*) AS count FROM prompts")
    assert kept["count"] == 3
    assert archive.integrity() == []


def test_each_runs_proposals_are_its_own(archive: Archive, run: Run) -> None:
    other = archive.create_run("other", 1, "{}", [])
    propose(archive, run, 0, ASK)
    propose(archive, other, 0, REPAIR)
    assert archive.proposal_results(run)[0].prompts == (ASK,)
    assert archive.proposal_results(other)[0].prompts == (REPAIR,)


def test_people_see_versions(archive: Archive, run: Run) -> None:
    propose(archive, run, 0, ASK, REPAIR)
    propose(archive, run, 1, NEWER)
    stored = [row["prompts"] for row in archive._rows("SELECT * FROM proposals ORDER BY decision")]
    assert stored == [f"edits@{ASK.version} repair@{REPAIR.version}", f"edits@{NEWER.version}"]
    assert ASK.version != NEWER.version
