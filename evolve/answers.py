"""What a text says: its final answer, its verdict, a judge's choice; and when answers are equal."""

import re
import unicodedata
from collections import deque

READ = 200_000
"""Characters at the end of a text in which its answer is looked for: nobody answers at such length,
and reading must not take for ever."""

SHORT = 80
"""Characters that a last line may have to be taken as the answer where none is marked."""

_LEAD = r"^[ \t>*_`-]*"
_STATED = re.compile(
    _LEAD + r"(?:(?:the|my|final)[ ])*answer[ \t*_`]*(?:is)?[:=](?:[*_`]+(?=\s|$))?[ \t]*(.*)$",
    re.IGNORECASE | re.MULTILINE,
)
_IN_PASSING = re.compile(r"\banswer(?: is:?|:|=)[ \t]*(.+)$", re.IGNORECASE)
_HASHES = re.compile(r"^####[ \t]*([^#\n].*)$", re.MULTILINE)
_FENCE = re.compile(r"```[^\n]*\n(.*?)(?:```|\Z)", re.DOTALL)
_CODE = re.compile(r"^[ \t]*```[a-zA-Z][^\n`]*\n.*?(?:^[ \t]*```|\Z)", re.DOTALL | re.MULTILINE)
_CODE_AT_THE_END = re.compile(
    r"^[ \t]*```[a-zA-Z][^\n`]*\n((?:(?![ \t]*```).*\n)*)[ \t]*```\s*\Z", re.MULTILINE
)
"""Blocks of code name their language; others are only set off."""

_VERDICT = re.compile(
    _LEAD + r"(?:final[ ])?verdict[ \t*_`]*[:=][ \t*_`'\"]*(approved?\b(?!.*revise)|revise)?.*$",
    re.IGNORECASE | re.MULTILINE,
)
_BOX = "\\boxed{"
_BRACES = re.compile(r"\\boxed\{|\{|\}")
_WRAPPERS = (
    *(("**", "**"), ("*", "*"), ("`", "`"), ("<", ">")),
    *(("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]")),
)


def extract(text: str) -> str:
    r"""The final answer that a text gives; empty if it gives none.

    Its last line 'Answer: …' counts (what follows, if the line ends there), else its last
    ``\boxed{…}``, else its last line '#### …', else its last line if that is short.
    """
    text = text[-READ:]
    return extract_marked(text) or _last_line(text)


def extract_marked(text: str) -> str:
    """The final answer that a text marks as such; empty if it marks none.

    What stands in a block of code is no mark, and a text that ends with such a block answers so.
    """
    text = text[-READ:]
    for last in deque(_STATED.finditer(_without_code(text)), maxlen=1):
        if answer := _unwrapped(text[last.start(1) : last.end(1)]) or _following(
            text[last.end() :]
        ):
            return answer
    if code := _CODE_AT_THE_END.search(text):
        return code[1].strip("\n")
    if boxed := _boxed(text):
        return _unwrapped(boxed)
    hashes = _HASHES.findall(text)
    return _unwrapped(hashes[-1]) if hashes else ""


def approved(text: str) -> bool:
    """Whether the last verdict that a text gives is 'approved'."""
    return verdict(text) == "approved"


def verdict(text: str) -> str:
    """The last verdict that a text gives, 'approved' or 'revise'; empty if it gives none."""
    found = _VERDICT.findall(text[-READ:])
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


_OUTER = " \t\r\n.,;:!?*`'\"‘’“”"
_OUTER_LEFT = _OUTER.replace(".", "")
_TYPOGRAPHY = str.maketrans({"−": "-", "–": "-", "’": "'", "‘": "'", "“": '"', "”": '"'})
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


def _unwrapped(answer: str) -> str:
    """The answer without what only sets it off: spaces, bold, code, mathematics, a box."""
    answer = answer.strip()
    while True:
        for opening, ending in _WRAPPERS:
            inner = answer[len(opening) : -len(ending)]
            if inner and ending not in inner and answer == opening + inner + ending:
                break
        else:
            inner = answer[len(_BOX) : -1]
            if not (answer.startswith(_BOX) and inner and _boxed(answer) == inner):
                return answer.removesuffix("**").strip()
        answer = inner.strip()


def _following(text: str) -> str:
    """The answer that stands below its announcement: a block of code, or one line."""
    text = text.lstrip()
    if fence := _FENCE.match(text):
        return fence[1].strip("\n")
    return _unwrapped(text.partition("\n")[0])


def _boxed(text: str) -> str:
    """What the last box with balanced braces holds."""
    held = ""
    opened: list[tuple[bool, int]] = []
    for brace in _BRACES.finditer(text):
        if brace[0] != "}":
            opened.append((brace[0] == _BOX, brace.end()))
        elif opened:
            is_box, start = opened.pop()
            held = text[start : brace.start()] if is_box else held
    return held


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
        if not (_VERDICT.fullmatch(line) or _STATED.fullmatch(line))
    )
    last = next(filter(None, telling), "")
    passing = _IN_PASSING.search(last)
    return _unwrapped(passing[1] if passing else last) if len(last) <= SHORT else ""
