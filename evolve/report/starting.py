"""What is said of a new run file."""

from shlex import quote

from rich.console import RenderableType
from rich.text import Text

from evolve.errors import OutageError
from evolve.estimating.warnings import visible_points
from evolve.report.console import Report, clean
from evolve.starting.making import Made


def report(made: Made) -> Report:
    """Where it is, and what is to be known of it."""
    settings, sizes = made.settings, made.sizes
    scorer, caps = settings.tasks.scorer.written(), settings.budget.model_dump(exclude_none=True)
    told = ", ".join(f"{count:,} {split}" for split, count in sizes.items() if count)
    data = {
        "run_file": str(made.path),
        "tasks": sizes,
        "scorer": scorer,
        "models": {name: model.written() for name, model in settings.models.items()},
        "budget": caps,
    }
    parts: list[RenderableType] = [
        Text(f"Wrote {clean(str(made.path))}", "bold"),
        f"Tasks: {told}; about {visible_points(sizes['test']):.0f} points of difference can be "
        "shown at the end.",
        *(Text(f"! {clean(doubt)}", "yellow") for doubt in _doubts(made)),
    ]
    return Report(data, parts)


def next_steps(made: Made) -> dict[str, str]:
    """What to do with it, by the command."""
    path = quote(str(made.path))
    return {
        f"evolve doctor {path}": "is all of it there, and does it answer?",
        f"evolve estimate {path}": "calls, USD and time to expect",
        f"evolve run {path} --dry-run": "the whole search, paying nobody",
        f"evolve run {path}": "the search",
    }


def _doubts(made: Made) -> list[str]:
    """What keeps the models from being asked, as far as that shows without asking them."""
    doubts = []
    for model in made.settings.models.values():
        try:
            _ = model.listing
        except OutageError as error:
            doubts.append(str(error))
    return list(dict.fromkeys(doubts))
