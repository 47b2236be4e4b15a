"""What can go wrong with one request, told apart by what helps.

Fault
├── Passing        may pass by itself: overloaded, cut off, too slow, unreadable
│   └── Limited    a rate limit: wait as long as it says
├── Complaint      the endpoint does not take the request as it is written
└── Lasting        only a person can help: the key, the model's name, the quota
"""

import json
import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from evolve.secrets import without_keys

Need = Literal["key", "route", "quota", "request", "limits", "service"]

_SHOWN = 240
"""Characters of a message that a person gets to see."""

_READ = 1_000
"""Characters of it that are looked through; what follows often quotes the request."""

_OUT_OF_QUOTA = {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"}
_LATE = {408, 502, 504, 524}
"""Statuses by which something in between gives up: the model may have worked all the same."""


class Fault(Exception):  # noqa: N818 - no error yet: most are overcome
    """A request that was not answered; the message is one line without secrets."""


class Passing(Fault):
    """It may pass by itself."""

    def __init__(self, what: str, *, billed: bool, wait_s: float = 0.0) -> None:
        """Describes it.

        Args:
            what: What happened, in one line.
            billed: Whether the request may have been billed.
            wait_s: How long the endpoint asks to wait.
        """
        super().__init__(what)
        self.billed = billed
        self.wait_s = wait_s


class Limited(Passing):
    """A rate limit."""


class Complaint(Fault):
    """The endpoint does not take the request as it is written."""

    def __init__(self, what: str, text: str = "", code: str = "", parameter: str = "") -> None:
        """Describes it.

        Args:
            what: What happened, in one line.
            text: All that the endpoint says about it.
            code: The kind of error as the endpoint calls it.
            parameter: The request's key that the endpoint names.
        """
        super().__init__(what)
        self.text = text[:_READ].lower()
        self.code = code.lower()
        self.parameter = parameter


class Lasting(Fault):
    """Only a person can help."""

    def __init__(self, what: str, need: Need) -> None:
        super().__init__(what)
        self.need = need


def fault_of(status: int, headers: Mapping[str, str], content: bytes) -> Fault:
    """What an answer with an error status means.

    Args:
        status: The HTTP status.
        headers: The answer's headers, whose names are found in any case.
        content: The answer, without secrets.
    """
    error = _error(content)
    code = str(error.get("code") or error.get("type") or "")
    text = _message(error, content)
    what = f"it answers {status}: {one_line(text)}"
    if status == 402 or code in _OUT_OF_QUOTA or error.get("type") in _OUT_OF_QUOTA:
        return Lasting(what, "quota")
    if status == 429:
        return Limited(what, billed=False, wait_s=retry_after(headers))
    if status in (401, 403, 407):
        return Lasting(what, "key")
    if status in (400, 413, 422):
        return Complaint(what, text, code, str(error.get("param") or ""))
    if 300 <= status < 400 or status in (404, 405, 410, 501):
        return Lasting(what, "route")
    if status >= 500 or status in (408, 409, 425):
        return Passing(what, billed=status in _LATE, wait_s=retry_after(headers))
    return Lasting(what, "request")


def retry_after(headers: Mapping[str, str]) -> float:
    """The seconds that an answer asks to wait; 0 if it does not ask.

    Source: RFC 9110, section 10.2.3, and the header ``retry-after-ms`` that some endpoints send.
    """
    for name, unit in (("retry-after-ms", 1e-3), ("retry-after", 1.0)):
        written = headers.get(name, "")
        try:
            return min(max(0.0, float(written) * unit), 1e9)
        except ValueError:
            continue
    try:
        return max(0.0, parsedate_to_datetime(written).timestamp() - time.time())
    except (ValueError, OverflowError):
        return 0.0


def limits_in(headers: Mapping[str, str]) -> dict[str, int]:
    """The requests and tokens a minute that an answer's headers allow, as OpenAI writes them."""
    found = {name: headers.get(f"x-ratelimit-limit-{name}", "") for name in ("requests", "tokens")}
    return {name: int(written) for name, written in found.items() if written.isdecimal()}


def one_line(text: str) -> str:
    """A text from outside as it may be shown: one short line without keys or control characters."""
    text = without_keys(text[: 4 * _SHOWN])
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"


def error_in(answer: Mapping[str, Any]) -> tuple[int, Mapping[str, Any]] | None:
    """The status and the error that some endpoints put into an answer with status 200."""
    error = answer.get("error")
    if not isinstance(error, Mapping) or not error:
        return None
    code = str(error.get("code") or error.get("status") or "")
    return (int(code) if re.fullmatch(r"[45]\d\d", code) else 502), error


def _error(content: bytes) -> Mapping[str, Any]:
    """The error object of an answer: under ``error``, or the answer itself."""
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    error = answer.get("error", answer) if isinstance(answer, dict) else {}
    return error if isinstance(error, dict) else {"message": error}


def _message(error: Mapping[str, Any], content: bytes) -> str:
    for name in ("message", "detail", "msg"):
        if error.get(name):
            message = error[name]
            return message if isinstance(message, str) else json.dumps(message)
    text = content.decode(errors="replace").strip()
    return "a page of HTML" if text.startswith("<") else text or "no explanation"
