"""Why a search ends."""

from enum import StrEnum


class EndReason(StrEnum):
    """Why a search or a confirmation buys nothing more."""

    SPENT = "spent"
    """The budget allows no further purchase."""
    SATISFIED = "satisfied"
    """Nothing left is worth buying."""
    TIME_UP = "time_up"
    """What is left of `budget.seconds` is too short for another purchase."""
    STOPPED = "stopped"
    """The search was stopped from outside."""
    OUTAGE = "outage"
    """An endpoint does not answer."""
    UNSCORABLE = "unscorable"
    """Many answers in a row could not be scored."""
    ALREADY_OVER = "already_over"
    """The search had ended before the run was resumed; only the confirmation was left."""
