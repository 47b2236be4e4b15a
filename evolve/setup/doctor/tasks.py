"""Whether a task set can separate systems: its size, duplicates, and scorer."""

from collections.abc import Iterable, Iterator, Sequence

from evolve.errors import UnscoredError
from evolve.forecast.warnings import visible_points
from evolve.runfile.settings import RunSettings
from evolve.setup.doctor.findings import Finding
from evolve.setup.init.guessing import guess_scorer
from evolve.tasks.base import Scorer, Task
from search_spaces.errors import EvolveError
from search_spaces.text import shown

_AREA = "tasks"

_POINTS = 5.0
"""A difference that most people would like to see."""

_SCORED = 100
"""Truths that are scored as if they were answers."""

_NAMED = 5


async def examine_tasks(settings: RunSettings) -> list[Finding]:
    """Looks at all tasks, sealed ones too: as their owner would, before any search."""
    tasks = settings.tasks
    try:
        loaded = tasks.load(settings.seed)
    except EvolveError as error:
        return [Finding(_AREA, "file", "fix", str(error), "mend the file, or `tasks`")]
    every = sorted(
        [*loaded.train, *loaded.validation, *loaded.unseal()], key=lambda task: task.number
    )
    sizes = {"train": len(loaded.train), "validation": len(loaded.validation)}
    text = ", ".join(f"{count:,} {split}" for split, count in sizes.items())
    confirmed = min(settings.confirm.tasks or loaded.sealed, loaded.sealed)
    return [
        Finding(_AREA, "file", "ok", f"{tasks.source}: {text}, {loaded.sealed:,} test"),
        _visible("validation", sizes["validation"], "`tasks.splits`"),
        _visible("test", confirmed, "`confirm.tasks` or `tasks.splits`"),
        *_doubles(every),
        *_empty(every),
        *await _scored(tasks.scorer, every),
        *_better_scorer(tasks.scorer.plugin_name(), every),
    ]


def _visible(split: str, count: int, key: str) -> Finding:
    points = visible_points(count)
    text = f"{count:,} tasks show differences from about {points:.0f} points on"
    if points <= _POINTS:
        return Finding(_AREA, split, "ok", text)
    return Finding(_AREA, split, "note", text, f"add tasks, or change {key}")


def _doubles(tasks: Sequence[Task]) -> Iterator[Finding]:
    by_text: dict[str, list[Task]] = {}
    for task in tasks:
        by_text.setdefault(" ".join(task.input.text.lower().split()), []).append(task)
    doubles = [same for same in by_text.values() if len(same) > 1]
    if not doubles:
        yield Finding(_AREA, "doubles", "ok", "no question is asked twice")
        return
    apart = sum(len({task.split for task in same}) > 1 for same in doubles)
    text = f"{len(doubles)} questions are asked more than once: {_named(s[0] for s in doubles)}"
    if apart:
        text += f"; {apart} of them in several splits, so test tasks are known before"
    yield Finding(_AREA, "doubles", "note", text, "keep one of each")
    torn = [same for same in doubles if len({str(task.answer).strip() for task in same}) > 1]
    if torn:
        text = f"{len(torn)} questions have two different answers: {_named(s[0] for s in torn)}"
        yield Finding(_AREA, "answers", "fix", text, "one of them is wrong; mend or remove it")


def _empty(tasks: Sequence[Task]) -> Iterator[Finding]:
    empty = [task for task in tasks if task.answer in (None, "", [], {})]
    if empty:
        text = f"{len(empty)} answers are empty: {_named(empty)}"
        yield Finding(_AREA, "answers", "fix", text, "fill them in, or remove these tasks")


async def _scored(scorer: Scorer, tasks: Sequence[Task]) -> list[Finding]:
    """Scores truths as if they were answers, where truths are answers and no model has a say."""
    plain = [task for task in tasks if isinstance(task.answer, str | int | float)][:_SCORED]
    if scorer.asks or not plain:
        return []
    name = scorer.plugin_name()
    try:
        scorer.require()
        wrong = [task for task in plain if (await _score(scorer, task)) < 1]
    except EvolveError as error:
        return [Finding(_AREA, "scorer", "fix", str(error), "mend or change `tasks.scorer`")]
    finally:
        await scorer.close()
    if not wrong:
        text = f"{name} finds all {len(plain)} true answers right that it was given"
        return [Finding(_AREA, "scorer", "ok", text)]
    text = f"{name} finds {len(wrong)} of {len(plain)} true answers wrong: {_named(wrong)}"
    advice = "choose another scorer, or mend these answers"
    return [Finding(_AREA, "scorer", "fix", text, advice)]


async def _score(scorer: Scorer, task: Task) -> float:
    try:
        return (await scorer.score(task, str(task.answer))).value
    except UnscoredError:
        return 0.0


def _better_scorer(name: str, tasks: Sequence[Task]) -> Iterator[Finding]:
    """Whether `exact` is stricter than the answers call for."""
    if name != "exact" or not all(isinstance(task.answer, str) for task in tasks):
        return
    better = guess_scorer([task.answer for task in tasks])
    why = {
        "numeric": "all answers are numbers, and `exact` takes '42 km' for wrong where 42 is right",
        "choice": "all answers are letters, and `exact` takes '(B)' or 'option B' for wrong",
        "token_f1": "most answers are long, and `exact` takes all but the very words for wrong",
    }
    if better in why:
        yield Finding(_AREA, "scorer", "note", why[better], f"try `scorer: {better}`")


def _named(tasks: Iterable[Task]) -> str:
    ids = [shown(task.input.id, 24) for task in tasks]
    return ", ".join(ids[:_NAMED]) + (", …" if len(ids) > _NAMED else "")
