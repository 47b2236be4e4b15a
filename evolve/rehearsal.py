"""A run with stand-ins: the user's own tasks, space and budget, and simulated models.

Whoever would have to be paid is replaced by a simulated model that knows the tasks' answers. How
well it does says nothing about the real one; how often it is asked, and what prompts it is given,
is what the run will do.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from evolve.models.base import MODELS, Model
from evolve.settings import RunSettings
from evolve.tasks.base import Task
from search_spaces.errors import ConfigError

_FAMILIES = ("alder", "birch")
"""Those who stand in belong to these in turns."""

_SIZES = {"large": 10.0, "medium": 2.5, "small": 0.0}
"""From how many times the cheapest one's price on a model is taken to be of a size."""


class Likeness(NamedTuple):
    """How a model differs from the stand-in that its price suggests, where that is known."""

    verbosity: float = 1.0
    """How many times as long its replies are."""
    prompts: float = 1.0
    """How many times as many tokens it counts in prompts."""
    pace: float = 1.0
    """How many times as long it takes."""


ALIKE = Likeness()


def dry_run(settings: RunSettings, archive: Path) -> RunSettings:
    """The whole run with nobody to be paid, under a name that says so.

    Args:
        settings: The run.
        archive: The archive it will be written to; the answer key is kept beside it, so that the
            run can be resumed.
    """
    tasks = settings.tasks.load(settings.seed)
    every = [*tasks.train, *tasks.validation, *tasks.unseal()]
    rehearsed = stand_in(settings, every, archive.absolute().with_suffix(".answers.jsonl"))
    return rehearsed.model_copy(update={"name": f"{settings.name[:50]}-dry-run"})


def stand_in(
    settings: RunSettings,
    tasks: Sequence[Task],
    key: Path,
    likenesses: Mapping[str, Likeness] = MappingProxyType({}),
) -> RunSettings:
    """The same run with stand-ins; models that are simulated already stay as they are.

    A stand-in has the price of whom it stands in for, and none where that is not known.

    Args:
        settings: The run.
        tasks: All its tasks.
        key: Where to write their answers for the stand-ins.
        likenesses: What is known of models, by name.
    """
    if all(model.simulated for model in settings.models.values()):
        return settings
    try:
        key.write_text("".join(f"{json.dumps(row)}\n" for row in map(_row, tasks)), "utf-8")
    except OSError as error:
        raise ConfigError(f"{key}: cannot be written: {error.strerror}") from None
    models: dict[str, Model] = {}
    for place, (name, model) in enumerate(settings.models.items()):
        profile = f"{_FAMILIES[place % len(_FAMILIES)]}-{_size(model, settings.models)}"
        likeness = likenesses.get(name, ALIKE)
        models[name] = model if model.simulated else _simulated(model, profile, key, likeness)
    return settings.model_copy(update={"models": models})


def _size(model: Model, models: Mapping[str, Model]) -> str:
    """Who costs more is taken to be abler; where prices do not tell, all are of middling size."""
    prices = {name: _price(each) for name, each in models.items()}
    known = [price for price in prices.values() if price is not None]
    own, least = _price(model), min(known, default=0.0)
    if own is None or max(known) < _SIZES["medium"] * least or not least:
        return "medium"
    return next(size for size, times in _SIZES.items() if own >= times * least)


def _price(model: Model) -> float | None:
    return None if model.price is None else model.price.prompt + model.price.completion


def _simulated(model: Model, profile: str, key: Path, likeness: Likeness) -> Model:
    options: dict[str, object] = {
        "profile": profile,
        "answers": {"file": str(key), "repeats": "first"},
        "max_tokens": model.max_tokens,
        "feared": not model.vouched,
        "priced": model.price is not None,
        **likeness._asdict(),
    }
    if model.price is not None:
        options["price"] = model.price.model_dump()
    return MODELS.find("simulated").model_validate(options)


def _row(task: Task) -> dict[str, str]:
    answer = task.answer if isinstance(task.answer, str) else json.dumps(task.answer)
    return {"question": task.input.text, "answer": answer.strip() or "?", "domain": task.domain}
