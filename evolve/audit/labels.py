"""Labels to look at first: disputed by the system, contradicted by another task, or mistyped."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

from pydantic import Field

from archive.records import Split
from evolve.answers.reading import normalise
from evolve.audit.repetitions import Repeated
from evolve.tasks.base import Task
from evolve.tasks.repeated import same_text
from evolve.tasks.truths import alternatives, shown
from search_spaces.frozen import Frozen
from search_spaces.text import shown as cut

WRONG = 0.5
"""Below this score an answer counts as another one than the truth."""

FREQUENT = 5
"""How often a label occurs at least that a rare one may be a misspelling of."""

SHORTEST = 4
"""Characters of a label from which one letter makes a typo rather than another label."""

_WIDTH = 60
"""Characters that are kept of an answer or a truth."""


class Disputed(Frozen):
    """A task to which all repetitions give one answer that is not the truth."""

    task: str
    truth: str
    answer: str
    repetitions: int
    known: bool = Field(description="Whether the answer is the truth of another task.")


class Contradiction(Frozen):
    """Tasks that ask the same and have no truth in common."""

    tasks: tuple[str, ...]
    splits: tuple[Split, ...] = Field(description="Of each task.")


class Typo(Frozen):
    """A label that occurs once and is one edit away from a frequent one."""

    task: str
    split: Split
    label: str
    meant: str
    times: int = Field(description="How often the frequent label occurs.")


class Labels(Frozen):
    """The labels to look at first."""

    disputed: tuple[Disputed, ...] = Field(
        description="Answers that are truths of other tasks come first."
    )
    contradictions: tuple[Contradiction, ...]
    typos: tuple[Typo, ...]


def examine_labels(repeated: Sequence[Repeated], every: Sequence[Task]) -> Labels:
    """The labels to look at first.

    Args:
        repeated: Tasks with the rollouts of one system.
        every: All tasks, sealed ones too.
    """
    known = {each for task in every for each in _forms(task)}
    disputed = [found for each in repeated if (found := _dispute(each, known)) is not None]
    return Labels(
        disputed=tuple(sorted(disputed, key=lambda each: not each.known)),
        contradictions=tuple(_contradictions(every)),
        typos=tuple(_typos(every)),
    )


def same_truth(one: Task, other: Task) -> bool:
    """Whether some answer is the truth of both tasks."""
    forms = _forms(one)
    return not forms.isdisjoint(_forms(other)) if forms else bool(one.answer == other.answer)


def _dispute(each: Repeated, known: set[str]) -> Disputed | None:
    """The one answer of all repetitions, if it is not the truth."""
    truths, task = _forms(each.task), each.task
    answers = {normalise(rollout.trace.answer) for rollout in each.rollouts}
    if len(each.rollouts) < 2 or len(answers) > 1 or not truths:
        return None
    (answer,) = answers
    if not answer or answer in truths or max(each.scores) >= WRONG:
        return None
    return Disputed(
        task=task.input.id,
        truth=cut(shown(task.answer), _WIDTH),
        answer=cut(each.rollouts[0].trace.answer, _WIDTH),
        repetitions=len(each.rollouts),
        known=answer in known,
    )


def _contradictions(tasks: Sequence[Task]) -> Iterator[Contradiction]:
    by_text: dict[str, list[Task]] = defaultdict(list)
    for task in tasks:
        by_text[same_text(task.input.text)].append(task)
    for same in by_text.values():
        known = [forms for task in same if (forms := _forms(task))]
        if any(one.isdisjoint(other) for one, other in combinations(known, 2)):
            yield Contradiction(
                tasks=tuple(task.input.id for task in same),
                splits=tuple(task.split for task in same),
            )


def _typos(tasks: Sequence[Task]) -> Iterator[Typo]:
    """Labels that occur once, one edit away from a frequent one.

    Two texts that are one edit apart share a text with at most one letter less, so looking these up
    takes time in proportion to the tasks (the symmetric deletions of Garbe's SymSpell, 2012).
    """
    labels = [(task, label) for task in tasks for label in _label(task)]
    times = Counter(label for _, label in labels)
    near: dict[str, list[str]] = defaultdict(list)
    for label in sorted(times):
        if times[label] >= FREQUENT:
            for shorter in _shortened(label):
                near[shorter].append(label)
    for task, label in labels:
        if times[label] > 1:
            continue
        meant = {each for shorter in _shortened(label) for each in near.get(shorter, ())}
        for each in sorted(meant, key=lambda one: -times[one]):
            if is_one_edit(label, each):
                yield Typo(
                    task=task.input.id,
                    split=task.split,
                    label=cut(label, _WIDTH),
                    meant=cut(each, _WIDTH),
                    times=times[each],
                )
                break


def _label(task: Task) -> Iterator[str]:
    """The label of a task: a text without digits, which is neither short nor long."""
    if isinstance(task.answer, str):
        label = normalise(task.answer)
        if SHORTEST <= len(label) <= _WIDTH and not any(letter.isdigit() for letter in label):
            yield label


def _shortened(text: str) -> set[str]:
    """A text, and what is left of it without one letter."""
    return {text, *(text[:place] + text[place + 1 :] for place in range(len(text)))}


def is_one_edit(one: str, other: str) -> bool:
    """Whether one letter was added, dropped or replaced, or two neighbours were swapped.

    A Damerau–Levenshtein distance of 1.
    """
    shorter, longer = sorted((one, other), key=len)
    if one == other or len(longer) - len(shorter) > 1:
        return False
    start = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if start is None:
        return True  # the longer one has one letter more at its end
    if len(shorter) < len(longer):
        return shorter[start:] == longer[start + 1 :]
    swapped = one[start : start + 2] == other[start : start + 2][::-1]
    return one[start + 1 :] == other[start + 1 :] or (
        swapped and one[start + 2 :] == other[start + 2 :]
    )


def _forms(task: Task) -> set[str]:
    """The normalised answers that a task's truth accepts; none where it is no answer."""
    return {normalise(str(each)) for each in alternatives(task.answer) or ()}
