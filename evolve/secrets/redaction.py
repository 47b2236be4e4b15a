"""Removal of keys from all that is shown or stored.

A key leaves this machine in one header of a request and nowhere else. Endpoints may send it back,
as it is or spelt in JSON's escapes; other encodings, such as base64, are not recognised.
"""

import re
from collections.abc import Mapping

_MASK = "[key]"
_KEYS = re.compile(
    r"\bbearer\s+[\w.~+/=*-]{6,}|\bhf_[\w*]{8,}|\b(?:sk|pk|rk|gsk|xai|pplx)[-_][\w*.-]{8,}",
    re.IGNORECASE,
)
"""What common keys look like, also where an endpoint shows only a part of one."""

_WHOLE_KEY = re.compile(
    r"\b(?:sk|pk|rk)[-_](?=[\w-]*\d)[\w-]{20,}"
    r"|\b(?:gsk_|xai-|hf_|pplx-)(?=[a-z]*\d)[a-z\d]{20,}",
    re.IGNORECASE,
)
"""Names of models, such as ``hf-co-unsloth-qwen3-8b``, have separators where keys have none."""

_VARIABLE = re.compile(r"(KEY|TOKEN|SECRET|PASS|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|AUTH)(_|$)")
_LEAST = 8
"""Characters of a secret: shorter ones, such as EMPTY, are put where no key is needed."""


class Mask:
    """Hides one key."""

    def __init__(self, key: str) -> None:
        """Prepares it; what is too short to be a key is none.

        Args:
            key: The key in ASCII.
        """
        secret = key if len(key) >= _LEAST else ""
        self._plain = secret.encode()
        self._spelt = re.compile("".join(map(_spellings, secret)).encode())
        self._escapes = (b"\\u00", *(b"\\" + each.encode() for each in '"/\\' if each in secret))

    def content(self, content: bytes) -> bytes:
        """An answer without the key."""
        if not self._plain:
            return content
        if any(escape in content for escape in self._escapes):
            content = self._spelt.sub(_MASK.encode(), content)
        return content.replace(self._plain, _MASK.encode())

    def text(self, text: str) -> str:
        """A text without the key."""
        return self.content(text.encode(errors="replace")).decode()


def _spellings(letter: str) -> str:
    """How JSON may write a letter, as a regular expression."""
    ways = [rf"\\u(?i:{ord(letter):04x})"]
    if letter in '"/\\':
        ways.append(rf"\\{re.escape(letter)}")
    if letter not in '"\\':
        ways.append(re.escape(letter))
    return f"(?:{'|'.join(ways)})"


def without_keys(text: str) -> str:
    """A message without anything that looks like a key."""
    return _KEYS.sub(_MASK, text)


def without_secrets(text: str, known: Mapping[str, str]) -> str:
    """A message without anything that looks like a key or is the value of a secret variable."""
    for secret in secrets_of(known):
        text = text.replace(secret, _MASK)
    return without_keys(text)


def names_secret(name: str) -> bool:
    """Whether a variable is one that holds secrets, judged by its name."""
    return bool(_VARIABLE.search(name))


def secrets_of(known: Mapping[str, str]) -> set[str]:
    """The values of those variables that hold secrets; paths are none."""
    values = {value for name, value in known.items() if names_secret(name)}
    return {value for value in values if len(value) >= _LEAST and not value.startswith("/")}


def holds_secret(text: str, known: Mapping[str, str]) -> bool:
    """Whether a text holds a secret variable's value, or what is a key by its looks."""
    return bool(_WHOLE_KEY.search(text)) or any(secret in text for secret in secrets_of(known))
