"""Values on their way between processes that do not trust each other; nothing here is executable.

A value is written as a letter for its kind, a number, a colon, and then so many bytes or so many
values. What is read is made of plain built-in objects, whatever tricks the original had. (JSON
would do, but reading its module takes longer than most programs run.)
"""

from __future__ import annotations

import sys
from itertools import islice

TYPE_CHECKING = False  # the module `typing` takes longer to read than most programs run
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import IO, Any

LONGEST = 4_000_000
"""Bytes of a message."""

ITEMS = 200_000
"""Of an iterator that is written down."""

DEPTH = 60
"""Levels of containers within each other."""


class Unwritable(Exception):  # noqa: N818 - no error of ours
    """A value that cannot be sent."""


def encode(value: Any, depth: int = 0) -> bytes:  # noqa: ANN401 - of any kind
    """A value as bytes.

    Raises:
        Unwritable: It is of no kind that can be compared elsewhere.
    """
    if value is None or value is True or value is False:
        return b"n0:" if value is None else b"t0:" if value else b"f0:"
    if depth > DEPTH:
        raise Unwritable("it is nested too deeply")
    for kind, letter, written in _PLAIN:
        if isinstance(value, kind):
            text = written(value)
            return b"%s%d:%s" % (letter, len(text), text)
    for kind, letter in _CONTAINERS:
        if isinstance(value, kind):
            return _many(letter, kind.__iter__(value), depth)
    if isinstance(value, dict):
        return _many(b"d", (part for pair in dict.items(value) for part in pair), depth)
    if isinstance(value, range):
        return _many(b"r", (value.start, value.stop, value.step), depth)
    if hasattr(type(value), "__next__") or type(value).__name__.startswith("dict_"):
        return _many(b"I", islice(value, ITEMS), depth)
    raise Unwritable("it is of the type " + type(value).__name__)


def decode(data: bytes) -> Any:  # noqa: ANN401 - of any kind
    """The value that bytes stand for.

    Raises:
        ValueError: They stand for none.
    """
    try:
        value, end = _decoded(data, 0, 0)
    except (KeyError, TypeError, OverflowError) as error:
        raise ValueError("no value") from error
    if end != len(data):
        raise ValueError("more than a value")
    return value


def send(stream: IO[bytes], value: object) -> None:
    """Sends a message."""
    message = encode(value)
    stream.write(b"%d:%s" % (len(message), message))
    stream.flush()


def receive(stream: IO[bytes]) -> Any:  # noqa: ANN401 - of any kind
    """The next message; raises ValueError or EOFError if none comes, or something else."""
    size = b""
    while not size.endswith(b":"):
        part = stream.read(1)
        if not part:
            raise EOFError
        size += part
        if len(size) > 10:
            raise ValueError("no message")
    length = int(size[:-1])
    if not 0 <= length <= LONGEST:
        raise ValueError("too long a message")
    message = stream.read(length)
    if len(message) < length:
        raise EOFError
    return decode(message)


def _many(letter: bytes, items: Iterable[object], depth: int) -> bytes:
    parts = [encode(item, depth + 1) for item in items]
    return b"%s%d:%s" % (letter, len(parts), b"".join(parts))


def _decoded(data: bytes, place: int, depth: int) -> tuple[Any, int]:
    colon = data.index(b":", place, place + 12)
    letter, number, place = data[place : place + 1], int(data[place + 1 : colon]), colon + 1
    if depth > DEPTH + 1 or not 0 <= number <= len(data):
        raise ValueError("no value")
    if letter in _MADE_OF_BYTES:
        return _MADE_OF_BYTES[letter](data[place : place + number]), place + number
    items = []
    for _ in range(number):
        item, place = _decoded(data, place, depth + 1)
        items.append(item)
    return _MADE_OF_ITEMS[letter](items), place


def _text(text: str) -> bytes:
    return str.encode(text, "utf-8", "surrogatepass")


if hasattr(sys, "set_int_max_str_digits"):
    sys.set_int_max_str_digits(0)

_PLAIN: tuple[tuple[type, bytes, Callable[[Any], bytes]], ...] = (
    (int, b"i", lambda value: b"%x" % int(value) if value >= 0 else b"-%x" % -int(value)),
    (float, b"F", lambda value: _text(float.__repr__(value))),
    (complex, b"c", lambda value: _text(complex.__repr__(value))),
    (str, b"s", _text),
    (bytes, b"b", bytes),
    (bytearray, b"B", bytes),
)
_CONTAINERS: tuple[tuple[Any, bytes], ...] = (
    (list, b"l"),
    (tuple, b"u"),
    (set, b"S"),
    (frozenset, b"z"),
)
_MADE_OF_BYTES: dict[bytes, Callable[[bytes], object]] = {
    b"n": lambda _: None,
    b"t": lambda _: True,
    b"f": lambda _: False,
    b"i": lambda data: int(data, 16),
    b"F": lambda data: float(data),
    b"c": lambda data: complex(data.decode()),
    b"s": lambda data: data.decode("utf-8", "surrogatepass"),
    b"b": bytes,
    b"B": bytearray,
}
_MADE_OF_ITEMS: dict[bytes, Callable[[list[Any]], object]] = {
    b"l": list,
    b"u": tuple,
    b"S": set,
    b"z": frozenset,
    b"d": lambda items: dict(zip(items[::2], items[1::2], strict=True)),
    b"r": lambda parts: range(*parts),
    b"I": iter,
}
