"""Assembles the page: one self-contained file in which no text can run as code.

The data and the charting library are compressed and written in letters and digits alone, so nothing
in them can end the block that they are in. The page's content security policy admits exactly its
own scripts, and connections only to its origin.
"""

import base64
import gzip
import hashlib
import json
import re
from functools import cache
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from evolve.errors import RunError
from evolve.report.console import finite

SCRIPTS = ("basics.js", "charts.js", "tree.js", "topology.js", "candidate.js", "page.js")
_PLACE = re.compile(r"\{\{(\w+)\}\}")


def write_page(data: dict[str, Any], *, live: bool = False) -> str:
    """The whole page.

    Args:
        data: The data of `content.PageContent`.
        live: Whether the page polls its origin for newer data.

    Raises:
        RunError: The charting library is not installed.
    """
    library = _library()
    script = "(() => {\n'use strict';\n" + "\n".join(map(_asset, SCRIPTS)) + "\n})();\n"
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; "
        f"connect-src 'self'; script-src {_digest(script.encode())} {_digest(library)}"
    )
    parts = {
        "policy": policy,
        "live": "live" if live else "still",
        "style": _asset("page.css"),
        "library": _packed(library),
        "data": _packed(as_json(data).encode()),
        "script": script,
    }
    return _PLACE.sub(lambda place: parts[place[1]], _asset("page.html"))


def as_json(data: object) -> str:
    """The data as the page reads them."""
    return json.dumps(finite(data), separators=(",", ":"))


def _packed(content: bytes) -> str:
    return base64.b64encode(gzip.compress(content, 9, mtime=0)).decode()


def _digest(script: bytes) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"


def _asset(name: str) -> str:
    return (resources.files(__package__) / "assets" / name).read_text(encoding="utf-8")


def check_library() -> None:
    """Checks that the charting library is installed.

    Raises:
        RunError: The charting library is not installed.
    """
    _library()


@cache
def _library() -> bytes:
    found = find_spec("plotly")
    path = Path(found.origin if found and found.origin else "plotly").parent
    try:
        return (path / "package_data" / "plotly.min.js").read_bytes()
    except OSError:
        raise RunError(
            "the charts need plotly, which is not installed: pip install plotly"
        ) from None
