"""A bounded cache of a pure function."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Remembered(Generic[K, V]):
    """Caches the values of a pure function; the oldest are dropped first.

    Unlike ``functools.lru_cache`` it belongs to one object and can be pickled with it.
    """

    def __init__(self, function: Callable[[K], V], size: int = 2048) -> None:
        self._function = function
        self._size = size
        self._values: dict[K, V] = {}

    def __call__(self, key: K) -> V:
        """The function's value."""
        try:
            return self._values[key]
        except KeyError:
            pass
        value = self._function(key)
        if len(self._values) >= self._size:
            del self._values[next(iter(self._values))]
        self._values[key] = value
        return value
