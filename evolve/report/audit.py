"""The findings of an audit, a short section each, for people and for programs."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from rich.console import RenderableType
from rich.text import Text

from evolve.audit import Audit
from evolve.audit.duplicates import Duplicates
from evolve.audit.judge import JudgeFindings
from evolve.audit.labels import Labels
from evolve.audit.noise import Noise, worth
from evolve.audit.power import Power
from evolve.audit.prospects import SATURATION, Prospects
from evolve.forecast import Estimate
from evolve.report import figures
from evolve.report.console import Report, table
from evolve.report.estimate import in_words
from evolve.report.figures import counted
from evolve.report.outcome import OPINION, SIMULATED
from evolve.text import clean, one_line

SHOWN = 8
"""Rows of a list that are printed; `--json` has all."""

NOISY = 0.5
"""The intraclass correlation below which repetitions are worth while."""


def report(audit: Audit, estimated: Estimate | str, causes: Sequence[str] = ()) -> Report:
    """All sections.

    Args:
        audit: The audit.
        estimated: What a search is expected to take, or why that is not known.
        causes: Why evaluations brought no answer, a text each.
    """
    found = audit.findings
    parts: list[RenderableType] = [*_system(audit, causes)]
    sections = (
        ("Noise", _noise(found.noise)),
        ("Judge", () if found.judge is None else _judge(found.judge)),
        ("Labels: look at these first", _labels(found.labels, found.noise)),
        ("Sealed tasks that a search has seen", _duplicates(found.duplicates)),
        ("What the sealed tasks can show", _power(found.power)),
        ("What a search may bring", _prospects(found.prospects)),
        ("What a search would take", _cost(estimated)),
    )
    for title, content in sections:
        if rows := list(content):
            parts += ["", Text(title, "bold"), *rows]
    notes = [OPINION] * audit.judged + [SIMULATED] * audit.simulated
    return Report(as_data(audit, estimated), [*parts, *(Text(note, "yellow") for note in notes)])


def as_data(audit: Audit, estimated: Estimate | str) -> dict[str, object]:
    """The audit for programs; shares, not points."""
    unknown = estimated if isinstance(estimated, str) else ""
    return {
        "run": audit.run.id,
        "system": {"name": audit.system.name, "id": audit.system.config.id},
        "repeats": audit.repeats,
        "asked": audit.asked,
        "unscored": audit.unscored,
        "given_up": audit.given_up,
        "unit": audit.unit,
        "simulated": audit.simulated,
        "judged": audit.judged,
        "spent": audit.spent._asdict(),
        **audit.findings.model_dump(mode="json"),
        "estimate": None if isinstance(estimated, str) else asdict(estimated),
        "no_estimate": unknown,
    }


def _system(audit: Audit, causes: Sequence[str]) -> Iterator[Text]:
    found, noise = audit.findings.prospects, audit.findings.noise
    score = figures.score(found.score, found.interval)
    cost = figures.cost(found.cost, audit.unit)
    yield Text(f"{one_line(audit.system.name)} scores {score}, {cost} a task.", "bold")
    few = f" of {audit.asked} that were asked for" if found.tasks < audit.asked else ""
    yield Text(
        f"{counted(found.tasks, 'validation task')}{few}, "
        f"{counted(noise.evaluations, 'repeated evaluation')}; {figures.usage(audit.spent)} spent."
    )
    if found.tasks + audit.given_up < audit.asked:
        yield Text("The caps cover no more tasks with all repetitions.", "yellow")
    if audit.unscored:
        yield Text(f"{counted(audit.unscored, 'answer')} could not be scored.", "yellow")
    for cause in causes:
        yield Text(f"No answer in {clean(cause)}.", "yellow")


def _noise(noise: Noise) -> Iterator[Text]:
    if noise.icc is None:
        yield Text(
            "All scores are equal, so nothing can be told of noise; audit a system that solves "
            "some of the tasks (--system)."
        )
        return
    low, high = noise.changed_interval
    yield Text(
        f"A repetition has another score in {100 * noise.changed:.1f} % of cases "
        f"[{100 * max(0.0, low):.1f}–{100 * min(1.0, high):.1f}]: {noise.differing} of "
        f"{noise.tasks} tasks. Intraclass correlation {noise.icc:.2f}."
    )
    three = worth(3, noise.icc)
    yield Text(_advice_on_trials(noise.icc, three))
    if noise.scorer_differs:
        tasks = counted(noise.scorer_differs, "task")
        yield Text(f"Equal answers got different scores on {tasks}: the scorer is noisy.", "yellow")


def _advice_on_trials(icc: float, three: float) -> str:
    text = f"Three trials of a task are worth {three:.1f} tasks"
    if icc >= NOISY:
        return f"{text}: buy further tasks, not further trials."
    return f"{text}: repeat tasks where there are no more of them; further tasks are worth more."


def _judge(found: JudgeFindings) -> Iterator[Text]:
    yield Text(
        f"Two verdicts on the same answer differ for {found.differing} of {found.answers} answers; "
        f"their standard deviation is {100 * found.variance**0.5:.1f} points{_noise_share(found)}."
    )
    if found.padding is not None:
        effect = figures.points(found.padding, found.padding_interval)
        low, high = found.padding_interval or (0.0, 0.0)
        shown = "length alone counts" if low > 0 or high < 0 else "no effect is shown"
        yield Text(
            f"A padding that says nothing changes the score by {effect} "
            f"({counted(found.padded, 'task')}): {shown}."
        )
    if found.length is not None and found.length_interval is not None:
        low, high = found.length_interval
        yield Text(
            f"Among answers that are equally right, score and length have a rank correlation of "
            f"{found.length:+.2f} [{low:+.2f} to {high:+.2f}] ({found.compared} answers). Longer "
            "answers may be better, so only the padding shows a bias."
        )
    else:
        yield Text("Lengths or scores do not differ enough to be compared.")
    yield Text("It marks one answer at a time, so there is no order that could bias it.")


def _noise_share(found: JudgeFindings) -> str:
    if found.share_of_noise is None:
        return ""
    return f" and makes {100 * found.share_of_noise:.0f} % of the variance between repetitions"


def _labels(found: Labels, noise: Noise) -> Iterator[RenderableType]:
    if not (found.disputed or found.contradictions or found.typos):
        yield Text("None are suspect.")
        return
    if found.disputed:
        yield Text(
            f"To {counted(len(found.disputed), 'task')} all repetitions give one answer that is "
            "not the truth: the system is wrong, or the label."
        )
        if not noise.differing:
            yield Text("Repetitions never differ here, so that they agree says little.")
        rows = table("task", "label", "answer of all")
        for disputed in found.disputed[:SHOWN]:
            rows.add_row(*map(_cell, (disputed.task, disputed.truth, disputed.answer)))
        yield rows
        yield from _others(len(found.disputed))
    if found.contradictions:
        equal = counted(len(found.contradictions), "question")
        yield Text(f"{equal} asked more than once with different answers:")
        for same in found.contradictions[:SHOWN]:
            names = ", ".join(
                f"{one_line(task, 24)} ({split})"
                for task, split in zip(same.tasks, same.splits, strict=True)
            )
            yield Text(f"  {names}")
        yield from _others(len(found.contradictions))
    if found.typos:
        yield Text(f"{counted(len(found.typos), 'label')} may be misspelt:")
        for typo in found.typos[:SHOWN]:
            label, meant = one_line(typo.label, 30), one_line(typo.meant, 30)
            yield Text(f"  {one_line(typo.task, 24)}: {label!r}, perhaps {meant!r} ({typo.times})")
        yield from _others(len(found.typos))


def _duplicates(found: Duplicates) -> Iterator[RenderableType]:
    part = "" if found.compared == found.sealed else f" ({found.compared:,} drawn to be compared)"
    pairs = (*found.equal, *found.near)
    if not pairs:
        yield Text(f"None of {found.sealed:,}{part}.")
    else:
        yield Text(
            f"{len(found.equal):,} of {found.sealed:,}{part} ask what a training or validation "
            f"task asks, and {len(found.near):,} nearly so, with the same answer: keep one of each."
        )
        rows = table("sealed", "like", "similarity")
        for pair in pairs[:SHOWN]:
            other = Text(f"{one_line(pair.other, 24)} ({pair.split})")
            rows.add_row(_cell(pair.sealed), other, Text(f"{pair.similarity:.2f}"))
        yield rows
        yield from _others(len(pairs))
    if found.alike:
        yield Text(
            f"{len(found.alike):,} further ones are worded like another task and have another "
            "answer: questions of one template, or wrong labels (--json has them)."
        )


def _power(found: Power) -> Iterator[RenderableType]:
    together = f", {found.comparisons} comparisons together" if found.comparisons > 1 else ""
    yield Text(
        f"{counted(found.tasks, 'task')}, evaluated once each, show a gain of "
        f"{100 * found.smallest:.1f} points in eight of ten searches (95 %{together}), a smaller "
        f"one less often; with three trials each, {100 * found.smallest_repeated:.1f} points."
    )
    trials = sorted({each.trials for each in found.needed})
    rows = table("to show", *(f"tasks, {counted(number, 'trial')} each" for number in trials))
    for difference in sorted({each.difference for each in found.needed}):
        needed = {each.trials: each.tasks for each in found.needed if each.difference == difference}
        cells = (f"{100 * difference:g} points", *(f"{needed[number]:,}" for number in trials))
        rows.add_row(*map(Text, cells))
    yield rows


def _prospects(found: Prospects) -> Iterator[Text]:
    yield Text(
        f"There are {100 * found.room:.1f} points of room; how much of it a search gains is not "
        "known before."
    )
    yield Text(
        f"At least one repetition solves {100 * found.ever:.1f} % of the tasks: as many votes of "
        "this system would have solved no more."
    )
    if found.saturated is None:
        yield Text(f"This is a team of {found.agents}; audit a single agent to see if teams pay.")
    elif found.saturated:
        how = "does" if found.interval[0] > SATURATION else "probably does"
        yield Text(
            f"Teams seldom pay where a single agent scores above about {100 * SATURATION:.0f} %, "
            f"as this one {how} (“Towards a science of scaling agent systems”, 2025): a cheaper "
            "control should be beaten first, such as votes, worked examples or a larger model."
        )
    if found.examples:
        yield Text(
            f"{counted(found.examples, 'training task')} can be worked examples, which decided on "
            "a small model (docs/research/real_models.md)."
        )
    else:
        yield Text(
            "There are no training tasks, so there are no worked examples, which decided on a "
            "small model (docs/research/real_models.md): give a train split."
        )
    if not found.controls:
        yield Text("`confirm.controls` is false, so a winner meets no cheaper control.")


def _cost(estimated: Estimate | str) -> Iterator[Text]:
    if isinstance(estimated, str):
        yield Text(f"It cannot be estimated: {clean(estimated)}")
        return
    yield Text(f"{in_words(estimated)}; `evolve estimate` says more.")


def _others(count: int) -> Iterator[Text]:
    if count > SHOWN:
        yield Text(f"and {count - SHOWN:,} more, in --json", "dim")


def _cell(text: str) -> Text:
    return Text(one_line(text, 40))
