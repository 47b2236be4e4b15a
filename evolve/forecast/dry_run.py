"""A run with stand-ins: the user's own tasks, space and budget, and simulated models.

Every paid model is replaced by a simulated one that knows the tasks' answers. Its scores mean
nothing for the real model; the number of calls and the prompts are those of the real run.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from evolve.models.base import MODELS, Model
from evolve.runfile.settings import RunSettings
from evolve.tasks.base import Task
from search_spaces.errors import ConfigError

_FAMILIES = ("alder", "birch")
"""The families of stand-ins, in turn."""

_SIZES = {"large": 10.0, "medium": 2.5, "small": 0.0}
"""The multiple of the lowest price from which a model counts as of a size."""


class Calibration(NamedTuple):
    """How a model differs from the stand-in that its price suggests, where that is known."""

    verbosity: float = 1.0
    """How many times as long its replies are."""
    prompts: float = 1.0
    """How many times as many tokens it counts in prompts."""
    pace: float = 1.0
    """How many times as long it takes."""


UNCALIBRATED = Calibration()


def dry_run(settings: RunSettings, archive: Path) -> RunSettings:
    """The whole run with stand-ins for paid models, under a name that ends in `-dry-run`.

    Args:
        settings: The run.
        archive: The archive it will be written to; the answer key is kept beside it, so that the
            run can be resumed.
    """
    tasks = settings.tasks.load(settings.seed)
    every = [*tasks.train, *tasks.validation, *tasks.unseal()]
    rehearsed = with_stand_ins(settings, every, archive.absolute().with_suffix(".answers.jsonl"))
    return rehearsed.model_copy(update={"name": f"{settings.name[:50]}-dry-run"})


def with_stand_ins(
    settings: RunSettings,
    tasks: Sequence[Task],
    key: Path,
    calibrations: Mapping[str, Calibration] = MappingProxyType({}),
) -> RunSettings:
    """The same run with stand-ins; models that are simulated already stay as they are.

    A stand-in has the price of its model, and none where that is unknown.

    Args:
        settings: The run.
        tasks: All its tasks.
        key: Where to write their answers for the stand-ins.
        calibrations: What is known of models, by name.
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
        calibration = calibrations.get(name, UNCALIBRATED)
        models[name] = model if model.simulated else _simulated(model, profile, key, calibration)
    return settings.model_copy(update={"models": models})


def _size(model: Model, models: Mapping[str, Model]) -> str:
    """The size that a model's price suggests; medium where prices do not differ."""
    prices = {name: _price(each) for name, each in models.items()}
    known = [price for price in prices.values() if price is not None]
    own, least = _price(model), min(known, default=0.0)
    if own is None or max(known) < _SIZES["medium"] * least or not least:
        return "medium"
    return next(size for size, times in _SIZES.items() if own >= times * least)


def _price(model: Model) -> float | None:
    return None if model.price is None else model.price.prompt + model.price.completion


def _simulated(model: Model, profile: str, key: Path, calibration: Calibration) -> Model:
    options: dict[str, object] = {
        "profile": profile,
        "answers": {"file": str(key), "repeats": "first"},
        "max_tokens": model.max_tokens,
        "untrusted": not model.trusted,
        "priced": model.price is not None,
        **calibration._asdict(),
    }
    if model.price is not None:
        options["price"] = model.price.model_dump()
    return MODELS.find("simulated").model_validate(options)


def _row(task: Task) -> dict[str, str]:
    answer = task.answer if isinstance(task.answer, str) else json.dumps(task.answer)
    return {"question": task.input.text, "answer": answer.strip() or "?", "domain": task.domain}
