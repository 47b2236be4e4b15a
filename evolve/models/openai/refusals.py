"""Refusals of a single request that are known by their words.

The conversation is too long, a content filter stopped it, or what the model generated is invalid.
"""

import re

_TOO_LONG = re.compile(
    r"context.?(length|window|size)|(prompt|input|request|messages?)\W.{0,40}too (long|large)"
    r"|too many (input )?tokens|maximum (prompt|input|sequence) length"
    r"|(input|prompt) token count|tokens.{0,20}max_new_tokens|request too large"
)
_NEVER_FITS = re.compile(r"request too large|context.?(length|window|size)")
_FILTERED = re.compile(
    r"content.?(filter|policy|management)|responsible.?ai|moderation|safety system|flagged"
    r"|invalid_prompt|data_inspection|inappropriate content|usage polic"
)
_NOT_GENERATED = re.compile(
    r"json_validate_failed|tool_use_failed|failed_generation"
    r"|failed to (generate json|call a function)"
)


def can_never_fit(said: str) -> bool:
    """Whether a rate limit or a server error, in lower case, blames the request's own length.

    Unlike "too many tokens", which some endpoints say of all requests of a minute together.
    """
    return bool(_NEVER_FITS.search(said))


def known_refusal(said: str) -> str:
    """Why an error, in lower case, refuses its request alone; empty where it does not say so."""
    if _TOO_LONG.search(said):
        return "the conversation is too long for the model"
    if _FILTERED.search(said):
        return "a content filter stopped the conversation"
    return "the model's output was invalid" if _NOT_GENERATED.search(said) else ""
