"""Checker and worker: passes, failures and their reports, without a sandbox.

That nothing leads out of a sandbox is tested in test_containment.py.
"""

import asyncio
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolve.sandbox import seccomp
from evolve.sandbox.docker import Docker
from evolve.sandbox.inside import wire
from evolve.sandbox.judging import LONGEST, Job, Verdict, judge
from evolve.sandbox.podman import Podman
from evolve.sandbox.unsafe import Unsafe
from tests.strategies import examples

NOWHERE = Unsafe(wall_s=20, processes=1024, memory_mb=1024)


def verdict(program: str, tests: str, *names: str, prelude: str = "") -> Verdict:
    return asyncio.run(judge(NOWHERE, Job(program, prelude, tests, names)))


def test_a_right_program_passes() -> None:
    assert verdict("def f(x): return x + 1", "assert f(1) == 2", "f") == Verdict(True)


@pytest.mark.parametrize(
    ("program", "why", "line"),
    [
        ("def f(x): return x", "it does not hold", "assert f(1) == 2"),
        ("def f(x): return 1 / 0", "ZeroDivisionError: division by zero", "assert f(1) == 2"),
        ("def f(x", "the program cannot be loaded: SyntaxError", ""),
        ("", "NameError: the program has no f", "assert f(1) == 2"),
        ("import os; os._exit(0)", "the program ended", ""),
        ("def f(x): return print", "what f returns cannot be compared", "assert f(1) == 2"),
    ],
)
def test_failures_are_reported_with_their_line(program: str, why: str, line: str) -> None:
    found = verdict(program, "x = 1\nassert f(1) == 2", "f")
    assert (found.passed, found.line) == (False, line)
    assert found.why.startswith(why)


def test_tests_may_expect_exceptions_and_changed_arguments() -> None:
    program = (
        "def f(x):\n    if x < 0: raise ValueError('no')\n"
        "def grow(items, names):\n    items.append(9); names.clear()"
    )
    tests = (
        "try: f(-1)\nexcept ValueError as error: assert str(error) == 'no'\nelse: assert False\n"
        "items, names = [1], {2}\ngrow(items, names)\nassert items == [1, 9] and not names"
    )
    assert verdict(program, tests, "f", "grow").passed


def test_printed_text_does_not_disturb_verdicts() -> None:
    assert verdict("print('x' * 10 ** 6)\ndef f():\n    print(1)\n    return 1", "assert f()", "f")


def test_a_job_that_is_too_large_is_reported() -> None:
    assert "longer than" in verdict("#" * LONGEST, "", "f").why


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(), inner, max_size=3)
        | st.frozensets(st.integers())
        | st.sets(st.text())
    ),
)


@examples(200)
@given(values)
def test_values_come_as_they_went(value: Any) -> None:
    stream = BytesIO()
    wire.send(stream, value)
    stream.seek(0)
    came = wire.receive(stream)
    assert came == value
    assert type(came) is type(value)


def test_what_is_no_number_comes_as_such() -> None:
    assert repr(wire.decode(wire.encode([float("nan"), float("-inf"), 1j]))) == "[nan, -inf, 1j]"


@examples(200)
@given(st.binary(max_size=60) | st.text("0123456789:nltuidsS-", max_size=40).map(str.encode))
def test_what_is_no_message_is_an_error(data: bytes) -> None:
    try:
        value = wire.receive(BytesIO(data))
    except (ValueError, EOFError, RecursionError):
        return
    wire.encode(value)  # what was read is something that can be written


@pytest.mark.parametrize("sandbox", [Docker(image="python:3.12"), Podman()])
def test_containers_are_closed_in(sandbox: Docker) -> None:
    launch = sandbox.launch("worker")
    text = " ".join(launch.command)
    for part in ("--network none", "--read-only", "--cap-drop ALL", "--pids-limit 8", "--memory"):
        assert part in text
    assert launch.end == (
        sandbox.program,
        "kill",
        launch.command[launch.command.index("--name") + 1],
    )


@pytest.mark.parametrize("machine", seccomp.MACHINES.values())
def test_filters_fit_the_kernel(machine: seccomp.Machine) -> None:
    steps = len(seccomp.program(machine)) // 8
    assert steps < 4096
    assert len(set(machine.denied)) < 255  # a jump reaches no further
