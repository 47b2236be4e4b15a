"""Planted keys, which a hostile endpoint repeats, are never stored or printed.

Everything that the processes of a run leave behind is looked through, also what is compressed.
"""

import base64
import gzip
import itertools
import json
import re
import signal
import sqlite3
import stat
import time
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.evolve.cli.commands import Command, Completed, begin, end, is_one_clear_line, run_file
from tests.evolve.cli.endpoints import HURRY, project, serving
from tests.evolve.models.openai.fake_endpoint import Behaviour, FakeEndpoint, completion

IN_THE_ENVIRONMENT = "planted/environment+0123456789"
IN_A_FILE = "planted-file-9876543210"
PLANTED = (IN_THE_ENVIRONMENT, IN_A_FILE)
HINT = "[key]"


def echo() -> Behaviour:
    """Says the key back in every way that it knows, mostly in answers that count."""
    number = itertools.count()

    async def behave(request: web.Request, payload: dict[str, Any]) -> web.StreamResponse:
        key = request.headers["Authorization"].split()[1]
        match next(number) % 12:
            case 1:
                return _error(500, key, {"X-Key": key})
            case 3:
                return _error(429, key, {"Retry-After": key})
            case 5:
                return web.Response(text=f'{{"key": "{key}', content_type="application/json")
            case 7:
                return _broken_header(request, key)
            case 9:
                return web.Response(text=_escaped(key), content_type="application/json")
        reply = completion(f"My key is {key}. Answer: 4 {key}", reasoning=key)
        return web.json_response(reply | {"id": key, "model": key})

    return behave


async def refuse(request: web.Request, payload: dict[str, Any]) -> web.StreamResponse:
    """Refuses the key, and repeats it in the error."""
    key = request.headers["Authorization"]
    return _error(401, f"Incorrect API key provided: {key}", {"WWW-Authenticate": key})


def _error(status: int, message: str, headers: dict[str, str]) -> web.Response:
    error = {"error": {"message": message, "code": message, "param": message}}
    return web.json_response(error, status=status, headers=headers, reason=message)


def _escaped(key: str) -> str:
    spelt = "".join(f"\\u{ord(letter):04x}" for letter in key)
    return json.dumps(completion("My key is KEY. Answer: 4 KEY")).replace("KEY", spelt)


def _broken_header(request: web.Request, key: str) -> web.Response:
    assert request.transport is not None
    request.transport.write(f"HTTP/1.1 200 OK\r\nX-Key: {key}\0\r\n\r\n{{}}".encode())
    request.transport.abort()
    return web.Response()


def unpacked(path: Path) -> Iterator[bytes]:
    """What a file holds, as it is and with whatever is compressed in it."""
    content = path.read_bytes()
    yield content
    if content.startswith(b"SQLite"):
        with closing(sqlite3.connect(path)) as database:
            tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            for (table,) in tables.fetchall():
                for row in database.execute(f'SELECT * FROM "{table}"'):
                    yield repr(row).encode()
                    for blob in row:
                        with suppress(zlib.error, TypeError):
                            yield zlib.decompress(blob)
    for packed in re.findall(rb"H4sI[\w+/=]{40,}", content):
        yield gzip.decompress(base64.b64decode(packed))


def keeps_none(folder: Path, *results: Completed) -> bytes:
    """Fails if a file or a message holds a planted key; returns all that there is."""
    files = [path for path in folder.iterdir() if path.is_file() and path.name != ".env"]
    everything = b"\n".join(content for path in files for content in unpacked(path))
    everything += "".join(f"{each.out}{each.err}" for each in results).encode()
    for key in PLANTED:
        for form in (key, key.replace("/", "\\/"), base64.b64encode(key.encode()).decode()):
            assert form.encode() not in everything
    return everything


def wait_for(endpoint: FakeEndpoint, requests: int) -> None:
    last = time.monotonic() + 60
    while len(endpoint.requests) < requests:
        assert time.monotonic() < last
        time.sleep(0.01)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".env").write_text(f"FILE_KEY={IN_A_FILE}\n")
    return tmp_path


def hostile_run(folder: Path, url: str) -> None:
    hurry = {**HURRY, "retries": 6, "base_url": url, "rest_s": 0}
    project(
        folder,
        url,
        models={
            "m": {"openai": {"model": "one", "api_key_env": "PLANTED_KEY", **hurry}},
            "n": {"openai": {"model": "two", "api_key_env": "FILE_KEY", **hurry}},
        },
        space={"models": ["m", "n"], "agents": [1, 2], "tools": []},
        strategy={"reflective": {"model": "n"}},
    )


@pytest.mark.full
def test_no_planted_key_is_stored_or_printed(folder: Path) -> None:
    def evolve(*words: str) -> Completed:
        return end(begin(*words, folder=folder, PLANTED_KEY=IN_THE_ENVIRONMENT))

    with serving(then=echo()) as endpoint:
        hostile_run(folder, endpoint.url)
        killed = begin("run", "run.yaml", folder=folder, PLANTED_KEY=IN_THE_ENVIRONMENT)
        wait_for(endpoint, 40)
        killed.kill()
        assert end(killed).code == -signal.SIGKILL
        assert (folder / "evolve.db-wal").exists()
        keeps_none(folder)
        endpoint.behave(refuse)
        paused = evolve("resume", "--quiet")
        is_one_clear_line(paused, "Incorrect API key provided: Bearer [key]", "resume", code=3)
        endpoint.behave(echo())
        resumed = evolve("resume")
        assert resumed.code == 0, resumed
        assert set(endpoint.keys) == {f"Bearer {key}" for key in PLANTED}
    results = [
        evolve(*words.split())
        for words in ("archive show 0", "archive list --json", "export -o best.yaml", "report")
    ]
    assert [each.code for each in results] == [0] * len(results)
    everything = keeps_none(folder, paused, resumed, *results)
    assert everything.count(HINT.encode()) > 40
    for path in (folder / "report.html", folder / "evolve.db"):
        assert any(HINT.encode() in content for content in list(unpacked(path))[1:])
    for name in ("evolve.db", "evolve.db-lock", "best.yaml", "report.html"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600


CRASHING = '''
from evolve.allocators.full import Full

class Crashing(Full):
    """Has a defect."""

    def next(self, *given, **more):
        raise RuntimeError("a defect")
'''


@pytest.mark.full
def test_a_crash_prints_no_key(folder: Path) -> None:
    (folder / "crashing.py").write_text(CRASHING)
    with serving(then=echo()) as endpoint:
        hostile_run(folder, endpoint.url)
        path = folder / "run.yaml"
        values = json.loads(path.read_text()) | {"allocator": "crashing:Crashing"}
        path.write_text(json.dumps(values))
        results = end(begin("run", "run.yaml", folder=folder, PLANTED_KEY=IN_THE_ENVIRONMENT))
    assert results.code == 1
    assert "RuntimeError: a defect" in results.err
    keeps_none(folder, results)


KEY = "hidden!0123456789"
LOOKS = "sk-proj-hidden0123456789abcd"


def small(**options: object) -> dict[str, Any]:
    return {"models.small": {"openai": {"model": "m", **options}}}


@pytest.mark.parametrize(
    ("changes", "expected_message"),
    [
        (small(api_key=KEY), "models.small.api_key: unknown key"),
        (small(api_key_env=KEY), "api_key_env: expected the name of an environment variable"),
        (small(api_key_env=LOOKS), "models.small.openai.api_key_env: this looks like a secret"),
        (small(extra={"api_key": KEY}), "extra: 'api_key' looks like a secret"),
        (small(extra={"headers": {"Authorization": KEY}}), "'Authorization' looks like a secret"),
        (small(extra={"user": LOOKS}), "extra.user: this looks like a secret"),
        (small(base_url=f"http://me:{KEY}@host/v1"), "may hold a secret"),
        (small(timeout_s=[KEY]), "timeout_s: Input should be a valid number"),
        ({"models.small": {"openai": {"model": "m"}, "api_key": KEY}}, "got the keys 'openai', "),
        ({"description": "as in VARIABLE"}, "description: this looks like a secret"),
        ({"seeds": {"library": ["single"], "files": [LOOKS]}}, "seeds.files[0]: this looks like"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_run_file_with_a_secret_is_refused_without_telling_it(
    command: Command, changes: dict[str, Any], expected_message: str
) -> None:
    command.patch.setenv("OTHER_TOKEN", "hidden-in-a-variable")
    name = run_file(**changes)
    Path(name).write_text(Path(name).read_text().replace("VARIABLE", "hidden-in-a-variable"))
    results = command("run", name, "--archive", "other.db")
    is_one_clear_line(results, expected_message)
    assert "hidden" not in results.err + results.out
    assert not Path("other.db").exists()
