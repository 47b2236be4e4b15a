"""The shipped task set is reproducible by its generators, and its answers are right."""

import json
import re
from collections import Counter
from datetime import date, timedelta
from itertools import permutations
from pathlib import Path

import pytest

from configs.puzzle_tasks import DOMAINS, SPLITS, text

SHIPPED = Path(__file__).parents[2] / "configs" / "puzzles.jsonl"
ROWS = [json.loads(line) for line in SHIPPED.read_text(encoding="utf-8").splitlines()]
MONTHS = [f"{date(2023, month, 1):%B}" for month in range(1, 13)]


def test_the_makers_reproduce_the_shipped_file_byte_for_byte() -> None:
    assert SHIPPED.read_bytes() == text().encode()


def test_domains_are_evenly_spread_over_splits() -> None:
    counts = Counter((row["split"], row["domain"]) for row in ROWS)
    assert counts == {(split, name): n for split, n in SPLITS.items() for name in DOMAINS}
    assert len(ROWS) >= 320


def test_nothing_is_asked_twice_and_every_id_is_one_tasks() -> None:
    for field in ("id", "question"):
        assert len({row[field] for row in ROWS}) == len(ROWS)


def test_answers_are_short_and_do_not_repeat_too_often() -> None:
    assert all(0 < len(row["answer"]) <= 20 for row in ROWS)
    for domain in DOMAINS:
        answers = Counter(row["answer"] for row in ROWS if row["domain"] == domain)
        assert answers.most_common(1)[0][1] <= 8


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_the_answer_is_right(row: dict[str, str]) -> None:
    solve = {
        "arithmetic": arithmetic,
        "calendar": calendar,
        "conversions": conversions,
        "letters": letters,
        "logic": logic,
    }[row["domain"]]
    assert str(solve(row["question"])) == row["answer"]


def numbers(question: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", question)]


def arithmetic(question: str) -> int:
    """Solves by acting the story out."""
    n = numbers(question)
    if "shares the rest" in question:
        boxes, each, loose, given, friends = n
        rest = sum([each] * boxes, loose) - given
        assert rest % friends == 0
        return rest // friends
    if "A train" in question:
        carriages, nodes, taken, on, off = n
        free = sum([nodes] * carriages) - (taken - off + on)
        assert free >= 0
        return free
    if "an hour" in question:
        rate, extra, week, weekend, rent = n
        return sum([rate] * week + [rate + extra] * weekend) - rent
    if "bakery" in question:
        trays, rolls, burnt, price = n
        whole = sum([rolls] * trays)
        left = whole - whole // (2 if "Half" in question else 4) - burnt
        return left * price
    if "tank" in question:
        capacity, level, fill, leak = n
        minutes = 0
        while level < capacity:
            level += fill - leak
            minutes += 1
        return minutes
    weekly, gift, less, weeks = n
    return sum([weekly] * weeks) + sum([less] * weeks, gift)


def calendar(question: str) -> str | int:
    """Solves by going on day by day, or minute by minute."""
    n = numbers(question)
    if "rehearsal" in question:
        hour, minute, lasts, breaks, pause = n[:5]
        clock = [hour, minute]
        for _ in range(lasts + breaks * pause):
            clock[1] += 1
            if clock[1] == 60:
                clock = [(clock[0] + 1) % 24, 0]
        return f"{clock[0]:02}:{clock[1]:02}"
    dates = [(int(d), MONTHS.index(m) + 1) for d, m in re.findall(r"(\d+) ([A-Z][a-z]+)", question)]
    (day, month), year = dates[0], n[1]
    if "leap year" in question:
        here, there, gap = date(2023, month, day), date(2023, *dates[1][::-1]), 0
        while here < there:
            here, gap = here + timedelta(days=1), gap + 1
        return gap
    start, gap = date(year, month, day), n[2]
    end = start
    for _ in range(gap):
        end += timedelta(days=1)
    if "day of the week" in question:
        assert f"is a {start:%A}" in question
        return f"{end:%A}"
    return f"{end.day} {end:%B}"


def conversions(question: str) -> int:
    n = numbers(question)
    if "tablespoon" in question:
        return (2 * n[2] + 1) * n[0] // 2 + n[3] * n[1]
    if "boat" in question:
        return n[0] * 3600 // 100 if "hundreds" in question else n[0] * n[1] * 60
    if "rope" in question:
        return n[2] * n[0] * n[1] + n[3] * n[1] + n[4]
    if "patient" in question:
        milligrams, times, days, grams = n
        return grams * 1000 - milligrams * times * days
    wide, centimetres, per_litre, coats = n
    area = wide * centimetres // 100
    assert coats * area * 1000 % per_litre == 0
    return coats * area * 1000 // per_litre


def letters(question: str) -> str | int:
    quoted = re.findall(r"'([a-z ]+)'", question)
    if "last letter" in question:
        return "".join(re.findall(r"([a-z])(?= |$)", quoted[0]))
    if "backwards" in question:
        return "".join(reversed(quoted[0] + quoted[1]))
    if "How many times" in question:
        return Counter(quoted[1])[quoted[0]]
    return re.sub("[aeiou]", "", "".join(quoted))


def logic(question: str) -> str:
    """Solves by trying every possibility; there must be just one."""
    if "is lying" in question:
        people = re.findall(r"[A-Z][a-z]+", question.split(" is lying")[0])[1:]
        claims = re.findall(r"(\w+) says that (\w+) (is lying|tells the truth)", question)
        found = [
            liar
            for liar in people
            if all(((who == liar) == (said == "is lying")) == (me != liar)
                   for me, who, said in claims)
        ]  # fmt: skip
    else:
        people = re.findall(r"[A-Z][a-z]+", question.split(".")[0])
        before = re.findall(
            r"(\w+) (?:finished before|stands ahead of|was born before) (\w+)", question
        )
        beside = re.findall(r"between (\w+) and (\w+)", question)
        place = ["first", "second", "third", "fourth", "fifth"].index(question[:-1].split()[-1])
        orders = [
            order
            for order in permutations(people)
            if all(order.index(a) < order.index(b) for a, b in before)
            and all(abs(order.index(a) - order.index(b)) == 1 for a, b in beside)
        ]
        assert len(orders) == 1
        found = [orders[0][place]]
    (answer,) = found
    return str(answer)
