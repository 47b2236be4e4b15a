"""The options of a multiple choice that an answer names."""

import re

_LATEX = re.compile(r"\\(?:boxed|text|textbf|mathrm|mathbf|mbox|textit)\s*|\\[()\[\],;:! ]|[{}$*`]")
_WIDE = str.maketrans({chr(0xFF21 + n): chr(0x41 + n) for n in range(26)} | {"（": "(", "）": ")"})
_NOUN = (
    r"(?:options?|choices?|answers?|letters?|alternatives?|opci[oó]n(?:es)?|antwort(?:en)?"
    r"|r[ée]ponses?|respuestas?|risposta|resposta|选项|選項|答案)"
)
_LETTER = r"\(?\[?([A-Z])\]?\)?"
_AND = r"(?:\s*(?:,|;|/|&|\+|、|，)\s*(?:(?:and|und|et)\s+)?|\s+(?:and|und|et)\s+)"
_QUOTED = re.compile(r"[\"'“”‘’]([A-Z])[\"'“”‘’]")
_OPENING = (
    r"(?:(?:so|thus|therefore|hence|the|my|both|correct|right|best|true|final)\W+)*"
    rf"(?:{_NOUN}\W*)?(?:(?:is|are|would be|must be|should be)\W+)?(?:both\W+)?"
)
_NEXT = rf"(?:{_AND}|\s*\n\W*|\s+)"
_LIST = re.compile(
    rf"\W*{_OPENING}({_LETTER}(?:{_NEXT}{_LETTER})*)(?:\W+(?:is|are)\s+(?:both\s+)?"
    r"(?:correct|right|true))?\W*",
    re.I,
)
_RUN = re.compile(r"\W*([A-J]{2,8})\W*")
_LEADING = re.compile(
    rf"\W*(?:{_NOUN}\W*)?({_LETTER}(?:{_AND}{_LETTER}(?![\w']))*)"
    r"(?:[).:,;、：]|\s*\n|\s+[-–—:]|\s+(?:(?:is|are)\b(?!\s+(?:not|wrong|incorrect|false))"
    r"|because|since|as)\b)",
    re.I,
)
_FURTHER = re.compile(r"(?:^|[\s,;(])([A-Z])[).:](?=\s|$)")
_IN_PARENTHESES = re.compile(r"\(([A-Z])\)", re.I)
_NAMED = re.compile(
    rf"(?:\b(?i:{_NOUN}|choose|pick|select)(?:\s+(?i:is|would be|must be|ist|est|es|è|é))?"
    r"|是|为|選|选)"
    r"\s*:?\s*([A-Z])(?![\w'])"
)
_CALLED_RIGHT = re.compile(r"(?<![\w'])([A-Z])(?i:\s+is\s+(?:the\s+)?(?:correct|right|best|true))")
_ALONE = re.compile(r"(?<![\w'.])([B-HJ-Z](?![\w'])|[AI](?=\s*(?:[.,;:!?)]|$)))")
_DENIED = re.compile(r"\b(?:not|n't|isn't|nor|neither|wrong|incorrect|false)\b", re.I)
_EITHER = re.compile(r"(?<![\w'])\(?[A-Z]\)?\s+(?i:or|oder|ou|o)\s+\(?[A-Z](?![\w'])")
_HEDGED = re.compile(r"\b(?:or|either|oder|ou|o)\b", re.I)


def letters(text: str) -> frozenset[str]:
    """The options that a text decides for, as capital letters; none where that is not clear.

    'A, C' and 'both (A) and (C)' are two options; 'A or C' is no decision.
    """
    plain = _LATEX.sub(" ", _QUOTED.sub(r"\1", text.translate(_WIDE))).strip()
    if _EITHER.search(plain):
        return frozenset()
    if listed := _LIST.fullmatch(plain):
        return _all_in(listed[1])
    run = _RUN.fullmatch(plain)
    if run and list(run[1]) == sorted(set(run[1])):
        return frozenset(run[1])
    if leading := _LEADING.match(plain):
        named = _all_in(leading[1]) | set(_FURTHER.findall(plain[leading.end() :]))
        return frozenset() if len(named) > 1 and _HEDGED.search(plain) else named
    for pattern in (_IN_PARENTHESES, _NAMED, _CALLED_RIGHT, _ALONE):
        if found := {letter.upper() for letter in pattern.findall(plain)}:
            unclear = len(found) > 1 and (_HEDGED.search(plain) or pattern is not _IN_PARENTHESES)
            doubtful = unclear or _DENIED.search(plain)
            return frozenset() if doubtful else frozenset(found)
    return frozenset()


def _all_in(listed: str) -> frozenset[str]:
    return frozenset(re.findall(r"(?<![A-Z])[A-Z](?![A-Z])", listed.upper()))
