"""An answer without what only sets it off: bold, code, mathematics, a box."""

import re

_BOX = "\\boxed{"
_BRACES = re.compile(r"\\boxed\{|\{|\}")
_WRAPPERS = (
    *(("**", "**"), ("*", "*"), ("`", "`"), ("<", ">")),
    *(("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]")),
    *((f"\\{font}{{", "}") for font in ("text", "textbf", "mathrm", "mathbf", "textit", "mbox")),
)


def unwrapped(answer: str) -> str:
    """The answer without spaces, bold, code marks, mathematics marks or a box around it."""
    answer = answer.strip()
    while (inner := _inside(answer)) is not None:
        answer = inner.strip()
    if answer.endswith(".") and (inner := _inside(answer[:-1])) is not None:
        return unwrapped(inner)
    return answer.removesuffix("**").strip()


def boxed(text: str) -> str:
    r"""What the last ``\boxed{…}`` with balanced braces holds; empty if there is none."""
    held = ""
    opened: list[tuple[bool, int]] = []
    for brace in _BRACES.finditer(text):
        if brace[0] != "}":
            opened.append((brace[0] == _BOX, brace.end()))
        elif opened:
            is_box, start = opened.pop()
            held = text[start : brace.start()] if is_box else held
    return held


def _inside(answer: str) -> str | None:
    """The answer without its outermost wrapper; None if it has none."""
    for opening, ending in _WRAPPERS:
        inner = answer[len(opening) : -len(ending)]
        if inner and ending not in inner and answer == opening + inner + ending:
            return inner
    inner = answer[len(_BOX) : -1]
    return inner if answer.startswith(_BOX) and inner and boxed(answer) == inner else None
