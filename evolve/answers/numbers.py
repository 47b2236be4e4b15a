r"""Numbers in an answer, however they are written.

Read are the thousands separators and decimal marks of all countries (1,234.5 · 1.234,5 · 1 234,5 ·
1'234.5 · 12,34,567), fractions (3/4 · \frac{3}{4} · 3 1/2 · ½), powers (10^6 · 2×10⁸ · 1.5e3),
words (forty-two · 3 million), percent signs, currencies and units (5 m², 9.8 m/s^2).
"""

import math
import re

from evolve.answers.number_words import spelled_out
from evolve.answers.reading import line_of

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_SUPERSCRIPT = re.compile(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+")
_SIGNS = str.maketrans({"−": "-", "–": "-", "⁄": "/", "％": "%"})
_VULGAR = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅕": "1/5", "⅛": "1/8"}
_HEXADECIMAL = re.compile(r"(?<![\w.])0x([\da-f]{1,12})(?!\w)", re.IGNORECASE)
_UNDERSCORES = re.compile(r"(?<=\d)_(?=\d{3})")
_LATEX_NOISE = re.compile(
    r"\\(?:text|mathrm|textbf|mathbf|mbox)\{([^{}]*)\}|\^\{?\\circ\}?"
    r"|\\[,;:! $]|[$€£¥₹₽₩]|\*\*(?!\s*[\d{-])"
)
_LATEX_FRACTION = re.compile(r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}")
_TIMES_TEN = re.compile(
    r"(?<=[\d.])\s*(?:×|\\times|\\cdot|·|⋅|\*|x)\s*10\s*(?:\^|\*\*)\s*(?:\{([-+]?\d+)\}|([-+]?\d+))"
)
_POWER = re.compile(
    r"(?<![\w.,)])(\d+(?:\.\d+)?)\s*(?:\^|\*\*)\s*(?:\{([-+]?\d{1,3})\}|([-+]?\d{1,3}))(?![\w.^])"
)
_UNIT_POWER = re.compile(
    r"(?<=[\d\s/·*])(?:[kcdmµn]?m|s|sec|min|h|hr|ft|in|inch(?:es)?|yd|mi(?:les?)?|feet|met(?:er|re)s?"
    r"|units?|kg|g|mol|K)\s*\^\s*(?:\{-?\d\}|-?\d)(?!\w)"
)
_MIXED = re.compile(r"(?<![\w.,/])(\d{1,6})\s+(\d{1,4})\s*/\s*(\d{1,4})(?![\d/])")

_RUN = r"\d(?:[\d.,'’ \u00a0\u2009\u202f]*\d)?\.?|\.\d+"
_NUMBER = re.compile(
    rf"(?P<sign>(?<![\w)])(?:[-+]\s?|minus\s+|negative\s+))?(?<![\w.,])(?P<top>{_RUN})"
    rf"(?:e(?P<power>[-+]?\d{{1,3}}))?(?:\s*/\s*(?P<bottom>{_RUN}))?"
    r"\s*(?:(?P<percent>%|percent\b|per cent\b|pct\b|prozent\b|pour ?cent\b|por ?ciento\b"
    r"|por cento\b|per ?cento\b|procent\b)|(?P<scale>dozen|thousand|mi(?:ll)?io|million|mrd"
    r"|milliard|billion|bn|trillion)(?:s|en)?\b|(?-i:(?P<short>[kKMB])(?![\w/^])))?",
    re.IGNORECASE,
)
_SCALES = {
    **{"dozen": 12, "thousand": 1e3, "k": 1e3},
    **{"million": 1e6, "mio": 1e6, "millio": 1e6, "m": 1e6},
    "trillion": 1e12,
}
_BILLION = 1e9
_SEVERAL = re.compile(r"[,;]\s|\b(?:or|and|oder|und|ou|et|o|y)\b", re.IGNORECASE)
_SPACES = re.compile(r"['’ \u00a0\u2009\u202f]")

_GROUPED = (
    (re.compile(r"\d{1,3}(?: \d{3})+(?:[.,]\d*)?"), " ", ","),
    (re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d*)?"), ",", ""),
    (re.compile(r"\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}"), ".", ","),
    (re.compile(r"\d+,\d+"), "", ","),
    (re.compile(r"\d*\.?\d*"), "", ""),
)
"""Ways to write a number: its pattern, the separator of groups, and the decimal mark if it is no
point. The first that fits counts, so 1,234 is a thousand and 1.234 little more than one."""


def numbers(text: str) -> tuple[float, ...]:
    """What the one number in a text may mean; nothing if there is none, or several that differ.

    A percent sign and a word such as million may be read or passed over. Of an equation, the last
    side counts.
    """
    plain = _plain(text)
    left, _, right = plain.replace("≈", "=").rpartition("=")
    if left and not _SEVERAL.search(left):
        plain = right
    # What is left of LaTeX, and powers, would make it a term rather than a number.
    if "\\" in plain or "^" in plain:
        return ()
    found = [_meanings(number) for number in _NUMBER.finditer(plain)]
    if not found or not all(found):
        return ()
    first, *others = found
    return tuple(value for value in first if all(_holds(other, value) for other in others))


def number_of(text: str, cut_off: bool = False) -> str:
    """The final answer of a reply, where it holds one number; else empty."""
    answer = line_of(text, cut_off)
    return answer if numbers(answer) else ""


def _plain(text: str) -> str:
    """A text without what surrounds numbers, its powers and fractions in one notation."""
    plain = _HEXADECIMAL.sub(lambda found: str(int(found[1], 16)), _UNDERSCORES.sub("", text))
    plain = spelled_out(plain).replace("{,}", ",").translate(_SIGNS)
    for sign, fraction in _VULGAR.items():
        plain = plain.replace(sign, f" {fraction}")
    plain = _SUPERSCRIPT.sub(lambda found: f"^{found[0].translate(_SUPERSCRIPTS)}", plain)
    plain = _LATEX_NOISE.sub(lambda found: f" {found[1] or ''} ", plain)
    plain = _LATEX_FRACTION.sub(r"\1/\2", plain).replace("\\%", "%")
    plain = _TIMES_TEN.sub(lambda found: f"e{found[1] or found[2]}", plain)
    plain = _UNIT_POWER.sub(" ", plain)
    plain = _POWER.sub(_power, plain)
    return _MIXED.sub(_mixed, plain)


def _power(found: re.Match[str]) -> str:
    try:
        return repr(float(found[1]) ** int(found[2] or found[3]))
    except (OverflowError, ZeroDivisionError):
        return found[0]


def _mixed(found: re.Match[str]) -> str:
    whole, top, bottom = map(int, found.groups())
    return repr(whole + top / bottom) if 0 < top < bottom else found[0]


def _meanings(number: re.Match[str]) -> tuple[float, ...]:
    """What a number in a text may mean; nothing if it is written in no known way."""
    top = _value(number["top"], number["power"] or "0")
    bottom = _value(number["bottom"] or "1")
    if top is None or not bottom:
        return ()
    negative = (number["sign"] or "+").strip().lower() in ("-", "minus", "negative")
    value = -top / bottom if negative else top / bottom
    if not math.isfinite(value):
        return ()
    if number["percent"]:
        return value, value / 100
    if scale := number["scale"] or number["short"]:
        return value * _SCALES.get(scale.lower(), _BILLION), value
    return (value,)


def _value(written: str, power: str = "0") -> float | None:
    """The value of digits with separators, times a power of ten; None if they are no one number."""
    spaced = _SPACES.sub(" ", written).rstrip(".,")
    for pattern, group, mark in _GROUPED:
        if pattern.fullmatch(spaced):
            digits = spaced.replace(group, "") if group else spaced
            return float(f"{digits.replace(mark, '.') if mark else digits}e{power}")
    return None


def _holds(values: tuple[float, ...], value: float) -> bool:
    return any(math.isclose(value, each, rel_tol=1e-9, abs_tol=1e-12) for each in values)
