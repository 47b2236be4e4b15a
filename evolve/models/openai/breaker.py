"""A circuit breaker: calls wait or fail at once while their model does not answer."""

import asyncio

from evolve.errors import OutageError

_IN_A_ROW = 8
"""Failures in a row, of any calls, after which a model counts as failing."""


class Breaker:
    """Lets calls pass while their model works.

    While it fails, one call continues its attempts and the others wait for the result. When that
    call is given up, the others fail at once; after a pause, one call tries whether the model
    works again.
    """

    def __init__(self, rest_s: float) -> None:
        """Starts closed.

        Args:
            rest_s: How long no call is made after one was given up, in seconds.
        """
        self._rest_s = rest_s
        self._failures = 0
        self._probing: object | None = None
        self._outage: OutageError | None = None
        self._until = 0.0
        self._waiting: list[asyncio.Future[None]] = []

    async def admit(self, call: object) -> None:
        """Returns when a call may make an attempt.

        Raises:
            OutageError: The model was given up.
        """
        while True:
            self._raise_outage()
            if self._failures < _IN_A_ROW or self._probing in (None, call):
                break
            changed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(changed)
            await changed
        if self._failures >= _IN_A_ROW:
            self._probing = call

    def worked(self) -> None:
        """Notes that the model answered."""
        self._outage = None
        self._failures = 0
        self._wake()

    def failed(self) -> None:
        """Notes that it did not."""
        self._failures += 1

    def give_up(self, outage: OutageError) -> None:
        """Notes that a call was given up."""
        self._outage = outage
        self._until = asyncio.get_running_loop().time() + self._rest_s
        self._wake()

    def leave(self, call: object) -> None:
        """Notes that a call has ended, in whatever way."""
        if self._probing is call:
            self._probing = None
            self._wake()

    def _raise_outage(self) -> None:
        if self._outage is None:
            return
        now = asyncio.get_running_loop().time()
        if now < self._until:
            raise OutageError(str(self._outage))
        self._until = now + self._rest_s

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for changed in waiting:
            if not changed.done():
                changed.set_result(None)
