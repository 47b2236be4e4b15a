"""What was billed beyond the limits of calls is shown wherever a run is."""

import json
from pathlib import Path

import pytest

from evolve.report.page.content import PageContent
from tests.evolve.cli.commands import Command
from tests.evolve.cli.endpoints import project, serving
from tests.evolve.models.openai.fake_endpoint import answers, completion
from tests.evolve.runs import reading

SHOWN = "completion tokens beyond `max_tokens`"
EVAL = ("eval", "system.yaml", "--run-file", "run.yaml", "-q")


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "system.yaml").write_text("agents: [{name: solver, max_tokens: 64}]")
    return Command(monkeypatch, capsys)


@pytest.mark.parametrize(("billed", "beyond"), [(7, 0), (164, 100)])
def test_replies_beyond_their_limit_are_counted_and_shown(
    command: Command, tmp_path: Path, billed: int, beyond: int
) -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 7, "total_tokens": 9 + billed}
    with serving(then=answers({**completion(), "usage": usage})) as endpoint:
        project(tmp_path, endpoint.url)
        shown = command(*EVAL)
        found = json.loads(command(*EVAL, "--json").out)
    assert shown.code == 0, shown.err
    evaluated = found["tasks"]
    expected = f"{evaluated} evaluations billed {beyond * evaluated:,} {SHOWN}" if beyond else ""
    assert found["overruns"].startswith(expected)
    assert bool(found["overruns"]) is (SHOWN in " ".join(shown.out.split())) is (beyond > 0)
    assert (SHOWN in " ".join(command("archive", "show").out.split())) is (beyond > 0)
    with reading(Path("evolve.db")) as archive:
        assert PageContent(archive, archive.run()).data()["overruns"] == found["overruns"]
