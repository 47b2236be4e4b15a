"""The ways in which one request can fail, by what helps.

Fault
├── Passing        may pass by itself: overloaded, cut off, too slow, unreadable
│   └── Limited    a rate limit: wait as long as it says
├── Complaint      the endpoint refuses the request: for its content, its form, or everything
└── Lasting        only a person can help: the key or the quota
"""

import json
import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from evolve.models.openai.refusals import can_never_fit, known_refusal
from evolve.secrets.redaction import without_keys

Need = Literal["key", "route", "quota", "request", "limits", "service"]

_SHOWN = 240
"""Characters of a message that a person gets to see."""

_READ = 1_000
"""Characters of it that are looked through; what follows often quotes the request."""

_OUT_OF_QUOTA = {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"}
_NEEDS: Mapping[int, Need] = {403: "key", 404: "route", 405: "route", 410: "route", 501: "route"}
"""What to check if an endpoint answers every request with that status."""

_ABILITIES = re.compile(
    r"template|jinja|\brole|system (message|prompt)|grammar|schema|\btools?\b|function.call"
    r"|response_format|unsupported|not (supported|implemented)|unknown (field|parameter)"
)
"""Words of servers that fail at a request which they cannot serve, instead of refusing it."""

_LATE = {408, 502, 504, 524}
"""Statuses by which something in between gives up: the model may have worked all the same."""


class Fault(Exception):  # noqa: N818 - no error yet: most are overcome
    """A request that was not answered; the message is one line without secrets."""


class Passing(Fault):
    """It may pass by itself."""

    def __init__(
        self, what: str, *, billed: bool, wait_s: float = 0.0, may_lack: bool = False
    ) -> None:
        """Describes it.

        Args:
            what: What happened, in one line.
            billed: Whether the request may have been billed.
            wait_s: How long the endpoint asks to wait.
            may_lack: Whether the endpoint may lack an ability that the request takes.
        """
        super().__init__(what)
        self.billed = billed
        self.wait_s = wait_s
        self.may_lack = may_lack


class Limited(Passing):
    """A rate limit."""


class Complaint(Fault):
    """The endpoint refuses the request: for its content, its form, or as it would any other."""

    def __init__(
        self,
        what: str,
        text: str = "",
        code: str = "",
        parameter: str = "",
        need: Need = "request",
    ) -> None:
        """Describes it.

        Args:
            what: What happened, in one line.
            text: The endpoint's whole message.
            code: The kind of error as the endpoint calls it.
            parameter: The request's key that the endpoint names.
            need: What to check if the endpoint refuses every other request, too.
        """
        super().__init__(what)
        self.text = text[:_READ].lower()
        self.code = code.lower()
        self.parameter = parameter
        self.need = need


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
    text = _message(error, content)
    return _fault(status, error, f"it answers {status}: {one_line(text)}", text, headers)


def _fault(
    status: int, error: Mapping[str, Any], what: str, text: str, headers: Mapping[str, str]
) -> Fault:
    """The fault of a status and an error object; `what` is how a person reads it."""
    kinds = {str(error.get(name) or "") for name in ("code", "type")}
    if status == 402 or kinds & _OUT_OF_QUOTA:
        return Lasting(what, "quota")
    if (status == 429 or status >= 500) and can_never_fit(text[:_READ].lower()):
        # No waiting helps: the request alone exceeds the tokens a minute, or the context.
        return Complaint(what, text)
    if status == 429:
        return Limited(what, billed=False, wait_s=retry_after(headers))
    if status in (401, 407):
        return Lasting(what, "key")
    if 300 <= status < 400:
        return Lasting(what, "route")
    if (status >= 500 and status != 501) or status in (408, 409, 425):
        may_lack = status == 500 and bool(_ABILITIES.search(text[:_READ].lower()))
        wait_s = retry_after(headers)
        return Passing(what, billed=status in _LATE, wait_s=wait_s, may_lack=may_lack)
    parameter = str(error.get("param") or "")
    return Complaint(what, text, " ".join(sorted(kinds)), parameter, _NEEDS.get(status, "request"))


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


def error_in(answer: Mapping[str, Any]) -> Fault | None:
    """The error that some endpoints put into an answer with status 200, or into its choice."""
    choices = answer.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    if isinstance(first, Mapping) and first.get("error"):
        answer = first
    if not answer.get("error") and "choices" in answer:
        return None
    error = _error_object(answer)
    described = any(error.get(name) for name in ("message", "detail", "msg"))
    if not (described or (answer.get("error") and error)):
        return None
    codes = (str(error.get(name) or "") for name in ("code", "status", "status_code"))
    text = _message(error, json.dumps(error).encode())
    unsaid = "400" if known_refusal(text[:_READ].lower()) else "502"
    code = next((code for code in codes if re.fullmatch(r"[45]\d\d", code)), unsaid)
    return _fault(int(code), error, f"it answers an error: {one_line(text)}", text, {})


def _error(content: bytes) -> Mapping[str, Any]:
    """The error object of an answer."""
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    if isinstance(answer, list) and len(answer) == 1:
        answer = answer[0]  # as Gemini's endpoint writes it
    return _error_object(answer) if isinstance(answer, dict) else {}


def _error_object(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """An answer's error: under ``error``, as an object or as text, or else the answer itself."""
    error = answer.get("error") or answer
    return error if isinstance(error, Mapping) else {"message": error}


def _message(error: Mapping[str, Any], content: bytes) -> str:
    for name in ("message", "detail", "msg"):
        if error.get(name):
            message = error[name]
            return message if isinstance(message, str) else json.dumps(message)
    text = content.decode(errors="replace").strip()
    return "a page of HTML" if text.startswith("<") else text or "no explanation"
