"""Keeping keys out of every text that an endpoint sends."""

import re

_MASK = "[key]"
_KEYS = re.compile(
    r"\bbearer\s+[\w.~+/=*-]{6,}|\b(?:sk|pk|rk|gsk|xai|hf|pplx)[-_][\w*.-]{8,}", re.IGNORECASE
)
"""What common keys look like, also where an endpoint shows only a part of one."""


def without_key(content: bytes, key: str) -> bytes:
    """An answer without the key, which endpoints may echo."""
    secret = key.encode()
    return content.replace(secret, _MASK.encode()) if secret and secret in content else content


def without_keys(text: str) -> str:
    """A message without anything that looks like a key."""
    return _KEYS.sub(_MASK, text)
