"""Reading a judge's verdict: points and a reason, as JSON or in words."""

import json
import re
from collections import deque
from collections.abc import Collection, Iterator, Mapping

from evolve.answers.json_values import last_json

REASON = 240
"""Characters that are kept of a reason."""

_KEYS = ("points", "score", "rating", "grade", "mark")
_NAMES = (
    *(*_KEYS, "verdict", "punkte", "punktzahl", "bewertung", "puntos", "puntuación", "nota"),
    *(
        "pontos",
        "punti",
        "punteggio",
        "баллы",
        "оценка",
        "得分",
        "分数",
        "分數",
        "评分",
        "評分",
        "点数",
    ),
)
"""What points are called in words."""

_NUMBER = r"[-+]?\d+(?:[.,]\d+)?"
_OUT_OF = rf"(?:\s*(?:/|out of|of|von|sur|de)\s*(?P<most>{_NUMBER}))?"
_UNIT = r"(?:points?|punkte?|puntos?|pontos?|punti|баллов|分)"
_POINTS = re.compile(rf"\W*(?P<points>{_NUMBER}){_OUT_OF}\s*(?:{_UNIT}|%)?\W*", re.IGNORECASE)
_IN_WORDS = re.compile(
    rf"(?<!\w)(?:{'|'.join(_NAMES)})[*_`\"']*\s*(?:[:：=→>]|\n|\b(?:is|are|ist|es|est)\b)"
    rf"[\s*_`\"'\[]*(?P<points>{_NUMBER}){_OUT_OF}",
    re.IGNORECASE,
)
_COUNTED = re.compile(rf"(?<![\w.,/])(?P<points>{_NUMBER}){_OUT_OF}\s*{_UNIT}(?!\w)", re.IGNORECASE)
_GIVEN = re.compile(
    rf"(?P<points>{_NUMBER})\s*(?:/|out of|of)\s*(?P<most>{_NUMBER})", re.IGNORECASE
)


def read_verdict(text: str, most: int) -> tuple[float, str]:
    """The points, from 0 to ``most``, and the reason.

    Args:
        text: A judge's reply without its thoughts.
        most: The points of a faultless answer.

    Raises:
        ValueError: It holds no points, or they are out of range; the message says which.
    """
    found = last_json(text)
    verdict = json.loads(found) if found else None
    if isinstance(verdict, Mapping):
        stated = dict(reversed(list(_entries(verdict))))
        points = next((stated[name] for name in _names_of_points(stated)), None)
        return _within(_of_value(points, most), most), _reason(stated.get("reason", ""))
    if whole := _POINTS.fullmatch(text):
        return _within(_scaled(whole, most), most), ""
    for pattern in (_IN_WORDS, _GIVEN):
        for last in deque(pattern.finditer(text), maxlen=1):
            return _within(_scaled(last, most), most), _reason(text)
    counted = list(_COUNTED.finditer(text))
    if len({each["points"] for each in counted}) == 1:
        return _within(_scaled(counted[-1], most), most), _reason(text)
    raise ValueError("the reply is no JSON and names no points")


def _entries(verdict: Mapping[object, object]) -> Iterator[tuple[str, object]]:
    """The entries of an object by their names in lower case, then those of objects in it."""
    within = (value for value in verdict.values() if isinstance(value, Mapping))
    for each in (verdict, *within):
        yield from ((str(name).lower(), value) for name, value in each.items())


def _names_of_points(names: Collection[str]) -> list[str]:
    """Those that points go by: the known ones first, then such as ``total_points``."""
    known = [key for key in _KEYS if key in names]
    parts = [name for name in names if any(key in name for key in _KEYS) and "max" not in name]
    return [*known, *parts]


def _of_value(points: object, most: int) -> float | None:
    if isinstance(points, str):
        whole = _POINTS.fullmatch(points.strip())
        return None if whole is None else _scaled(whole, most)
    if isinstance(points, bool) or not isinstance(points, int | float):
        return None
    return float(points)


def _scaled(found: re.Match[str], most: int) -> float | None:
    """Points as they are written; None where they are out of another number."""
    scale = found["most"]
    if scale is not None and float(scale.replace(",", ".")) != most:
        return None
    return float(found["points"].replace(",", "."))


def _within(points: float | None, most: int) -> float:
    if points is None or not 0 <= points <= most:
        raise ValueError(f"`points` should be a number from 0 to {most}")
    return points


def _reason(text: object) -> str:
    return " ".join(str(text).split())[:REASON]
