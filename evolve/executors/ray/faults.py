"""Errors of Ray, in one line each."""

import re
from contextlib import suppress
from typing import Any

import ray
from ray.exceptions import (
    AuthenticationError,
    NodeDiedError,
    ObjectLostError,
    RayActorError,
    RayError,
    RayTaskError,
    RuntimeEnvSetupError,
    WorkerCrashedError,
)

from evolve.errors import OutageError, RunError
from search_spaces.errors import EvolveError

GONE = (RayActorError, WorkerCrashedError, NodeDiedError, ObjectLostError)
"""An actor that has ended or cannot be reached, with its worker, its node or the way there."""

_LACKING = "No module named"


def end(handle: Any) -> None:  # noqa: ANN401 - Ray's handles
    """Ends an actor, wherever it is and if it is still there."""
    with suppress(RayError, ValueError):
        ray.kill(handle)


def lacks_a_module(error: Exception) -> bool:
    """Whether an actor could not even be loaded on its node, and no other one could."""
    return _LACKING in str(error)


def one_line(error: Exception) -> Exception:
    """The error that a person is shown for one that Ray raised; others are left as they are."""
    if isinstance(error, EvolveError) or not isinstance(error, RayError):
        return error
    if lacks_a_module(error):
        return RunError(
            f"a node of the Ray cluster lacks a module ({_line(error, _LACKING)}); install the "
            "same evolve on every node, and send your own modules with the executor's `modules`"
        )
    if isinstance(error, RuntimeEnvSetupError):
        return RunError(f"Ray cannot set up what actors run in: {_line(error)}")
    if isinstance(error, RayTaskError):
        return RunError(f"an actor on Ray failed: {_line(error.cause)}")
    return OutageError(f"actors on Ray end before they can work: {_line(error)}; see Ray's logs")


def unreachable(address: str, error: Exception) -> RunError:
    """Why a cluster cannot be used, and what to do."""
    text = str(error)
    if "Version mismatch" in text:
        versions = re.findall(r"(?:Ray|Python): \S+", text)
        theirs, ours = " and ".join(versions[:2]), " and ".join(versions[2:])
        return RunError(
            f"the Ray cluster at {address} runs {theirs}, this process {ours}; "
            "install the same versions here and there"
        )
    if isinstance(error, AuthenticationError):
        return RunError(
            f"the Ray cluster at {address} does not take this machine's token; copy the file "
            "~/.ray/auth_token of its head node here"
        )
    return RunError(
        f"no Ray cluster can be reached at {address} ({_line(error)}); start one with "
        "`ray start --head`, or use `--ray-address local`"
    )


def _line(error: object, about: str = "") -> str:
    """The line of an error that is about something; its first one if none is."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [repr(error)]
    return next((line for line in lines if about and about in line), lines[0])[:200]
