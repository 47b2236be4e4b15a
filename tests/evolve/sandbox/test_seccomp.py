"""The filter of system calls, run by a small interpreter of classic BPF and by the kernel."""

import asyncio
import struct

import pytest

from evolve.sandbox.base import SANDBOXES
from evolve.sandbox.programs import run_program
from evolve.sandbox.seccomp import FAMILIES, MACHINES, Machine, program

ALLOWED, NOT_SUPPORTED, DENIED = 0x7FFF0000, 0x00050061, 0x00050001


def verdict(machine: Machine, number: int, first_argument: int) -> int:
    """What the filter returns for a call."""
    shown = {0: number, 4: machine.audit, 16: first_argument}
    steps = list(struct.iter_unpack("=HBBI", program(machine)))
    place, loaded = 0, 0
    while True:
        code, if_true, if_false, value = steps[place]
        place += 1
        if code == 0x06:
            return value
        if code == 0x20:
            loaded = shown[value]
            continue
        holds = {0x15: loaded == value, 0x45: bool(loaded & value), 0x35: loaded >= value}[code]
        place += if_true if holds else if_false


@pytest.mark.parametrize("name", MACHINES)
def test_only_four_families_have_sockets(name: str) -> None:
    machine = MACHINES[name]
    for call in machine.sockets:
        allowed = {n for n in range(64) if verdict(machine, call, n) == ALLOWED}
        assert allowed == set(FAMILIES) == {1, 2, 10, 16}
        assert verdict(machine, call, 40) == NOT_SUPPORTED  # AF_VSOCK


@pytest.mark.parametrize("name", MACHINES)
def test_other_calls_are_decided_as_before(name: str) -> None:
    machine = MACHINES[name]
    assert all(verdict(machine, call, 40) == DENIED for call in machine.denied)
    assert verdict(machine, machine.clone, 0x10000000) == DENIED
    assert verdict(machine, machine.clone, 0) == ALLOWED
    untouched = {0, 1, 2, 3} - set(machine.denied)
    assert all(verdict(machine, call, 40) == ALLOWED for call in untouched)


def test_the_kernel_refuses_other_families() -> None:
    sandbox = SANDBOXES.find("bubblewrap")()
    if sandbox.problem:
        pytest.skip(sandbox.problem)
    source = (
        "import errno, socket\n"
        "for family in range(1, 46):\n"
        "    try:\n        socket.socket(family, socket.SOCK_STREAM).close()\n"
        "    except OSError as error:\n"
        "        if error.errno == errno.EAFNOSUPPORT: print(family, end=' ')\n"
    )
    printed = asyncio.run(run_program(sandbox, source))
    refused = set(map(int, printed.text.split()))
    assert refused >= set(range(1, 46)) - set(FAMILIES)
    assert not refused & {1, 2}
