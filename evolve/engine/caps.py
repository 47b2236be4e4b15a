"""The caps of a run, which a resume may change."""

from collections.abc import Mapping

from pydantic import ValidationError

from archive.errors import ArchiveError
from archive.reading import Reader
from archive.records import Run
from evolve.budget.ledger import Budget
from evolve.runfile.settings import from_json
from search_spaces.errors import explain

CAPS = "caps"
"""The kind of an event that changes a run's caps; its text is the new budget as JSON."""

REOPENED = "reopened"
"""The kind of an event that reopens a finished run for more search and confirmation."""


def with_caps(budget: Budget, caps: Mapping[str, float | None]) -> Budget:
    """A budget with some caps replaced; None keeps the present one."""
    changed = {name: cap for name, cap in caps.items() if cap is not None}
    try:
        return Budget.model_validate({**dict(budget), **changed})
    except ValidationError as error:
        raise explain(error, "the new caps") from None


def raising(budget: Budget) -> str:
    """A command that continues a run with twice the first of its caps."""
    name, cap = next(iter(budget.model_dump(exclude_none=True).items()))
    return f"evolve resume --{name} {2 * cap}"


def budget_of(archive: Reader, run: Run) -> Budget:
    """The caps of a run: those of its last resume, or else of its settings.

    Raises:
        ArchiveError: The recorded budget is invalid.
    """
    changes = [event.text for event in archive.events(run) if event.kind == CAPS]
    if not changes:
        return from_json(run.settings, f"the settings of run {run.id}", inert=True).budget
    try:
        return Budget.model_validate_json(changes[-1])
    except ValidationError as error:
        raise ArchiveError(
            f"{archive.name}: the caps that run {run.id} was resumed with cannot be read: "
            f"{explain(error, CAPS)}; restore the archive from a copy"
        ) from None
