"""Rows of paid replies, which the call cache of later runs reads.

The texts are opaque here; `archive.store.Archive` puts and gets them.
"""

from collections.abc import Mapping

from archive.compression import compress, decompress
from archive.rows import Row

FIND = "SELECT body FROM replies WHERE key = ?"
ADD = "INSERT OR IGNORE INTO replies (key, run, body) VALUES (?, ?, ?)"


def reply_rows(run: int, bodies: Mapping[bytes, str]) -> list[Row]:
    """The rows of replies, in the order of their insert statement."""
    return [(key, run, compress(body.encode(), level=1)) for key, body in bodies.items()]


def read_body(body: bytes) -> str:
    """A stored text; raises zlib.error or ValueError if it is damaged."""
    return decompress(body).decode()
