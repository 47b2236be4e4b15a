"""The caps of a run, which may be set anew whenever it is resumed."""

from collections.abc import Mapping

from pydantic import ValidationError

from archive.errors import ArchiveError
from archive.reading import Reader
from archive.records import Run
from evolve.ledger import Budget
from evolve.settings import from_json
from search_spaces.errors import explain

CAPS = "caps"
"""The kind of an event that sets a run's caps anew; its text is the budget as JSON."""

REOPENED = "reopened"
"""The kind of an event after which a run that was finished searches and confirms once more."""


def with_caps(budget: Budget, caps: Mapping[str, float | None]) -> Budget:
    """A budget with some caps set anew; None keeps one as it is."""
    changed = {name: cap for name, cap in caps.items() if cap is not None}
    try:
        return Budget.model_validate({**dict(budget), **changed})
    except ValidationError as error:
        raise explain(error, "the new caps") from None


def budget_of(archive: Reader, run: Run) -> Budget:
    """The caps of a run: its settings', or those that it was last resumed with.

    Raises:
        ArchiveError: What the archive says of them is no budget.
    """
    changes = [event.text for event in archive.events(run) if event.kind == CAPS]
    if not changes:
        return from_json(run.settings, f"the settings of run {run.id}").budget
    try:
        return Budget.model_validate_json(changes[-1])
    except ValidationError as error:
        raise ArchiveError(
            f"{archive.name}: the caps that run {run.id} was resumed with cannot be read: "
            f"{explain(error, CAPS)}; restore the archive from a copy"
        ) from None
