"""Texts as they are stored: compressed with zlib."""

import zlib

_WINDOWS = range(10, 16)
"""Powers of 2 that zlib's windows may have; the largest take longer to make than to use."""


def compress(text: bytes, level: int = zlib.Z_DEFAULT_COMPRESSION) -> bytes:
    """A text that `zlib.decompress` reads; short ones are looked through in small windows."""
    window = min(max(len(text).bit_length(), _WINDOWS[0]), _WINDOWS[-1])
    # The table of what was seen is as large as the window, as in zlib's defaults.
    compressor = zlib.compressobj(level, zlib.DEFLATED, window, window - 7)
    return compressor.compress(text) + compressor.flush()
