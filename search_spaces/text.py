"""Text as it is kept: whole, normalised, and equal if it reads the same."""

import unicodedata


def whole(text: str) -> str:
    """The text without halves of surrogate pairs, which cannot be sent or stored."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def tidy(text: str) -> str:
    """The text whole, with Unicode and line ends normalised and without outer white space."""
    lines = whole(text).replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", lines).strip()
