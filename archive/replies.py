"""The replies that were paid for, by key: what the call cache of later runs finds.

The table is one of the archive's and its texts are opaque here; `archive.store.Archive` puts them
and gets them.
"""

import zlib
from collections.abc import Mapping

from archive.compression import compress
from archive.rows import Row

FIND = "SELECT body FROM replies WHERE key = ?"
ADD = "INSERT OR IGNORE INTO replies (key, run, body) VALUES (?, ?, ?)"


def reply_rows(run: int, bodies: Mapping[bytes, str]) -> list[Row]:
    """The rows of replies, in the order of their insert statement."""
    return [(key, run, compress(body.encode(), level=1)) for key, body in bodies.items()]


def read_body(body: bytes) -> str:
    """A stored text; raises zlib.error or ValueError if it is damaged."""
    return zlib.decompress(body).decode()
