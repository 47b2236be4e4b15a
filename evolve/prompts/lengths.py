"""What keeps a task's cost finite: no text that is passed on outgrows its author's token limit."""

MAX_BYTES_PER_TOKEN = 6
"""UTF-8 bytes of forwarded text for each token its author may write; few tokens are longer."""

TOKENS_PER_MESSAGE = 16
"""What chat formats wrap around one message, at most."""

TOKENS_PER_CALL = 128
"""What chat formats put before a conversation of their own accord, at most."""

BYTES_PER_TOOL_CALL = 256
"""What a call and its result are wrapped in, at most, its name included."""

BYTES_OF_TOOLS = 2048
"""What an endpoint, or the text protocol, says about tools in general, at most."""

_MARKER = "…"


def cut(text: str, limit: int) -> str:
    """The text within a number of bytes; a marker shows where it was cut.

    Args:
        text: Any text.
        limit: UTF-8 bytes that are allowed, at least those of the marker.
    """
    if len(text) * 4 <= limit:  # no character takes more than four bytes
        return text
    written = text.encode()
    if len(written) <= limit:
        return text
    return written[: limit - len(_MARKER.encode())].decode(errors="ignore") + _MARKER
