"""Reading a reply: its final answer, its verdict, a judge's choice; and when answers are equal."""

import re
import unicodedata
from collections import deque

from evolve.answers.json_values import json_at, last_json
from evolve.answers.marks import HEADED, IN_PASSING, STATED
from evolve.answers.thoughts import without_thoughts
from evolve.answers.wrapping import boxed, unwrapped

READ = 200_000
"""Characters at the end of a text in which its answer is looked for; it bounds the time."""

SHORT = 80
"""Characters that a last line may have to be taken as the answer where none is marked."""

_HASHES = re.compile(r"^####[ \t]*([^#\n].*)$", re.MULTILINE)
_FENCE = re.compile(r"```[^\n]*\n(.*?)(?:```|\Z)", re.DOTALL)
_CODE = re.compile(r"^[ \t]*```[a-zA-Z][^\n`]*\n.*?(?:^[ \t]*```|\Z)", re.DOTALL | re.MULTILINE)
_CODE_AT_THE_END = re.compile(
    r"^[ \t]*```[a-zA-Z][^\n`]*\n((?:(?![ \t]*```).*\n)*)[ \t]*```\s*\Z", re.MULTILINE
)
"""Blocks of code name their language; others are only set off."""

_VERDICT = re.compile(
    r"^[ \t>*_`-]*(?:final[ ])?verdict[ \t*_`]*[:=][ \t*_`'\"]*"
    r"(approved?\b(?!.*revise)|revise)?.*$",
    re.IGNORECASE | re.MULTILINE,
)
_CLOSING_TAG = re.compile(r"</(?:final[_ ]?)?answer>", re.IGNORECASE)
_ITEM = re.compile(r"(?:[-*•+]|\d{1,3}[.)])[ \t]+\S")
_DISPLAYS = (("\\[", "\\]"), ("$$", "$$"))


def extract(text: str) -> str:
    r"""The final answer that a reply gives; empty if it gives none.

    The answer that is marked as such (see `extract_marked`); else a reply that is JSON as a whole;
    else the last line, if it is short. Thoughts count for nothing.
    """
    text = without_thoughts(text)[-READ:]
    return _marked(text) or _whole_json(text) or _last_line(text)


def extract_marked(text: str) -> str:
    r"""The final answer that a reply marks as such; empty if it marks none.

    Its last line 'Answer: …', in any of many languages, counts (what follows, if the line ends
    there), or its last ``<answer>…</answer>``; else its last ``\boxed{…}``; else its last line
    '#### …'. A block of code holds no mark, and a reply that ends with such a block answers so.
    """
    return _marked(without_thoughts(text)[-READ:])


def line_of(text: str, cut_off: bool = False) -> str:
    """The final answer of a reply; one that was cut off has to mark it.

    Args:
        text: The reply.
        cut_off: Whether it ended at its token limit.
    """
    return extract_marked(text) if cut_off else extract(text)


def text_of(text: str, cut_off: bool = False, marked: bool = True) -> str:
    """A reply as an answer of any number of lines.

    Args:
        text: The reply.
        cut_off: Whether it ended at its token limit; then the answer has to be marked.
        marked: Whether all that follows the last 'Answer:' is the answer; otherwise a mark is left
            out where the reply begins with it.
    """
    text = without_thoughts(text).strip()
    places = STATED.finditer(_without_code(text)) if marked else iter(())
    for last in deque(places, maxlen=1):
        return _unfenced(text[last.start(1) :].strip())
    if tagged := _tagged(text):
        return tagged
    headings = HEADED.finditer(_without_code(text)) if marked else iter(())
    for last in deque(headings, maxlen=1):
        return _unfenced(text[last.end() :].strip())
    if cut_off:
        return ""
    first = STATED.match(text)
    return _unfenced(text[first.start(1) :].strip() if first else text)


def json_of(text: str, cut_off: bool = False) -> str:
    """The last JSON object or array of a reply, else its final answer."""
    shown = without_thoughts(text)[-READ:]
    return last_json(shown) or line_of(text, cut_off)


def _marked(text: str) -> str:
    outside = _without_code(text)
    for last in deque(STATED.finditer(outside), maxlen=1):
        rest = text[last.start(1) :]
        below = text[last.end() :]
        line = text[last.start(1) : last.end(1)]
        if line.startswith(("```", "{", "[")) and (block := _block(rest)):
            return block
        if answer := unwrapped(line) or _following(below):
            return answer
    if tagged := _tagged(text):
        return tagged
    if code := _CODE_AT_THE_END.search(text):
        return code[1].strip("\n")
    if held := boxed(text):
        return unwrapped(held)
    hashes = _HASHES.findall(text)
    if hashes:
        return unwrapped(hashes[-1])
    for last in deque(HEADED.finditer(outside), maxlen=1):
        return _following(text[last.end() :])
    return ""


def _tagged(text: str) -> str:
    """What the last ``<answer>…</answer>`` holds; empty if there is none."""
    for last in deque(_CLOSING_TAG.finditer(text), maxlen=1):
        before = text[: last.start()]
        start = before.lower().rfind(opening := last[0].replace("/", "").lower())
        return unwrapped(before[start + len(opening) :]) if start >= 0 else ""
    return ""


def _whole_json(text: str) -> str:
    """The JSON value that a reply consists of or ends with; empty if it is something else."""
    found = last_json(text) if text.rstrip(" \t\r\n`").endswith(("}", "]")) else ""
    return found if "\n" in found or text.strip() == found else ""


def approved(text: str) -> bool:
    """Whether the last verdict that a text gives is 'approved'."""
    return verdict(text) == "approved"


def verdict(text: str) -> str:
    """The last verdict that a text gives, 'approved' or 'revise'; empty if it gives none."""
    found = _VERDICT.findall(without_thoughts(text)[-READ:])
    if not found:
        return ""
    return {"a": "approved", "r": "revise", "": ""}[found[-1][:1].lower()]


def choice(text: str, options: int) -> int | None:
    """The number from 1 to ``options`` that a judge's text decides for; None if it is not clear."""
    numbers = {
        int(number) for number in re.findall(r"(?<![\d.-])\d{1,9}(?!\d|\.\d)", extract(text))
    }
    return numbers.pop() if len(numbers) == 1 and numbers <= set(range(1, options + 1)) else None


def _without_code(text: str) -> str:
    """A text of the same length whose blocks of code are blank."""
    if "```" not in text:
        return text
    return _CODE.sub(lambda block: re.sub(r"[^\n]", " ", block[0]), text)


_OUTER = " \t\r\n.,;:!?*`'\"‘’“”„‚«»‹›「」『』。，、；：！？"
_OUTER_LEFT = _OUTER.replace(".", "")
_TYPOGRAPHY = str.maketrans(
    {"−": "-", "–": "-", "’": "'", "‘": "'", "“": '"', "”": '"'}
    | dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff", "")  # characters without a width
)
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?!\d)")
_TRAILING_ZEROS = re.compile(r"(?<![\d.])(\d+)\.0+(?![\d.])")
_AROUND_SIGNS = re.compile(r"\s*([^\w\s])\s*")
_NUMBER = re.compile(r"([-+]?)0*(\d*)(?:\.(\d*?)0*)?")


def normalise(answer: str) -> str:
    """A form in which answers that say the same are equal.

    Case, spacing, outer punctuation and quotes, enclosing parentheses, thousands separators and
    trailing zeros are left out of account; units, signs and inner punctuation count.
    """
    tidy = unicodedata.normalize("NFC", answer).translate(_TYPOGRAPHY)
    form = _AROUND_SIGNS.sub(r"\1", " ".join(tidy.casefold().split()))
    bare = form.lstrip(_OUTER_LEFT).rstrip(_OUTER)
    if _encloses(bare):
        bare = bare[1:-1].strip(_OUTER)
    bare = _THOUSANDS.sub(lambda number: number[0].replace(",", ""), bare or form)
    number = _NUMBER.fullmatch(bare)
    if number and bare[-1:].isdecimal():
        size = (number[2] or "0") + (f".{number[3]}" if number[3] else "")
        return f"-{size}" if number[1] == "-" and size != "0" else size
    return _TRAILING_ZEROS.sub(r"\1", bare)


def _following(text: str) -> str:
    """The answer below its announcement: a block, a list, or one line."""
    text = text.lstrip()
    if block := _block(text):
        return block
    lines = text.split("\n", 1_000)
    if not _ITEM.match(lines[0].strip()):
        return unwrapped(lines[0])
    items = 0
    while items < len(lines) and _ITEM.match(lines[items].strip()):
        items += 1
    return "\n".join(line.strip() for line in lines[:items])


def _block(text: str) -> str:
    """What a text begins with, where that is a fenced block, JSON or displayed mathematics."""
    if fence := _FENCE.match(text):
        return fence[1].strip("\n")
    if value := json_at(text):
        return value
    for opening, ending in _DISPLAYS:
        end = text.find(ending, len(opening)) if text.startswith(opening) else -1
        if end > 0:
            return unwrapped(text[len(opening) : end])
    return ""


def _unfenced(text: str) -> str:
    """The inside of a fenced block that a text consists of; else the text."""
    fence = _FENCE.fullmatch(text)
    return fence[1].strip("\n") if fence and "```" not in fence[1] else text


def _encloses(text: str) -> bool:
    """Whether the first and the last character are parentheses that belong together."""
    depth = 0
    for place, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return place == len(text) - 1 and place > 0
    return False


def _last_line(text: str) -> str:
    """The last line that says something other than a verdict, if it is short."""
    lines = (line.rstrip() for line in reversed(text.split("\n")))
    telling = (
        line.strip(" \t`")
        for line in lines
        if not (_VERDICT.fullmatch(line) or STATED.fullmatch(line))
    )
    last = next(filter(None, telling), "")
    passing = IN_PASSING.search(last)
    answer = passing[1] if passing else last
    return unwrapped(answer) if len(answer) <= SHORT else ""
