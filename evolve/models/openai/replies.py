"""Reading an endpoint's answer: strict about there being one, tolerant about everything else."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from evolve.models.base import Reply, Request, ToolCall
from evolve.models.openai.faults import Passing, error_in, fault_of, one_line
from evolve.models.openai.payload import prompt_bound

_MOST_LETTERS_PER_TOKEN = 6
"""On average over a text; one with more for each token that it was allowed has more tokens."""

_FENCE = re.compile(r"```(?:json)?\s*\n(.*?)```", re.DOTALL)
_THOUGHTS = re.compile(r"\s*<think(?:ing)?>.*?</think(?:ing)?>\s*", re.DOTALL)


def read_reply(content: bytes, request: Request, latency_s: float) -> Reply:
    """The reply that an answer with status 200 holds.

    Args:
        content: The answer.
        request: What was asked.
        latency_s: How long it took.

    Raises:
        Fault: It holds none.
    """
    answer = _json(content)
    if found := error_in(answer):
        status, error = found
        raise fault_of(status, {}, json.dumps({"error": error}).encode())
    choice = _first_choice(answer)
    message = choice.get("message")
    if not isinstance(message, dict):
        _unreadable("an answer without a message", content)
    text = _text(message.get("content"))
    if request.schema is not None:
        text = bare_json(text)
    finish = choice.get("finish_reason")
    refusal = message.get("refusal") or ("a content filter" if finish == "content_filter" else "")
    usage = answer.get("usage")
    told: dict[str, Any] = usage if isinstance(usage, dict) else {}
    prompt_tokens = _count(told.get("prompt_tokens"), least=1)
    calls = tuple(_calls(message.get("tool_calls"))) if request.tools else ()
    completion_tokens = _count(told.get("completion_tokens"), least=1 if text or calls else 0)
    return Reply(
        text=text,
        prompt_tokens=prompt_bound(request) if prompt_tokens is None else prompt_tokens,
        completion_tokens=(
            _completion_bound(text, content, request)
            if completion_tokens is None
            else completion_tokens
        ),
        latency_s=latency_s,
        truncated=finish == "length",
        refusal=one_line(str(refusal)),
        estimated=prompt_tokens is None or completion_tokens is None,
        tool_calls=calls,
    )


def _completion_bound(text: str, content: bytes, request: Request) -> int:
    """No token is shorter than a byte, and who keeps the limit makes no more than it allows."""
    keeps_limit = len(text) <= _MOST_LETTERS_PER_TOKEN * request.max_tokens
    return min(request.max_tokens, len(content)) if keeps_limit else len(content)


def says_something(reply: Reply) -> bool:
    """Whether a reply has words, or calls of which none breaks off.

    Calls that are wrong in another way are the model's own doing.
    """
    if any(_breaks_off(call.arguments) for call in reply.tool_calls):
        return False
    return bool(reply.text or reply.tool_calls or reply.refusal)


def bare_json(text: str) -> str:
    """The JSON that a text holds in a fence or between other words; else the text itself."""
    text = text.strip()
    if text[:1] in ("{", "["):
        return text
    if fences := _FENCE.findall(text):
        return str(fences[-1]).strip()
    start, end = text.find("{"), text.rfind("}")
    return text[start : end + 1] if 0 <= start < end else text


def _json(content: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        if content.lstrip()[:1] == b"<":
            raise Passing(
                "it answers with a page of HTML instead of JSON (`base_url` usually ends in /v1)",
                billed=False,
            ) from None
        _unreadable("an answer that is no JSON", content)
    if not isinstance(answer, dict):
        _unreadable("an answer that is no JSON object", content)
    return answer


def _first_choice(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    choices = answer.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        _unreadable("an answer without choices", json.dumps(answer).encode())
    return choices[0]


def _unreadable(what: str, content: bytes) -> NoReturn:
    shown = one_line(content[:80].decode(errors="replace"))
    raise Passing(f"{what}: {shown or 'nothing'}", billed=True)


def _breaks_off(arguments: str) -> bool:
    try:
        json.loads(arguments or "{}")
    except json.JSONDecodeError as error:
        return error.msg.startswith("Unterminated") or error.pos >= len(arguments.rstrip())
    except RecursionError:
        return False
    return False


def _text(content: object) -> str:
    """The words of a message, without the thoughts that some models put before them."""
    if isinstance(content, list):
        parts = (part.get("text") for part in content if isinstance(part, dict))
        content = "".join(part for part in parts if isinstance(part, str))
    if not isinstance(content, str):
        return ""
    thoughts = _THOUGHTS.match(content)
    return content[thoughts.end() :] if thoughts else content


def _calls(given: object) -> Iterator[ToolCall]:
    """The calls of a message; endpoints write arguments as a text of JSON, or as the object."""
    for call in given if isinstance(given, list) else ():
        function = call.get("function") if isinstance(call, dict) else None
        if isinstance(function, dict):
            arguments = function.get("arguments") or "{}"
            text = arguments if isinstance(arguments, str) else json.dumps(arguments)
            yield ToolCall(str(function.get("name")), text, str(call.get("id")))


def _count(value: object, least: int) -> int | None:
    """A number of tokens; None for what cannot be one."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value < 1e12:
        return None
    return int(value)
