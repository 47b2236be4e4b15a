"""When a whole model is left alone for a while."""

import asyncio

from evolve.errors import OutageError


class Breaker:
    """Keeps everybody from asking a model that somebody has just given up.

    Once its rest is over, one call finds out whether it works again.
    """

    def __init__(self, rest_s: float) -> None:
        """Starts closed.

        Args:
            rest_s: How long a model is left alone, in seconds.
        """
        self._rest_s = rest_s
        self._outage: OutageError | None = None
        self._until = 0.0

    def check(self) -> None:
        """Lets a call pass while the model works.

        Raises:
            OutageError: It was given up.
        """
        if self._outage is None:
            return
        now = asyncio.get_running_loop().time()
        if now < self._until:
            raise OutageError(str(self._outage))
        self._until = now + self._rest_s

    def open(self, outage: OutageError) -> None:
        """Notes that a call was given up."""
        self._outage = outage
        self._until = asyncio.get_running_loop().time() + self._rest_s

    def close(self) -> None:
        """Notes that the model answered."""
        self._outage = None
