"""A Ray cluster: one on this machine that comes and goes with the run, or one that is there."""

import logging
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import ray
from ray.exceptions import RayError

from evolve.errors import RunError
from evolve.executors.ray.faults import unreachable
from evolve.secrets.redaction import names_secret

LOCAL = "local"
"""The address of a cluster of one's own on this machine."""

_STORE_BYTES = 200 * 1024 * 1024
"""Of a local cluster's shared memory, which only long traces pass through."""

_KNOCK_S = 5.0
"""How long an address has to answer."""

_HELLO = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
"""How HTTP/2 begins, which Ray's head speaks: RFC 9113, section 3.4."""

_QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}
"""No usage reports, and no warning about accelerators."""


class Cluster(NamedTuple):
    """A cluster that this process is connected to; ``ours``: it was not before."""

    address: str
    ours: bool

    @property
    def connected(self) -> bool:
        """Whether this process still is."""
        return bool(ray.is_initialized())

    @property
    def cpus(self) -> float:
        """The processors of all nodes that are up, used or not."""
        return float(ray.cluster_resources().get("CPU", 0.0))

    @property
    def free_cpus(self) -> float:
        """The unused processors."""
        return float(ray.available_resources().get("CPU", 0.0))

    def disconnect(self) -> None:
        """Leaves it, and ends it where it was made for this process."""
        if self.ours:
            ray.shutdown()


def connect(address: str, modules: Sequence[Path] = ()) -> Cluster:
    """Connects this process to a cluster, unless it is.

    Args:
        address: ``local`` for one of its own, ``auto`` for the one that this machine is part of,
            or a host and port.
        modules: Folders and files of modules that are sent to its nodes.

    Raises:
        RunError: There is none, or it runs other versions.
    """
    if ray.is_initialized():
        return Cluster(address, ours=False)
    os.environ.update({name: os.environ.get(name, value) for name, value in _QUIET.items()})
    _knock(address)
    options: dict[str, Any] = {"address": address}
    if modules:
        options["runtime_env"] = {"py_modules": [str(path) for path in modules]}
    try:
        with _without_secrets():
            if address == LOCAL:
                options |= {
                    "num_cpus": max(2, os.cpu_count() or 2),
                    "include_dashboard": False,
                    "object_store_memory": _STORE_BYTES,
                }
            ray.init(logging_level=logging.ERROR, log_to_driver=False, **options)
    except (RayError, OSError, RuntimeError, ValueError) as error:
        ray.shutdown()
        raise unreachable(address, error) from None
    return Cluster(address, ours=True)


def _knock(address: str) -> None:
    """Detects quickly that no cluster answers; Ray itself takes minutes."""
    if address.startswith("ray://"):
        raise RunError(
            f"{address}: Ray Client is not supported; run evolve on the cluster's head node with "
            "--ray-address auto"
        )
    host, _, port = address.rpartition(":")
    if address in (LOCAL, "auto"):
        return
    if not host or not port.isdecimal():
        raise RunError(f"--ray-address {address!r}: expected `local`, `auto` or HOST:PORT")
    try:
        with socket.create_connection((host, int(port)), _KNOCK_S) as line:
            line.settimeout(_KNOCK_S)
            if not os.environ.get("RAY_USE_TLS"):
                line.sendall(_HELLO)
                if not line.recv(1):
                    raise ConnectionError("what listens there is not Ray")
    except (OSError, OverflowError) as error:
        raise unreachable(address, error) from None


@contextmanager
def _without_secrets() -> Iterator[None]:
    """Keeps keys from the processes that Ray starts, each of which inherits all variables."""
    secrets = {name: value for name, value in os.environ.items() if names_secret(name)}
    kept = {name: value for name, value in secrets.items() if not name.startswith("RAY_")}
    for name in kept:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(kept)
