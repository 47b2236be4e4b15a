"""The head of a GGUF file: what kind of model it holds, without loading it.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

import struct
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, NamedTuple

from evolve.errors import RunError

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_SCALARS = MappingProxyType(
    {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
)
_TEXT, _ARRAY = 8, 9
_MOST = 1 << 23
"""Bytes of one text and values of one list; vocabularies have a quarter of a million words."""

_ENDS = 1 << 20
"""Bytes at each end of a file that tell it from others."""

_BYTES_PER_VALUE = 2
"""Keys and values are kept as 16-bit floats."""


class Header(NamedTuple):
    """The properties of a model by the header of its file."""

    size: int
    """Bytes of the whole file."""
    architecture: str
    name: str
    trained_context: int | None
    """Tokens that the model was trained for."""
    bytes_per_token: int
    """Of the key-value cache, for each token of context; 0 where that is not known."""


def read_header(path: Path) -> Header:
    """Reads the head of a GGUF file.

    Raises:
        RunError: It cannot be read, or is no GGUF file.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            found = _metadata(file)
    except OSError as error:
        raise RunError(f"{path}: cannot be read: {error.strerror}") from None
    except (struct.error, ValueError, UnicodeDecodeError) as error:
        why = f": {error}" if isinstance(error, ValueError) else ""
        raise RunError(
            f"{path}: no usable GGUF file{why}; give `path` a model in the format of llama.cpp"
        ) from None
    architecture = str(found.get("general.architecture", ""))
    context = found.get(f"{architecture}.context_length")
    return Header(
        size=size,
        architecture=architecture,
        name=str(found.get("general.name", "")),
        trained_context=context if isinstance(context, int) else None,
        bytes_per_token=_bytes_per_token(architecture, found),
    )


def fingerprint(path: Path) -> str:
    """Tells a file's content from others by its size and both its ends, quickly.

    Raises:
        OSError: It cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        ends = file.read(_ENDS)
        file.seek(max(0, size - _ENDS))
        ends += file.read(_ENDS)
    return sha256(size.to_bytes(8, "big") + ends).hexdigest()


def _bytes_per_token(architecture: str, found: Mapping[str, object]) -> int:
    """2 (keys, values) × layers × key-value heads × values a head × bytes a value.

    Unknown (0) for models whose layers keep less than the whole context.
    """
    prefix = f"{architecture}."

    def number(name: str) -> int:
        value = found.get(prefix + name)
        return value if isinstance(value, int) and not isinstance(value, bool) else 0

    partial = ("attention.sliding_window", "attention.kv_lora_rank", "ssm.state_size")
    heads = number("attention.head_count")
    if any(prefix + name in found for name in partial) or not heads:
        return 0
    width = number("attention.key_length") or number("embedding_length") // heads
    kept = number("attention.head_count_kv") or heads
    return 2 * number("block_count") * kept * width * _BYTES_PER_VALUE


def _metadata(file: BinaryIO) -> dict[str, object]:
    if file.read(4) != _MAGIC:
        raise ValueError("it does not begin with GGUF")
    version, _, count = struct.unpack("<IQQ", file.read(20))
    if version not in _VERSIONS:
        raise ValueError(f"its format has version {version}, expected 2 or 3")
    found: dict[str, object] = {}
    for _ in range(count):
        key = _text(file)
        found[key] = _value(file, _number(file, "I"))
    return found


def _value(file: BinaryIO, kind: int) -> object:
    if kind in _SCALARS:
        return struct.unpack(f"<{_SCALARS[kind]}", file.read(struct.calcsize(_SCALARS[kind])))[0]
    if kind == _TEXT:
        return _text(file)
    if kind != _ARRAY:
        raise ValueError(f"a value of unknown kind {kind}")
    inner, count = _number(file, "I"), _number(file, "Q")
    if inner == _ARRAY or count > _MOST:
        raise ValueError(f"a list of {count:,} values of kind {inner}")
    return [_value(file, inner) for _ in range(count)]


def _text(file: BinaryIO) -> str:
    length = _number(file, "Q")
    if length > _MOST:
        raise ValueError(f"a text of {length:,} bytes")
    return file.read(length).decode()


def _number(file: BinaryIO, form: str) -> int:
    (number,) = struct.unpack(f"<{form}", file.read(struct.calcsize(f"<{form}")))
    return int(number)
