"""Hostile programs in a sandbox of bubblewrap's, and that nothing comes of them."""

import asyncio
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from evolve.sandbox.bubblewrap import Bubblewrap
from evolve.sandbox.judging import Job, Verdict, judge
from evolve.sandbox.programs import Printed, run_program
from tests.evolve.sandbox.hostile import GREEDY, IMPORTS, LIES, OUTSIDE, SYSCALL

pytestmark = pytest.mark.full

SANDBOX = Bubblewrap(wall_s=3.0, memory_mb=256)
TESTS = "assert f(1) == 2\nassert f([3]) == [3, 3]\nassert sorted({f('a'), 'b'}) == ['aa', 'b']"
RIGHT = "def f(x): return x + x"


class Surroundings(NamedTuple):
    """What is not the programs' business."""

    folder: Path
    file: Path
    listener: socket.socket
    bystander: "subprocess.Popen[bytes]"

    def written_into(self, program: str) -> str:
        places = {
            "PORT": self.listener.getsockname()[1],
            "FOLDER": self.folder,
            "FILE": self.file,
            "PID": self.bystander.pid,
            "SECRET": "do-not-tell",
            "NAME": "evolve-hostile",
        }
        return re.sub("@([A-Z]+)@", lambda found: str(places[found[1]]), program)

    def check(self) -> None:
        """Checks that no file, connection, process or temporary file was affected."""
        assert self.file.read_text() == "mine"
        assert [path.name for path in self.folder.iterdir()] == ["file"]
        with pytest.raises(BlockingIOError):
            self.listener.accept()
        assert self.bystander.poll() is None


@pytest.fixture(scope="module")
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surroundings]:
    folder = tmp_path_factory.mktemp("outside")
    (folder / "file").write_text("mine")
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.MonkeyPatch.context() as patch:
        listener.setblocking(False)
        patch.setenv("EVOLVE_TEST_API_KEY", "do-not-tell")
        sleep = [sys.executable, "-c", "import time; time.sleep(3600)"]
        with subprocess.Popen(sleep) as bystander:
            yield Surroundings(folder, folder / "file", listener, bystander)
            bystander.kill()


def run(source: str) -> Printed:
    return asyncio.run(run_program(SANDBOX, source))


def verdict_on(program: str) -> Verdict:
    return asyncio.run(judge(SANDBOX, Job(program, "", TESTS, ("f",))))


def left_over() -> set[Path]:
    """Processes of a sandbox that outlive it; they are given a moment to be taken away.

    Other tests have sandboxes at the same time, so only those count that are there all the while.
    """
    found = _inside()
    for _ in range(200):
        if not found:
            break
        time.sleep(0.05)
        found &= _inside()
    return found


def _inside() -> set[Path]:
    names = {p.parent for p in Path("/proc").glob("[0-9]*/cmdline") if b"inside." in _read(p)}
    return {p for p in names if _read(p / "environ").startswith(b"PATH=/usr/bin:/bin\0")}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_there_are_enough_of_them() -> None:
    assert len(OUTSIDE) + len(GREEDY) + len(LIES) >= 90


@pytest.mark.parametrize("name", OUTSIDE)
def test_nothing_leads_out(name: str, surroundings: Surroundings) -> None:
    printed = run(SYSCALL + surroundings.written_into(OUTSIDE[name]))
    assert "ESCAPED" not in printed.text
    surroundings.check()


@pytest.mark.parametrize("name", GREEDY)
def test_programs_are_limited_in_resources(name: str, surroundings: Surroundings) -> None:
    started = time.monotonic()
    printed = run(SYSCALL + GREEDY[name])
    assert time.monotonic() - started < 60  # wall limit 3 s, on however busy a machine
    assert "ESCAPED" not in printed.text
    assert len(printed.text) <= SANDBOX.output_bytes
    assert printed.code != 0 or name in ("leave a daemon behind", "keep shared segments")
    assert not left_over()
    surroundings.check()


@pytest.mark.parametrize("name", LIES)
def test_verdicts_cannot_be_forged(name: str, surroundings: Surroundings) -> None:
    verdict = verdict_on(LIES[name])
    assert not verdict.passed
    assert verdict.why
    surroundings.check()


@pytest.mark.parametrize("name", [*OUTSIDE, *GREEDY])
def test_attacks_during_tests_fail(name: str, surroundings: Surroundings) -> None:
    program = SYSCALL + surroundings.written_into({**OUTSIDE, **GREEDY}[name])
    assert not verdict_on(program + "\ndef f(x): return 0").passed
    surroundings.check()


def test_a_right_program_passes_among_them() -> None:
    async def all_at_once() -> list[Verdict]:
        programs = [RIGHT, *list(LIES.values())[:6], RIGHT]
        jobs = (Job(program, "", TESTS, ("f",)) for program in programs)
        return list(await asyncio.gather(*(judge(SANDBOX, job) for job in jobs)))

    assert [verdict.passed for verdict in asyncio.run(all_at_once())] == [True, *[False] * 6, True]


def test_programs_run_as_an_unprivileged_user() -> None:
    printed = run(IMPORTS + "print(os.getuid(), os.getgroups(), sorted(os.environ))")
    user, _, rest = printed.text.partition(" ")
    assert int(user) != 0
    assert rest.split("] ")[-1].strip() == "['HOME', 'LANG', 'PATH', 'PWD']"
