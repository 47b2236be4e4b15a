"""Compression of stored texts with zlib."""

import zlib

MOST_BYTES = 128 << 20
"""The size of the largest text that is read, in bytes."""

_WINDOWS = range(10, 16)
"""Exponents of zlib's window sizes; large windows cost more to set up than they save."""


def compress(text: bytes, level: int = zlib.Z_DEFAULT_COMPRESSION) -> bytes:
    """Compresses a text for `decompress`, with a window that suits its length."""
    window = min(max(len(text).bit_length(), _WINDOWS[0]), _WINDOWS[-1])
    # The hash table grows with the window, as in zlib's defaults.
    compressor = zlib.compressobj(level, zlib.DEFLATED, window, window - 7)
    return compressor.compress(text) + compressor.flush()


def decompress(body: bytes) -> bytes:
    """A stored text.

    Raises:
        zlib.error: It is damaged.
        ValueError: It is larger than any text that is stored; an archive from elsewhere may hold a
            small body that would fill the memory.
    """
    decompressor = zlib.decompressobj()
    text = decompressor.decompress(body, MOST_BYTES)
    if decompressor.unconsumed_tail:
        raise ValueError(f"a stored text is larger than {MOST_BYTES >> 20} MiB")
    if not decompressor.eof:
        raise zlib.error("a stored text is incomplete")
    return text
