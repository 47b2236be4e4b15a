"""`evolve report` and `evolve watch`: pages, servers and errors."""

import asyncio
import base64
import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from archive.reading import Reader
from archive.store import Archive
from evolve.report.page.content import LEVELS, PageContent
from evolve.report.page.document import write_page
from evolve.report.page.live import LivePage
from tests.evolve.cli.commands import Command, begin, end


def data_of(page: str) -> Any:
    """The data that a page carries."""
    (packed,) = re.findall(r'id="data">([A-Za-z0-9+/=]+)</script>', page)
    return json.loads(gzip.decompress(base64.b64decode(packed)))


def test_the_report_holds_what_the_archive_holds(command: Command, archive: Path) -> None:
    result = command("report", "-o", "page.html")
    assert result.code == 0
    assert result.out == "wrote page.html; open it in a browser\n"
    data = data_of((archive.parent / "page.html").read_text())
    assert json.loads(command("report", "--json").out) == data
    with Reader.read(archive) as opened:
        run = opened.run()
        rollouts = list(opened.rollouts(run, purpose="search"))
        assert [each["number"] for each in data["candidates"]] == list(opened.parents(run))
        assert data["confirmations"][0]["mean"] == opened.confirmations(run)[0].mean
        tasks = {task.number: task.id for task in opened.tasks(run)}
        whys = {decision.number: decision.why for decision in opened.decisions(run)}
    assert len(data["allocation"]["purchases"]) == len(rollouts)
    assert any(whys.values())
    assert sum(sum(of.values()) for of in data["allocation"]["of"].values()) == len(rollouts)
    matrix = data["matrix"]
    columns = [task["id"] for task in matrix["tasks"]]
    for rollout in rollouts:
        row = matrix["rows"][matrix["candidates"].index(rollout.candidate)]
        letter = row[columns.index(tasks[rollout.task])]
        assert LEVELS.index(letter) == round(rollout.score.value * (len(LEVELS) - 1))
    assert data["history"][-1]["evaluations"] == len(rollouts)
    usd = [point["usd"] for point in data["history"]]
    assert usd == sorted(usd)


def test_sealed_tasks_stay_unseen(archive_path: Path) -> None:
    with Reader.read(archive_path) as opened:
        data = PageContent(opened, opened.run()).data()
    assert "sealed-plums" not in json.dumps(data)
    assert data["examples"]["3"][0]["task"].startswith("apples")


def test_hostile_text_stays_inside_the_data(archive_path: Path) -> None:
    with Reader.read(archive_path) as opened:
        page = write_page(PageContent(opened, opened.run()).data())
    assert "evil" not in page
    assert "\x1b" not in page
    assert "evil" in json.dumps(data_of(page))


def test_what_cannot_be_reported_is_one_line(command: Command, tmp_path: Path) -> None:
    assert "the nearest: quickstart_simulated-" in command("report", "quickstart_simulated").err
    assert "cannot be written" in command("report", "-o", "nowhere/page.html").err
    with Archive.write(tmp_path / "none.db"):
        pass
    result = command("report", "--archive", str(tmp_path / "none.db"))
    assert result.code == 2
    assert "has no run yet" in result.err


@pytest.mark.full
def test_a_port_in_use_is_one_line(archive: Path) -> None:
    first = begin("watch", "--port", "0", folder=archive.parent)
    try:
        assert first.stdout is not None
        port = first.stdout.readline().split("127.0.0.1:")[1].split("/")[0]
        result = end(begin("watch", "--port", port, folder=archive.parent))
        assert result.code == 2
        assert f"cannot listen on 127.0.0.1:{port}" in result.err
        assert len(result.err.splitlines()) == 1
    finally:
        first.terminate()
    assert end(first).code == 0


def test_the_live_page_is_for_this_machine_alone(archive: Path) -> None:
    async def ask() -> None:
        with Reader.read(archive) as opened:
            run = opened.run()
            server = TestServer(LivePage(opened, run).application())
            async with TestClient(server) as client:
                foreign = await client.get("/", headers={"Host": "evil.example"})
                assert foreign.status == 403
                page = await (await client.get("/")).text()
                assert 'data-mode="live"' in page
                known = data_of(page)["run"]
                same = f"/data.json?after={known['results_seen']}&status={known['status']}"
                assert (await client.get(same)).status == 204
                newer = await client.get("/data.json?after=3&status=running")
                assert (await newer.json())["run"] == known

    asyncio.run(ask())
