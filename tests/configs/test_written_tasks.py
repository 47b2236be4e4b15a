"""The task sets written by hand: they match their sources, are balanced and repeat nothing."""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from itertools import combinations
from pathlib import Path

import pytest

from configs.written_tasks import FACTS, INBOX, RULES, SOURCES, SPLITS, TaskSource
from evolve.answers.reading import normalise
from evolve.tasks.files import TaskSettings

CONFIGS = Path(__file__).parents[2] / "configs"
SIZES: Mapping[str, tuple[int, ...]] = {
    "inbox": (120, 80, 160),
    "facts": (80, 60, 100),
    "rules": (80, 60, 100),
}
"""Training, validation and test tasks of each set."""

LABELS: Mapping[tuple[str, str], set[str]] = {
    ("inbox", "department"): {"payment", "delivery", "repair", "products"},
    ("inbox", "tone"): {"angry", "happy", "sorry", "worried"},
    ("inbox", "language"): {"English", "French", "German", "Spanish"},
    ("inbox", "refund"): {"yes", "no"},
    ("facts", "animal"): {"mammal", "bird", "fish", "insect"},
    ("facts", "sentiment"): {"good", "bad"},
    ("rules", "sentences"): {"food", "weather", "travel", "money"},
}
"""The answers of parts that choose among labels."""

ALIKE_LETTERS, ALIKE_WORDS = 0.35, 0.5
"""Jaccard similarities from which texts count as near-duplicates: changing one word of ten leaves
.6 to .7 of the letters' 4-grams and .8 of the words in common."""

each_set = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)


def rows(source: TaskSource) -> list[dict[str, str]]:
    shipped = (CONFIGS / source.file).read_text(encoding="utf-8")
    return [json.loads(line) for line in shipped.splitlines()]


def part_of(row: Mapping[str, str]) -> str:
    return row["id"].rsplit("-", 1)[0]


def letters(text: str) -> set[str]:
    text = " ".join(re.findall(r"\w+", text.lower()))
    return {text[start : start + 4] for start in range(len(text) - 3)}


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def similarity(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other)


@each_set
def test_the_sources_reproduce_the_shipped_file_byte_for_byte(source: TaskSource) -> None:
    assert (CONFIGS / source.file).read_bytes() == source.text().encode()


@each_set
def test_parts_are_spread_evenly_over_splits(source: TaskSource) -> None:
    counts = Counter((row["split"], part_of(row)) for row in rows(source))
    assert counts == {
        (split, part): size // len(source.openings)
        for split, size in zip(SPLITS, SIZES[source.name], strict=True)
        for part in source.openings
    }


@each_set
def test_domains_are_named_where_a_set_has_any(source: TaskSource) -> None:
    for row in rows(source):
        assert row.get("domain") == (part_of(row) if source.has_domains else None)


@pytest.mark.parametrize(("name", "part"), LABELS)
def test_labels_are_valid_and_spread_evenly_over_splits(name: str, part: str) -> None:
    (source,) = (each for each in SOURCES if each.name == name)
    counts = Counter((row["split"], row["answer"]) for row in rows(source) if part_of(row) == part)
    share = len(source.openings) * len(LABELS[name, part])
    assert counts == {
        (split, label): size // share
        for split, size in zip(SPLITS, SIZES[name], strict=True)
        for label in LABELS[name, part]
    }


@each_set
def test_no_two_tasks_are_the_same(source: TaskSource) -> None:
    every = rows(source)
    assert len({row["id"] for row in every}) == len(every)
    assert len({normalise(source.bare(row)) for row in every}) == len(every)


@each_set
@pytest.mark.parametrize(
    ("parts", "limit"), [(letters, ALIKE_LETTERS), (words, ALIKE_WORDS)], ids=["letters", "words"]
)
def test_no_text_has_a_near_duplicate_in_another_split(
    source: TaskSource, parts: Callable[[str], set[str]], limit: float
) -> None:
    seen = [(row["id"], row["split"], parts(source.bare(row))) for row in rows(source)]
    alike = [
        (one, other)
        for (one, split, these), (other, elsewhere, those) in combinations(seen, 2)
        if split != elsewhere and similarity(these, those) >= limit
    ]
    assert alike == []


def test_changing_a_word_leaves_a_near_duplicate() -> None:
    one = "The parcel with the lamp has not arrived yet, please help."
    other = one.replace("lamp", "vase")
    assert similarity(letters(one), letters(other)) >= ALIKE_LETTERS
    assert similarity(words(one), words(other)) >= ALIKE_WORDS


@each_set
def test_texts_vary_in_length(source: TaskSource) -> None:
    lengths = sorted(len(source.bare(row).split()) for row in rows(source))
    assert lengths[0] <= 6
    assert lengths[-1] >= 16
    assert lengths[len(lengths) // 2] >= 9


@each_set
def test_the_tasks_load_with_their_own_splits(source: TaskSource) -> None:
    domain = "domain" if source.has_domains else None
    settings = TaskSettings(file=CONFIGS / source.file, id="id", domain=domain, split="split")
    loaded = settings.load(0)
    assert (len(loaded.train), len(loaded.validation), loaded.sealed) == SIZES[source.name]


@each_set
def test_no_text_looks_like_a_heading_of_its_source(source: TaskSource) -> None:
    assert not [
        text
        for part in source.openings
        for group in source.texts(part).values()
        for text in group
        if text.startswith("[") or not text
    ]


# The inbox


def of(skill: str) -> list[dict[str, str]]:
    return [row for row in rows(INBOX) if row["domain"] == skill]


@pytest.mark.parametrize("skill", [part for name, part in LABELS if name == "inbox"])
def test_a_question_names_all_labels_of_its_skill(skill: str) -> None:
    assert LABELS["inbox", skill] <= set(re.findall(r"\w+", INBOX.openings[skill]))


def test_an_order_number_stands_once_in_its_message_as_a_number_of_its_own() -> None:
    for row in of("order"):
        assert re.findall(r"\d+", INBOX.bare(row)).count(row["answer"]) == 1, row["id"]
    assert len({row["answer"] for row in of("order")}) == len(of("order"))


def test_many_order_numbers_have_another_number_beside_them() -> None:
    several = sum(len(re.findall(r"\d+", INBOX.bare(row))) > 1 for row in of("order"))
    alike = sum(len(re.findall(r"\b\d{5}\b", INBOX.bare(row))) > 1 for row in of("order"))
    assert several >= 24
    assert alike >= 12


# Facts and rules


@pytest.mark.parametrize("part", FACTS.openings)
def test_no_word_gives_a_domain_of_facts_away(part: str) -> None:
    texts = [words(row["question"]) for row in rows(FACTS) if row["domain"] == part]
    assert sum(part in text for text in texts) <= len(texts) / 2


def test_few_sentences_contain_a_label() -> None:
    labels = LABELS["rules", "sentences"]
    named = [row for row in rows(RULES) if words(row["question"]) & labels]
    assert len(named) <= len(rows(RULES)) / 30
