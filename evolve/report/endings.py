"""The reasons why a search ended, as text."""

from collections.abc import Mapping

from evolve.engine.stopping import EndReason

END_TEXTS: Mapping[EndReason, str] = {
    EndReason.SPENT: "the budget allows no further purchase",
    EndReason.SATISFIED: "nothing left is worth buying",
    EndReason.TIME_UP: "the time is up",
    EndReason.STOPPED: "it was stopped",
    EndReason.OUTAGE: "an endpoint does not answer",
    EndReason.UNSCORABLE: "no answer can be scored",
    EndReason.ALREADY_OVER: "the search was over",
}
"""Each reason as a clause of a sentence."""
