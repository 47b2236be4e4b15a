"""Encryption of keys on their way to other machines.

Ray's runtime environment is how variables get to the processes of a cluster, and Ray writes all of
it into its logs. So what goes there is sealed with a random pad of the same length, used once, that
goes to the actor in a message: neither part alone reveals anything about the keys but their length.
"""

import base64
import json
import secrets
from collections.abc import Mapping
from typing import NamedTuple

VARIABLE = "EVOLVE_SEALED"
"""What the sealed variables are called in the runtime environment."""


class Encrypted(NamedTuple):
    """Variables that cannot be read without the pad."""

    text: str
    pad: bytes


def encrypt(variables: Mapping[str, str]) -> Encrypted:
    """Hides variables in a text that may be logged."""
    plain = json.dumps(dict(variables)).encode()
    pad = secrets.token_bytes(len(plain))
    return Encrypted(base64.b64encode(_xor(plain, pad)).decode(), pad)


def decrypt(sealed: Encrypted) -> dict[str, str]:
    """The variables again."""
    variables: dict[str, str] = json.loads(_xor(base64.b64decode(sealed.text), sealed.pad))
    return variables


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
