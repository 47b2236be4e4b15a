"""Conventions of all commands: exit codes, JSON, widths, colours, completion."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from archive.store import Archive
from tests.evolve.cli.commands import (
    ROOT,
    Command,
    begin,
    end,
    evolve_process,
    is_one_clear_line,
    run_file,
)

READING = [
    *("archive list", "archive show", "archive show 0", "archive best", "archive lineage"),
    *("archive lineage --all", "archive diff 0 1", "archive pareto", "archive tasks"),
    *("archive list --run {run}", "archive check", "archive show 1"),
    "archive query 'SELECT number, operator, rationale FROM candidates'",
    *("estimate run.yaml", "doctor run.yaml --no-calls"),
]
WRITING = ["export -o best.yaml", "export --front -o front", "export --format optuna -o s.db"]


def words(written: str, archive: Path) -> list[str]:
    import shlex

    from archive.reading import Reader

    with Reader.read(archive) as opened:
        return shlex.split(written.format(run=opened.run().id))


@pytest.mark.full
@pytest.mark.parametrize("written", READING)
@pytest.mark.parametrize("columns", [60, 80, 200])
def test_everything_fits(command: Command, archive: Path, written: str, columns: int) -> None:
    command.patch.setenv("COLUMNS", str(columns))
    run_file()
    result = command(*words(written, archive))
    assert result.code == 0, result
    assert result.err == ""
    assert result.out.strip()
    assert max(map(len, result.out.splitlines())) <= columns
    assert "\x1b" not in result.out


@pytest.mark.parametrize("written", [*READING, *WRITING, "report", "list tools"])
def test_programs_get_one_json_value(command: Command, archive: Path, written: str) -> None:
    run_file()
    result = command(*words(written, archive), "--json")
    assert result.code == 0, result
    assert json.loads(result.out) is not None
    assert result.err == ""


@pytest.mark.full
@pytest.mark.parametrize(
    ("written", "code", "message"),
    [
        ("archive list", 0, ""),
        ("archive show 999", 2, "they are numbered 0 to"),
        ("archive show --run smal", 2, "the nearest: "),
        ("archive sho", 2, "Did you mean 'show'?"),
        ("archive list --archive no.db", 2, "there is no archive no.db"),
        ("list system", 2, "did you mean 'systems'?"),
        ("list systems --jso", 2, "--json"),
        ("run quikstart", 2, "did you mean 'quickstart'?"),
        ("run run.yaml --set models.m.openai.modl=x", 2, "did you mean 'model'?"),
        ("run run.yaml", 3, "the run is paused"),
        ("export --format pyton", 2, "did you mean 'python'?"),
        ("export --json", 2, "name a file with -o"),
        ("resume --archive bare.db", 2, "has no run yet"),
        ("report --archive bare.db", 2, "has no run yet"),
        ("doctor run.yaml", 2, ""),
    ],
)
def test_exit_codes_match_the_documentation(
    archive: Path, written: str, code: int, message: str
) -> None:
    folder = archive.parent
    Archive.write(folder / "bare.db").close()
    (folder / "run.yaml").write_text(UNREACHABLE)
    rows = [{"question": f"{n} + {n}", "answer": str(2 * n)} for n in range(20)]
    (folder / "t.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    result = evolve_process(*words(written, archive), folder=folder)
    assert result.code == code, result
    if message:
        is_one_clear_line(result, message, code=code)
    assert "Traceback" not in result.err
    assert f"| {code} |" in (ROOT / "docs" / "commands.md").read_text()


UNREACHABLE = """
tasks: {file: t.jsonl}
models: {m: {openai: {model: m, base_url: "http://127.0.0.1:1/v1", retries: 0}}}
budget: {evaluations: 60}
"""


@pytest.mark.full
def test_a_running_archive_can_be_read_and_a_killed_run_is_marked(
    tmp_path: Path,
) -> None:
    going = begin("run", "quickstart_simulated", "--quiet", folder=tmp_path)
    listed = ""
    for _ in range(200):
        time.sleep(0.1)
        listed = evolve_process("archive", "list", folder=tmp_path).out
        if "validation" in listed:
            break
    assert "  running  " in listed
    for written in ("archive show", "archive show 0", "report", "export"):
        assert evolve_process(*written.split(), folder=tmp_path).code == 0
    is_one_clear_line(
        evolve_process("resume", folder=tmp_path), "is being written by another process"
    )
    going.send_signal(signal.SIGKILL)
    end(going)
    assert "  broken off  " in evolve_process("archive", "list", folder=tmp_path).out
    result = evolve_process("archive", "show", folder=tmp_path)
    assert "broken off" in result.out
    assert "evolve resume" in result.out
    assert evolve_process("report", folder=tmp_path).code == 0


@pytest.mark.full
@pytest.mark.parametrize("what", ["systems", "presets", "scorers"])
def test_lists_have_a_line_each(archive: Path, what: str) -> None:
    entries = json.loads(evolve_process("list", what, "--json", folder=archive.parent).out)
    whole = evolve_process("list", what, folder=archive.parent).out.splitlines()
    assert [line.split()[0] for line in whole] == [each["name"] for each in entries]
    assert all(line.endswith(each["about"]) for line, each in zip(whole, entries, strict=True))
    cut = _on_a_terminal(archive.parent, "list", what, NO_COLOR="1", COLUMNS="60").splitlines()
    assert len(cut) == len(entries) + 1
    assert max(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in cut) <= 60


@pytest.mark.full
@pytest.mark.parametrize("no_color", [True, False])
def test_colours_can_be_turned_off(archive: Path, no_color: bool) -> None:
    colours = r"\x1b\[[0-9;]*3[0-7]m"
    run = ["doctor", "quickstart_simulated", "--no-calls"]
    shown = _on_a_terminal(archive.parent, *run, **({"NO_COLOR": "1"} if no_color else {}))
    assert bool(re.search(colours, shown)) != no_color


def _on_a_terminal(folder: Path, *words: str, **variables: str) -> str:
    """What a terminal is sent."""
    ours, theirs = pty.openpty()
    plain = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    process = subprocess.Popen(
        [sys.executable, "-m", "evolve", *words],
        cwd=folder,
        env={**plain, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", **variables},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 4096):
            shown += part
    except OSError:  # how Linux reports a closed writer
        pass
    finally:
        os.close(ours)
    process.wait(60)
    return shown.decode()


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("evolve arch", "archive"), ("evolve archive li", "lineage"), ("evolve list sys", "systems")],
)
def test_the_shell_completes(tmp_path: Path, typed: str, offered: str) -> None:
    result = evolve_process(
        folder=tmp_path,
        _EVOLVE_COMPLETE="complete_bash",
        COMP_WORDS=typed,
        COMP_CWORD=str(len(typed.split()) - 1),
    )
    assert offered in result.out.split(), result


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_can_be_shown(tmp_path: Path, shell: str) -> None:
    result = evolve_process(folder=tmp_path, _EVOLVE_COMPLETE=f"source_{shell}")
    assert result.code == 0, result
    assert "evolve" in result.out
    assert "_EVOLVE_COMPLETE" in result.out
