"""A seccomp filter for sandboxed programs: denied system calls and allowed socket families.

The denied calls are those that no task needs and that attacks on the kernel start from; they fail
with EPERM and the program continues. Sockets exist for UNIX, INET, INET6 and NETLINK alone, because
a network namespace does not contain the other families: AF_VSOCK, for one, reaches the host of a
virtual machine. The filter is a classic BPF program as ``seccomp(2)`` describes it.
"""

import os
import platform
import struct
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Machine(NamedTuple):
    """An architecture as the kernel names it, and its numbers of the calls that are filtered."""

    audit: int
    clone: int
    clone3: int
    sockets: tuple[int, int]
    """``socket`` and ``socketpair``, whose first argument is an address family."""
    denied: tuple[int, ...]


_NEW = (*range(424, 434), 434, 435 + 3, 442, 447)
"""The same on all: pidfd_send_signal, io_uring, new mount calls, pidfd_open and _getfd, …"""

MACHINES: Mapping[str, Machine] = MappingProxyType(
    {
        "x86_64": Machine(
            0xC000003E,
            56,
            435,
            (41, 53),
            (
                *(29, 30, 31, 64, 65, 66, 68, 69, 70, 71, 240, 241, 242, 243),  # IPC
                *(101, 310, 311, 312),  # ptrace, process_vm_readv and _writev, kcmp
                *(155, 161, 165, 166, 167, 168, 272, 308),  # mounts and namespaces
                *(169, 170, 171, 172, 173, 175, 176, 246, 313, 320),  # the machine
                *(248, 249, 250, 298, 319, 321, 323),  # keys, perf, memfd, bpf, userfaultfd
                *(103, 134, 135, 154, 159, 163, 179, 180, 212, 303, 304, 300),
                *_NEW,
            ),
        ),
        "aarch64": Machine(
            0xC00000B7,
            220,
            435,
            (198, 199),
            (
                *range(180, 198),  # IPC
                *(117, 270, 271, 272),
                *(39, 40, 41, 51, 97, 268),
                *(104, 105, 106, 142, 161, 162, 224, 225, 273, 294),
                *(217, 218, 219, 241, 279, 280, 282),
                *(42, 60, 89, 92, 116, 171, 262, 264, 265),
                *_NEW,
            ),
        ),
    }
)
_NEW_NAMESPACES = 0x7E020080
"""The flags of ``clone`` that make namespaces."""

FAMILIES = (1, 2, 10, 16)
"""The address families of sockets: UNIX, INET, INET6, NETLINK."""

_LOAD, _EQUAL, _ANY_OF, _AT_LEAST, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
_ALLOW, _KILL, _EPERM, _ENOSYS = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
_EAFNOSUPPORT = 0x00050061
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
"""Offsets into ``struct seccomp_data``; of an argument, its lower 32 bits."""


def program(machine: Machine) -> bytes:
    """The filter for an architecture."""
    steps = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, machine.audit),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, 0x40000000),  # another way to write the same numbers
        (_RETURN, 0, 0, _EPERM),
    ]
    for number in sorted(set(machine.denied)):
        steps += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _EPERM)]
    steps += _sockets(machine.sockets)
    steps += [
        (_EQUAL, 0, 1, machine.clone3),  # its flags cannot be seen; libraries then use clone
        (_RETURN, 0, 0, _ENOSYS),
        (_EQUAL, 0, 3, machine.clone),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_ANY_OF, 0, 1, _NEW_NAMESPACES),
        (_RETURN, 0, 0, _EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def _sockets(calls: tuple[int, int]) -> list[tuple[int, int, int, int]]:
    """Allows the families, refuses the others, and passes over all other calls."""
    count = len(FAMILIES)
    steps = [
        (_EQUAL, 1, 0, calls[0]),
        (_EQUAL, 0, count + 3, calls[1]),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
    ]
    # Each family that matches jumps over the ones after it and the refusal, to the permission.
    steps += [(_EQUAL, count - place, 0, family) for place, family in enumerate(FAMILIES)]
    return [*steps, (_RETURN, 0, 0, _EAFNOSUPPORT), (_RETURN, 0, 0, _ALLOW)]


def descriptor() -> int | None:
    """An open file with the filter for this machine, to be closed; None if there is none."""
    machine = MACHINES.get(platform.machine())
    if machine is None:
        return None
    opened = os.memfd_create("seccomp")
    os.write(opened, program(machine))
    os.lseek(opened, 0, os.SEEK_SET)
    return opened
