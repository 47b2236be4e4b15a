"""Text as it is stored, whole and normalised, and as it is shown, in one printable line."""

import unicodedata

QUOTED = 60
"""Characters of a text that are shown."""


def whole(text: str) -> str:
    """The text without halves of surrogate pairs, which cannot be sent or stored."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def tidy(text: str) -> str:
    """The text whole, with Unicode and line ends normalised and without outer white space."""
    lines = whole(text).replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", lines).strip()


def shown(text: str, length: int = QUOTED) -> str:
    """Untrusted text as one short printable line."""
    line = " ".join(text.split())
    line = "".join(char if char.isprintable() else "·" for char in line)
    return line if len(line) <= length else f"{line[: length - 1]}…"


def quoted(text: str) -> str:
    """The shown text in quotes; a dash for an empty one."""
    return f"'{shown(text)}'" if text else "—"
