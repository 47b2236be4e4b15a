"""Keeping a key out of every text that an endpoint sends."""

import re

_KEYS = re.compile(rb"\b(?:sk|pk|rk|gsk|xai|hf|pplx)[-_][\w*.-]{8,}")
"""What common keys look like, also where an endpoint shows only a part of one."""

_BEARER = re.compile(rb"(?i)\bbearer\s+[\w.~+/=*-]{6,}")
_MASK = b"[key]"


def scrubbed(content: bytes, key: str) -> bytes:
    """An answer without the key it may echo."""
    secret = key.encode()
    return content.replace(secret, _MASK) if secret and secret in content else content


def scrubbed_error(content: bytes, key: str) -> bytes:
    """An error message without anything that looks like a key."""
    return _BEARER.sub(_MASK, _KEYS.sub(_MASK, scrubbed(content, key)))
