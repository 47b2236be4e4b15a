"""Inputs made of parts, as chat APIs write them: texts are joined, pictures are found."""

import re
from collections.abc import Mapping

_DATA_URL = re.compile(
    r"data:(?:image|audio|video|application)/[\w.+-]+;base64,[A-Za-z0-9+/=\s]{400,}"
)
"""Encoded media; a shorter one may be what a question is about."""

_MEDIA = ("image", "input_image", "image_url", "audio", "input_audio", "video", "video_url", "file")


def joined_parts(value: object) -> str | None:
    """The texts of a list of parts, as one text; None if the value is no such list."""
    if not isinstance(value, list) or not value:
        return None
    if not all(isinstance(part, Mapping) and isinstance(part.get("type"), str) for part in value):
        return None
    texts = [part["text"] for part in value if isinstance(part.get("text"), str)]
    return "\n".join(texts) if len(texts) == len(value) else None


def medium_in(value: object) -> str:
    """What is there besides text, such as 'a picture'; empty if nothing is."""
    if isinstance(value, str):
        found = _DATA_URL.search(value)
        return _named(found[0][5:30]) if found else ""
    if isinstance(value, bytes | bytearray):
        return "binary data"
    if isinstance(value, Mapping):
        kind = value.get("type")
        if kind in _MEDIA:
            return _named(str(kind))
        value = list(value.values())
    if isinstance(value, list | tuple):
        return next(filter(None, map(medium_in, value)), "")
    return "a picture" if type(value).__module__.startswith("PIL.") else ""


def _named(kind: str) -> str:
    for name, words in (("image", "a picture"), ("audio", "sound"), ("video", "a film")):
        if name in kind:
            return words
    return "a file"
