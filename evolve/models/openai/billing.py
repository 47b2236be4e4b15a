"""The tokens that an answer bills, read from its ``usage``.

Endpoints count reasoning tokens inside ``completion_tokens`` (OpenAI), beside them (xAI, Gemini),
or only in a field of their own (Perplexity). A cap holds only if none of them is missed: the
result is never less than ``total_tokens`` and every single count imply.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

_PROMPT = ("prompt_tokens", "input_tokens")
_COMPLETION = ("completion_tokens", "output_tokens")
_PROMPT_PARTS = (
    "citation_tokens",
    "prompt_cache_hit_tokens",
    "prompt_cache_miss_tokens",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
)
_COMPLETION_PARTS = ("reasoning_tokens", "thoughts_tokens")
_APART = ("reasoning_tokens", "audio_tokens", "image_tokens", "video_tokens")
"""Parts of which no token belongs to two."""

_CACHED = ("cached_tokens", "prompt_cache_hit_tokens", "cache_read_input_tokens")

_MOST = 1e12
"""No call has as many tokens."""


class Tokens(NamedTuple):
    """The tokens of one call; None for what the endpoint does not report."""

    prompt: int | None
    completion: int | None
    cached_prompt: int = 0


def billed(usage: object, *, least_completion: int) -> Tokens:
    """The tokens that an answer's ``usage`` implies at least.

    Args:
        usage: As the endpoint sent it, in whatever form.
        least_completion: A lower count of completion tokens is not credible.
    """
    counts: Mapping[str, Any] = usage if isinstance(usage, Mapping) else {}
    prompt = _first(counts, _PROMPT, least=1)
    completion = _first(counts, _COMPLETION, least=least_completion)
    prompt_details = _details(counts, _PROMPT)
    cached = _first(prompt_details, _CACHED) or _first(counts, _CACHED) or 0
    total = _count(counts.get("total_tokens"))
    if prompt is None and total is not None and completion is not None and total > completion:
        prompt = total - completion
    if prompt is None:
        # Which part of a total alone belongs to the prompt is unknown: all of it is booked here.
        alone = _count(counts.get("total_tokens"), least=1)
        return Tokens(None, alone if completion is None else completion, cached)
    prompt = _with_parts(prompt, [*_counts(prompt_details), *_counts(counts, _PROMPT_PARTS)])
    if total is not None and total >= max(prompt + least_completion, 1):
        completion = max(completion or 0, total - prompt)
    if completion is not None:
        details = _details(counts, _COMPLETION)
        parts = [*_counts(details), *_counts(counts, _COMPLETION_PARTS)]
        completion = max(_with_parts(completion, parts), sum(_counts(details, _APART)))
    return Tokens(prompt, completion, min(cached, prompt))


def _with_parts(whole: int, parts: Iterable[int]) -> int:
    """A count to which those parts are added that it cannot include, because they are larger."""
    return whole + max((part for part in parts if part > whole), default=0)


def _details(usage: Mapping[str, Any], names: Iterable[str]) -> Mapping[str, Any]:
    found = (usage.get(f"{name}_details") for name in names)
    return next((each for each in found if isinstance(each, Mapping)), {})


def _counts(fields: Mapping[str, Any], names: Iterable[str] | None = None) -> list[int]:
    counts = (_count(fields.get(name)) for name in (fields if names is None else names))
    return [count for count in counts if count is not None]


def _first(fields: Mapping[str, Any], names: Iterable[str], least: int = 0) -> int | None:
    return next((n for name in names if (n := _count(fields.get(name), least)) is not None), None)


def _count(value: object, least: int = 0) -> int | None:
    """A number of tokens; None for what cannot be one."""
    if isinstance(value, str) and value.isdecimal():
        value = int(value[:20])
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value < _MOST:
        return None
    return int(value)
