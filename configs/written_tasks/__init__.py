"""Reads the task sets that were written for this project and searched with a real model.

``inbox``  messages to a made-up shop, one question about each, in five skills
``facts``  short facts and short reasoning, in five domains and many wordings
``rules``  everyday sentences with labels that only examples show

``python -m configs.written_tasks`` writes their files again, byte for byte.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, cycle, zip_longest
from pathlib import Path
from typing import NamedTuple

SPLITS = ("train", "validation", "test")

_SECTION = re.compile(r"^\[(.+)\]$", re.MULTILINE)


class TaskSource(NamedTuple):
    """How a task set is made of texts.

    Attributes:
        name: Its folder in this package.
        file: Its task file, relative to ``configs``.
        openings: What precedes each text of a part, by the part's name, which is the name of its
            text file and the domain of its tasks.
        splits: The splits of consecutive texts of a part, repeated as often as needed.
        has_domains: Whether tasks name their domain.
    """

    name: str
    file: str
    openings: Mapping[str, str]
    splits: Sequence[str]
    has_domains: bool = True

    def tasks(self) -> list[dict[str, str]]:
        """The task set: splits one after the other, the parts taking turns within each."""
        by_part = [self._tasks_of(part) for part in self.openings]
        in_turns = [task for turn in zip(*by_part, strict=True) for task in turn]
        return sorted(in_turns, key=lambda task: SPLITS.index(task["split"]))

    def text(self) -> str:
        """The task file's content: one JSON object a line."""
        return "".join(json.dumps(task, ensure_ascii=False) + "\n" for task in self.tasks())

    def texts(self, part: str) -> dict[str, list[str]]:
        """A part's texts by their answer, in the order of its file.

        The file has sections headed by the answer in brackets, and a blank line between texts. A
        later section with the same heading continues the earlier one.
        """
        path = Path(__file__).parent / self.name / f"{part}.txt"
        _, *pieces = _SECTION.split(path.read_text(encoding="utf-8"))
        found: dict[str, list[str]] = {}
        for answer, section in zip(pieces[::2], pieces[1::2], strict=True):
            texts = [text.strip() for text in section.strip().split("\n\n")]
            found.setdefault(answer, []).extend(texts)
        return found

    def bare(self, task: Mapping[str, str]) -> str:
        """The text of a task, without its opening."""
        opening = self.openings[task["id"].rsplit("-", 1)[0]]
        return task["question"].removeprefix(opening)

    def _tasks_of(self, part: str) -> list[dict[str, str]]:
        texts = zip(_in_turns(self.texts(part)), cycle(self.splits), strict=False)
        return [
            {
                "id": f"{part}-{number:02}",
                "question": self.openings[part] + text,
                "answer": answer,
                **({"domain": part} if self.has_domains else {}),
                "split": split,
            }
            for number, ((answer, text), split) in enumerate(texts, 1)
        ]


def _in_turns(by_answer: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Answers take turns, so that any run of texts holds each about equally often."""
    pairs = [[(answer, text) for text in group] for answer, group in by_answer.items()]
    return (pair for pair in chain.from_iterable(zip_longest(*pairs)) if pair is not None)


def _message(question: str) -> str:
    return f"{question}\n\nMessage: "


def _rotated(splits: Sequence[str]) -> tuple[str, ...]:
    """A pattern in all its rotations, so that answers that take turns get the same splits."""
    return tuple(
        split for start in range(len(splits)) for split in (*splits[start:], *splits[:start])
    )


_NINE = ("train", "test", "validation", "test", "train", "test", "validation", "test", "train")
"""Any multiple of 36 texts keeps two or four labels balanced."""

_TWELVE = _rotated((*_NINE[:7], "train", "test", "validation", "train", "test"))
"""Four for training, three for validation and five for the test, of every twelve texts."""

INBOX = TaskSource(
    "inbox",
    "inbox.jsonl",
    {
        "department": _message("Is this about a payment, a delivery, a repair or our products?"),
        "tone": _message("Is the customer angry, happy, sorry or worried?"),
        "language": _message(
            "Which language is this message written in: English, French, German or Spanish?"
        ),
        "order": _message("What is the order number in this message?"),
        "refund": _message("Does the customer want money back, yes or no?"),
    },
    _NINE,
)
"""The quickstart's tasks.

Known to be reachable with SmolLM2-135M-Instruct (Q4_1), one call a task: 72 % of the test split
(116 of 160), by a specialist for each skill with 4 to 8 worked examples of that skill. Labels are
read from log-probabilities minus their mean over validation inputs, order numbers from the reply.
One to five random selections of examples were compared for each skill, on validation. The same
specialists reach 59 % (94 of 160) if the most probable first token counts as the label.
"""

FACTS = TaskSource(
    "facts",
    "landscapes/facts.jsonl",
    dict.fromkeys(("capital", "opposite", "animal", "sum", "sentiment"), ""),
    _TWELVE,
)

RULES = TaskSource(
    "rules",
    "landscapes/rules.jsonl",
    {"sentences": "Which word goes with this sentence?\n\nSentence: "},
    _TWELVE,
    has_domains=False,
)

SOURCES = (INBOX, FACTS, RULES)
"""Every task set that was written by hand."""
