"""Numbers in English words: forty-two · two thousand and five · two thirds · twenty-first."""

import re

_NAMED = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen
"""
_NUMBERED = """
zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth
fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth
"""
_TIMES_TEN_NAMED = "twenty thirty forty fifty sixty seventy eighty ninety"
_CARDINALS, _ORDINALS, _TENS = _NAMED.split(), _NUMBERED.split(), _TIMES_TEN_NAMED.split()
_SMALL = {
    **{word: value for value, word in enumerate(_CARDINALS)},
    **{word: value for value, word in enumerate(_ORDINALS) if word != "second"},
    **{word: 10 * value for value, word in enumerate(_TENS, 2)},
    **{f"{word[:-1]}ieth": 10 * value for value, word in enumerate(_TENS, 2)},
    **{"fourty": 40, "a": 1, "an": 1},
}
_HUNDREDS = {"hundred": 100, "dozen": 12, "hundredth": 100}
_THOUSANDS = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_PARTS = {
    **{"half": 2, "halves": 2, "quarter": 4},
    **{word: value for value, word in enumerate(_ORDINALS) if value > 2},
}
_WORDS = "|".join(sorted((*_SMALL, *_HUNDREDS, *_THOUSANDS, *_PARTS), key=len, reverse=True))
_SPELLED = re.compile(
    rf"(?<![\w-])(?:{_WORDS})(?:(?:\s+|-|\s+and\s+)(?:(?:{_WORDS})s?|second|point)\b)*(?![\w-])",
    re.IGNORECASE,
)
_NO_NUMBER = {"one", "a", "an"}
"""Words that are mostly something else where they stand alone."""


def spelled_out(text: str) -> str:
    """A text with digits in place of number words; as it is where it has digits of its own."""
    if any(character.isdigit() for character in text):
        return text
    bare = text.strip(" .!*\n").lower()
    if bare in ("one", "second", "the second"):
        return "1" if bare == "one" else "2"
    return _SPELLED.sub(_digits, text)


def _digits(found: re.Match[str]) -> str:
    words = re.split(r"[\s-]+", found[0].lower())
    if len(words) == 1 and words[0] in _NO_NUMBER:
        followed = found.string[found.end() :].lstrip()
        alone = not found.string[: found.start()].strip() and not followed.startswith("of ")
        return "1" if words[0] == "one" and alone else found[0]
    value = _spoken_value(words)
    return found[0] if value is None else repr(value)


def _spoken_value(words: list[str]) -> float | None:
    """The value of number words; None if they are no one number."""
    if "point" in words:
        at = words.index("point")
        whole, after = (
            _spoken_whole(words[:at]),
            [_CARDINALS.index(each) for each in words[at + 1 :] if each in _CARDINALS[:10]],
        )
        fits = whole is not None and len(after) == len(words) - at - 1 > 0
        return float(f"{whole}.{''.join(map(str, after))}") if fits else None
    parts = _PARTS.get(words[-1]) or _PARTS.get(words[-1].removesuffix("s"))
    counted = words[:-1]
    if parts is not None and (counted or words[-1] in ("half", "quarter")):
        if not counted:
            return 1 / parts
        if "and" in counted:
            at = len(counted) - 1 - counted[::-1].index("and")
            whole, top = _spoken_whole(counted[:at]), _spoken_whole(counted[at + 1 :])
            if whole is not None and top is not None and top < parts:
                return whole + top / parts
        elif (top := _spoken_whole(counted)) is not None and (top == 1 or words[-1].endswith("s")):
            return top / parts
    return _spoken_whole(words)


def _spoken_whole(words: list[str]) -> int | None:
    """The value of the words of a whole number; None if they are none."""
    total, group, room = 0, 0, 1_000
    for place, word in enumerate(words):
        if word == "and":
            if place in (0, len(words) - 1):
                return None
        elif word in _SMALL:
            value = _SMALL[word]
            if value >= room:
                return None
            group, room = group + value, 10 if value >= 20 else 0
        elif word in _HUNDREDS and group:
            group, room = group * _HUNDREDS[word], 100
        elif word in _THOUSANDS and group:
            total, group, room = total + group * _THOUSANDS[word], 0, 1_000
        else:
            return None
    return total + group
