"""What the models of one process hold in common, such as one server for several of them."""

from collections.abc import Callable, Hashable
from typing import Generic, Protocol, TypeVar


class Closable(Protocol):
    """A shared resource that closes with its last user."""

    def close(self) -> None:
        """Ends it."""


C = TypeVar("C", bound=Closable)


class Lease(Generic[C]):
    """One user's hold on something shared."""

    def __init__(self, held: C, release: Callable[[], None]) -> None:
        """Holds it until `release`.

        Args:
            held: What is shared.
            release: Called once, when this user needs it no more.
        """
        self.held = held
        self._release: Callable[[], None] | None = release

    def release(self) -> None:
        """Releases the resource; a second call does nothing."""
        release, self._release = self._release, None
        if release is not None:
            release()


class Shared:
    """Counts the users of whatever is opened through it, and closes what has none left."""

    def __init__(self) -> None:
        """Starts with nothing open."""
        self._open: dict[Hashable, tuple[Closable, int]] = {}

    def lease(self, key: Hashable, start: Callable[[], C]) -> Lease[C]:
        """A hold on what is open under a key, which is opened where it is not.

        Args:
            key: What equal users have in common; it determines the type of what is opened.
            start: Opens it; whatever it raises is raised here, and nothing stays open.
        """
        held, users = self._open.get(key) or (start(), 0)
        self._open[key] = held, users + 1
        return Lease(held, lambda: self._leave(key))  # type: ignore[arg-type]

    def _leave(self, key: Hashable) -> None:
        held, users = self._open.pop(key)
        if users > 1:
            self._open[key] = held, users - 1
        else:
            held.close()
