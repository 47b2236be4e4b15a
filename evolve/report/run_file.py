"""The report on a new run file."""

from shlex import quote

from rich.console import RenderableType
from rich.text import Text

from evolve.errors import OutageError
from evolve.forecast.warnings import visible_points
from evolve.report.console import Report
from evolve.setup.init.making import Made
from evolve.text import clean


def report(made: Made) -> Report:
    """Its path, and remarks on it."""
    settings, sizes = made.settings, made.sizes
    scorer, caps = settings.tasks.scorer.written(), settings.budget.model_dump(exclude_none=True)
    splits = ", ".join(f"{count:,} {split}" for split, count in sizes.items() if count)
    data = {
        "run_file": str(made.path),
        "tasks": sizes,
        "scorer": scorer,
        "models": {name: model.written() for name, model in settings.models.items()},
        "budget": caps,
    }
    parts: list[RenderableType] = [
        Text(f"Wrote {clean(str(made.path))}", "bold"),
        f"Tasks: {splits}; about {visible_points(sizes['test']):.0f} points of difference can be "
        "shown at the end.",
        *(Text(f"! {clean(doubt)}", "yellow") for doubt in (*made.notes, *_doubts(made))),
    ]
    return Report(data, parts)


def next_steps(made: Made) -> dict[str, str]:
    """Next steps, by command."""
    path = quote(str(made.path))
    return {
        f"evolve doctor {path}": "check the set-up and the endpoints",
        f"evolve estimate {path}": "calls, USD and time to expect",
        f"evolve run {path} --dry-run": "the whole search with simulated models, free",
        f"evolve run {path}": "the search",
    }


def _doubts(made: Made) -> list[str]:
    """Problems that show without calling the models."""
    doubts = []
    for model in made.settings.models.values():
        try:
            _ = model.listing
        except OutageError as error:
            doubts.append(str(error))
    return list(dict.fromkeys(doubts))
