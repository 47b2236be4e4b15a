"""Text by others for a terminal: without control characters, cut to a width."""

import re
import unicodedata

_ESCAPE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # control sequences: colours, the cursor, …
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f]).*?(?:\x1b\\|\x07|\x9c|\Z)"  # titles, links, …
    r"|\x1b[ -/]*[0-~]?",
    re.DOTALL,
)
_INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Unicode categories that only steer a display: controls, directions, half characters."""


def clean(text: str) -> str:
    """The text without anything that could steer a terminal; only its line ends remain."""
    text = _ESCAPE.sub("", text.replace("\r\n", "\n").replace("\t", "    "))
    return "".join(
        letter
        for letter in text
        if letter == "\n" or unicodedata.category(letter) not in _INVISIBLE
    )


def one_line(text: str, width: int = 80) -> str:
    """Clean text on one line, cut to a width."""
    line = " ".join(clean(text).split())
    return line if len(line) <= width else line[: width - 1] + "…"
