"""The record of a task's work: every call in an order that timing has no part in."""

from collections.abc import Iterable
from typing import NamedTuple

from archive.records import Step, ToolUse, Trace, Usage
from evolve.models.base import Reply
from evolve.runtime.conclusions import Conclusion
from evolve.runtime.plan import Plan
from search_spaces.text import whole


class Call(NamedTuple):
    """A model call that was answered."""

    round: int
    seat: int
    sample: int
    reply: Reply
    uses: tuple[ToolUse, ...] = ()
    """What came of the tools that it called."""
    request: int = 0
    """The number of the request that it was to fulfil; 0 in a turn of its own."""


def record(plan: Plan, calls: Iterable[Call], conclusion: Conclusion, rounds: int) -> Trace:
    """Writes down how a system worked.

    Args:
        plan: The system.
        calls: Its model calls, in any order.
        conclusion: What they came to.
        rounds: How many rounds it took.
    """
    # By round, then in canonical order; who judges or summarises spoke last.
    ordered = sorted(calls, key=lambda call: _place(plan, call))
    steps = tuple(_step(plan, call) for call in ordered)
    return Trace(
        answer=conclusion.answer,
        steps=steps,
        usage=Usage.total(step.usage for step in steps),
        failure=conclusion.failure,
        rounds=rounds,
        remark=conclusion.remark,
    )


def _place(plan: Plan, call: Call) -> tuple[int, bool, int, int, int]:
    return call.round, call.seat == plan.by, call.seat, call.request, call.sample


def _step(plan: Plan, call: Call) -> Step:
    seat = plan.seats[call.seat]
    return Step(
        agent=seat.agent.name,
        round=call.round,
        sample=call.sample,
        model=seat.model_name,
        text=whole(call.reply.text),
        usage=seat.model.usage(call.reply),
        tools=call.uses,
    )
