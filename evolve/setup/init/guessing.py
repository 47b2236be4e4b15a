"""What a task file seems to hold: which field is what, and what scores its answers."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from evolve.data.rows import Row
from evolve.tasks.scorers.choice import Choice
from evolve.tasks.scorers.numeric import Numeric
from evolve.tasks.splits import SPLITS
from evolve.tasks.truths import is_empty

_INPUTS = (
    *("question", "input", "prompt", "problem", "query", "instruction", "message", "task"),
    *("text", "goal"),
)
_ANSWERS = (
    *("answer", "label", "target", "output", "solution", "expected", "truth", "gold", "response"),
)
_CONTEXTS = ("context", "passage", "document", "paragraph", "article", "story")
"""Fields without which a question beside them cannot be answered."""
_OPTIONS = ("choices", "options")
_DOMAINS = ("domain", "category", "subject", "topic", "kind", "type", "difficulty", "level")

_MOST_DOMAINS = 30
_SHORT = 60
"""Characters of an answer that is compared whole; longer ones share words at best."""
_LETTERS_LONG = 10
"""Characters of several letters such as 'A, C, D'; longer answers are sentences."""
_SHARE = 0.8
"""Part of the rows that a field has to be in."""
_LETTERS = 3
"""Letters beside a number, as of a unit; more are words."""


@dataclass(frozen=True)
class Guess:
    """Which field of a task file is what; empty: none, or unknown."""

    rows: int
    fields: tuple[str, ...]
    input: str = ""
    answer: str = ""
    domain: str = ""
    split: str = ""
    id: str = ""
    scorer: str = ""


def guess(rows: Sequence[Row]) -> Guess:
    """What the fields of these rows are, by their names and what they hold."""
    shared = [
        name
        for name in rows[0].values
        if sum(name in row.values for row in rows) >= _SHARE * len(rows)
    ]
    named = _first(shared, _INPUTS), _first(shared, _ANSWERS)
    asked, answer = named if len(shared) != 2 else _the_other(shared, *named)
    rest = [name for name in shared if name not in (asked, answer)]
    return Guess(
        rows=len(rows),
        fields=tuple(shared),
        input=_whole(rows, asked, answer, rest),
        answer=answer,
        domain=_first(rest, _DOMAINS, lambda name: _groups(_values(rows, name))),
        split=_first(rest, ("split",), lambda name: _splits(_values(rows, name))),
        id=_first(rest, ("id",), lambda name: len(set(_values(rows, name))) == len(rows)),
        scorer=guess_scorer(_values(rows, answer)) if answer else "",
    )


def guess_scorer(answers: Sequence[str]) -> str:
    """What suits all of these answers."""
    answers = [text for text in answers if text] or [""]
    if all(len(text) <= _LETTERS_LONG and not Choice().check(text) for text in answers):
        return "choice"
    if all(
        sum(map(str.isalpha, text)) <= _LETTERS and not Numeric().check(text) for text in answers
    ):
        return "numeric"
    return "exact" if sorted(map(len, answers))[len(answers) // 2] <= _SHORT else "token_f1"


def _values(rows: Sequence[Row], field: str) -> list[str]:
    values = (row.values.get(field) for row in rows)
    return ["" if is_empty(value) else str(value).strip() for value in values]


def _first(fields: Iterable[str], names: Iterable[str], fits: Callable[[str], bool] = bool) -> str:
    """The field of the first of these names that there is; whole names go before parts."""
    fields = [field for field in fields if fits(field)]
    for alike in (str.__eq__, str.__contains__):
        for name in names:
            for field in fields:
                if alike(field.lower(), name):
                    return field
    return ""


def _the_other(fields: Sequence[str], asked: str, answer: str) -> tuple[str, str]:
    """If one of two fields is known, the other one follows."""
    if asked and (not answer or answer == asked):
        answer = next(field for field in fields if field != asked)
    elif answer and not asked:
        asked = next(field for field in fields if field != answer)
    return asked, answer


def _whole(rows: Sequence[Row], asked: str, answer: str, rest: Sequence[str]) -> str:
    """The field with the question, or a text of it with what it refers to and its options."""
    filled = [name for name in rest if not any(is_empty(row.values.get(name)) for row in rows)]
    context = next((name for name in filled if name.lower() in _CONTEXTS), "")
    options = next((name for name in filled if name.lower() in _OPTIONS), "")
    if not asked or not (context or options):
        return asked
    values = [row.values.get(answer) for row in rows]
    numbered = all(isinstance(value, int) for value in values) and 0 in values
    heading = "Options, numbered from 0:" if numbered else "Options:"
    parts = [f"{{{context}}}"] * bool(context) + [f"{{{asked}}}"]
    return "\n\n".join([*parts, *[f"{heading} {{{options}}}"] * bool(options)])


def _groups(values: Sequence[str]) -> bool:
    return 1 < len(set(values)) <= min(_MOST_DOMAINS, len(values) // 4)


def _splits(values: Sequence[str]) -> bool:
    counts = {split: values.count(split) for split in SPLITS}
    return sum(counts.values()) == len(values) and min(counts["validation"], counts["test"]) > 1
