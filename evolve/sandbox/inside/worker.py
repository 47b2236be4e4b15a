"""Runs a program and calls its functions for the process that judges it.

The first message is the program, each further one a call. What comes back is only ever the value of
a call: nothing that the program does here can say that a test has passed.
"""

from __future__ import annotations

import os

from evolve.sandbox.inside import wire
from evolve.sandbox.inside.limits import close_in

TYPE_CHECKING = False  # the module `typing` takes longer to read than most programs run
if TYPE_CHECKING:
    from typing import Any


def main() -> None:
    """Serves calls until the input ends."""
    close_in()
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)

    names: dict[str, Any] = {"__name__": "program", "__builtins__": __builtins__}
    try:
        exec(compile(wire.receive(requests), "program", "exec"), names)  # noqa: S102 - that is what a sandbox is for
        wire.send(replies, ("loaded",))
    except BaseException as error:  # noqa: BLE001 - a program may raise anything
        wire.send(replies, _raised(error))
        return
    while True:
        try:
            call = wire.receive(requests)
        except EOFError:
            return
        wire.send(replies, _answer(call, names))


def _answer(call: tuple[str, Any, Any], names: dict[str, Any]) -> tuple[object, ...]:
    """("value", what it returned, its arguments as they are now), or what else came of a call."""
    name, arguments, named = call
    try:
        if name not in names:
            return ("raised", "NameError", "the program has no " + name)
        value = names[name](*arguments, **named)
        answer = ("value", value, arguments)
        wire.encode(answer)
    except wire.Unwritable as error:
        return ("unwritable", str(error))
    except BaseException as error:  # noqa: BLE001 - a program may raise anything
        return _raised(error)
    return answer


def _raised(error: BaseException) -> tuple[object, ...]:
    return ("raised", type(error).__name__, str(error)[:300])


main()
