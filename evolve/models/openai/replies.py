"""Reading an endpoint's answer: strict about there being one, tolerant about everything else."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from evolve.models.base import Reply, Request, ToolCall
from evolve.models.openai.billing import billed
from evolve.models.openai.faults import Passing, error_in, one_line
from evolve.models.openai.label_scores import label_scores
from evolve.models.openai.parts import text_in, thoughts_in
from evolve.models.openai.payload import prompt_bound

NO_CHOICES = "the endpoint returned no text and no reason, as some content filters do"
"""The refusal in a reply whose answer has an empty list of choices."""

_MOST_LETTERS_PER_TOKEN = 6
"""Average of a text; one with more letters for each token that was allowed exceeds its limit."""

_CUT_OFF = ("length", "max_tokens", "max_output_tokens", "model_length")
"""Why a reply ended, where it reached a limit of tokens."""

_FILTERED = re.compile(
    r"filter|safety|sensitive|blocked|blocklist|prohibited|recitation|refusal|moderation|spii",
    re.IGNORECASE,
)
"""Why a reply ended, where it or its request was refused."""

_FENCE = re.compile(r"```(?:json)?\s*\n(.*?)```", re.DOTALL)
_THOUGHTS = re.compile(r"\s*<(think(?:ing)?)>(.*?)(?:</\1>\s*|\Z)", re.DOTALL)
_END_OF_THOUGHTS = re.compile(r"</think(?:ing)?>\s*")


def read_reply(content: bytes, request: Request, latency_s: float) -> Reply:
    """The reply in an answer with status 200.

    Args:
        content: The answer.
        request: The request.
        latency_s: How long it took, in seconds.

    Raises:
        Fault: There is none.
    """
    answer = _json(content)
    if error := error_in(answer):
        raise error
    choice = _first_choice(answer)
    message = choice.get("message", _of_completion(choice))
    if not isinstance(message, dict):
        _unreadable("an answer without a message", content)
    calls = tuple(_calls(message.get("tool_calls"))) if request.tools else ()
    finish = str(choice.get("finish_reason"))
    reasoning = _reasoning(message)
    text = without_thoughts(text_in(message.get("content")))
    truncated = finish.lower() in _CUT_OFF
    if not (text or calls or truncated):
        # Servers whose reasoning parser does not fit the model put the whole reply there.
        text = without_thoughts(reasoning)
    if request.schema is not None:
        text = bare_json(text)
    tokens = billed(answer.get("usage"), least_completion=1 if text or calls else 0)
    return Reply(
        text=text,
        prompt_tokens=prompt_bound(request) if tokens.prompt is None else tokens.prompt,
        completion_tokens=(
            _completion_bound(text, content, request)
            if tokens.completion is None
            else tokens.completion
        ),
        latency_s=latency_s,
        truncated=truncated,
        refusal=_refusal(choice, message),
        estimated=tokens.prompt is None or tokens.completion is None,
        tool_calls=calls,
        cached_prompt_tokens=0 if tokens.prompt is None else tokens.cached_prompt,
        reasoning=reasoning if calls else "",
        label_scores=label_scores(choice, request.labels) if request.labels else (),
    )


def is_complete(reply: Reply) -> bool:
    """Whether a reply has text, a refusal, or tool calls of which none breaks off.

    Calls that are wrong in another way are the model's own mistake.
    """
    if any(_breaks_off(call.arguments) for call in reply.tool_calls):
        return False
    return bool(reply.text or reply.tool_calls or reply.refusal not in ("", NO_CHOICES))


def bare_json(text: str) -> str:
    """The JSON that a text holds in a fence or between other words; else the text itself."""
    text = text.strip()
    if text[:1] in ("{", "["):
        return text
    if fences := _FENCE.findall(text):
        return str(fences[-1]).strip()
    start, end = text.find("{"), text.rfind("}")
    return text[start : end + 1] if 0 <= start < end else text


def without_thoughts(text: str) -> str:
    """A text without the thoughts before it: in tags, or up to a closing tag alone.

    Thoughts that break off leave nothing.
    """
    if thoughts := _THOUGHTS.match(text):
        return text[thoughts.end() :]
    parts = _END_OF_THOUGHTS.split(text, maxsplit=1)
    # Chat templates may open the tag in the prompt, so that the reply holds only its end.
    return parts[1] if len(parts) > 1 and "<think" not in parts[0] else text


def _completion_bound(text: str, content: bytes, request: Request) -> int:
    """No token is shorter than a byte, and a model that keeps the limit makes no more."""
    keeps_limit = len(text) <= _MOST_LETTERS_PER_TOKEN * request.max_tokens
    return min(request.max_tokens, len(content)) if keeps_limit else len(content)


def _refusal(choice: Mapping[str, Any], message: Mapping[str, Any]) -> str:
    if not choice:
        return NO_CHOICES
    if message.get("refusal"):
        return one_line(str(message["refusal"]))
    finish = one_line(str(choice.get("finish_reason")))
    return finish.replace("content_filter", "a content filter") if _FILTERED.search(finish) else ""


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
    if isinstance(answer, list) and len(answer) == 1 and isinstance(answer[0], dict):
        answer = answer[0]  # as Gemini's endpoint writes errors
    if not isinstance(answer, dict):
        _unreadable("an answer that is no JSON object", content)
    return answer


def _first_choice(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """The first choice, empty where the list of choices is."""
    choices = answer.get("choices")
    if choices == []:
        return {}
    if not isinstance(choices, list) or not isinstance(choices[0], dict):
        _unreadable("an answer without choices", json.dumps(answer).encode())
    return choices[0]


def _of_completion(choice: Mapping[str, Any]) -> object:
    """The message of a choice in the older format of completions; empty for no choice."""
    if not choice:
        return {}
    return {"content": choice["text"]} if isinstance(choice.get("text"), str) else None


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


def _reasoning(message: Mapping[str, Any]) -> str:
    found = (message.get(name) for name in ("reasoning_content", "reasoning"))
    stated = next((text for text in found if text and isinstance(text, str)), "")
    return stated or thoughts_in(message.get("content"))


def _calls(given: object) -> Iterator[ToolCall]:
    """The calls of a message; endpoints write arguments as a text of JSON, or as the object."""
    for call in given if isinstance(given, list) else ():
        function = call.get("function") if isinstance(call, dict) else None
        if isinstance(function, dict):
            arguments = function.get("arguments") or "{}"
            text = arguments if isinstance(arguments, str) else json.dumps(arguments)
            extra = json.dumps(call["extra_content"]) if call.get("extra_content") else ""
            yield ToolCall(str(function.get("name")), text, str(call.get("id")), extra)
