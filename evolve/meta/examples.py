"""Tasks that a system failed or solved: the question, its agents' replies, and the feedback."""

from collections.abc import Iterable, Iterator, Sequence
from random import Random

from archive.records import Trace
from archive.rows import FAILING
from evolve.prompts.quoting import fenced, listed, shortened
from evolve.standings.view import Example
from search_spaces.text import shown

TASK_HEADER = "### Task"
FEEDBACK = "Feedback:"
SAID = "What its agents said:"

_BYTES_PER_STEP = 160
"""The least that is shown of an agent's reply, so that a long trace is not cut to nothing."""


def failed(examples: Iterable[Example], count: int, rng: Random) -> list[Example]:
    """Some failed examples, drawn at random; where none failed, some that are not perfect."""
    examples = list(examples)
    bad = [each for each in examples if each.failure or each.score.value < FAILING]
    bad = bad or [each for each in examples if each.score.value < 1]
    return rng.sample(bad, min(count, len(bad)))


def solved(examples: Iterable[Example], count: int, rng: Random) -> list[Example]:
    """Some examples that were done perfectly, drawn at random."""
    good = [each for each in examples if not each.failure and each.score.value >= 1]
    return rng.sample(good, min(count, len(good)))


def domains_in_words(examples: Iterable[Example]) -> Iterator[str]:
    """The mean score on each domain, the worst first; nothing where all are of one."""
    scores: dict[str, list[float]] = {}
    for example in examples:
        scores.setdefault(example.domain, []).append(example.score.value)
    if len(scores) < 2:
        return
    means = {name: sum(values) / len(values) for name, values in scores.items()}
    for name in sorted(means, key=lambda name: (means[name], name)):
        yield f"- {shown(name) or 'other'}: {means[name]:.2f} on {len(scores[name])} tasks"


def in_full(examples: Sequence[Example], limit: int) -> str:
    """Examples with feedback and traces, each with an equal share of the bytes."""
    if not examples:
        return "None is known."
    share = limit // len(examples)
    return "\n\n".join(_in_full(example, share) for example in examples)


def in_brief(examples: Sequence[Example], limit: int) -> str:
    """The beginnings of what was asked."""
    lines = (f"- {_kind(each)}{shown(each.task.text, 100)}" for each in examples)
    return listed(lines, limit, "None is known.")


def _in_full(example: Example, limit: int) -> str:
    title = f"{TASK_HEADER} {_kind(example)}score {example.score.value:g}"
    limit -= len(f"{title}\n\n{FEEDBACK}\n\n{SAID}\n".encode())
    task = fenced(example.task.text, limit * 2 // 5)
    feedback = fenced(example.failure or example.score.feedback or "none", limit // 5)
    parts = [title, task, FEEDBACK, feedback]
    trace = example.read_trace()
    if trace is not None and trace.steps:
        room = limit - len(f"{task}{feedback}".encode())
        parts += [SAID, fenced(_said(trace, room), room)]
    return "\n".join(parts)


def _said(trace: Trace, limit: int) -> str:
    """The agents' replies in order, each with an equal share of the bytes."""
    share = max(limit // len(trace.steps), _BYTES_PER_STEP)
    return "\n".join(
        f"{step.agent}, round {step.round}: {shortened(step.text, share)}" for step in trace.steps
    )


def _kind(example: Example) -> str:
    return f"of kind {shown(example.domain)}, " if example.domain else ""
