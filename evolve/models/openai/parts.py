"""A message's content: a text, or parts of which some are thoughts."""

import json
from collections.abc import Iterator, Mapping


def text_in(content: object) -> str:
    """The text of a content; JSON that an endpoint has already parsed is written again."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(_texts(content))
    if isinstance(content, Mapping):
        text = content.get("text")
        return text if isinstance(text, str) else json.dumps(content, ensure_ascii=False)
    return "" if content is None or isinstance(content, bool) else str(content)


def thoughts_in(content: object) -> str:
    """The text of those parts of a content that are thoughts, as Mistral's endpoint sends them."""
    if not isinstance(content, list):
        return ""
    thoughts = (part.get("thinking") for part in content if isinstance(part, Mapping))
    return "".join(text_in(each) for each in thoughts if each)


def _texts(parts: list[object]) -> Iterator[str]:
    for part in parts:
        text = part.get("text") if isinstance(part, Mapping) else part
        if isinstance(text, str):
            yield text
