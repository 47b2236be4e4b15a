"""The trace of one evaluation: every call, in an order independent of timing."""

from collections.abc import Iterable
from typing import NamedTuple

from archive.records import Step, ToolUse, Trace, Usage
from evolve.models.base import Reply
from evolve.runtime.final_answer import Conclusion
from evolve.runtime.plan import Plan
from search_spaces.text import whole


class Call(NamedTuple):
    """A model call that was answered."""

    round: int
    node: int
    sample: int
    reply: Reply
    uses: tuple[ToolUse, ...] = ()
    """The results of the tools that it called."""
    request: int = 0
    """The number of the delegated request that it fulfils; 0 in a turn of its own."""


def record(plan: Plan, calls: Iterable[Call], conclusion: Conclusion, rounds: int) -> Trace:
    """Builds the trace of a system's work.

    Args:
        plan: The system.
        calls: Its model calls, in any order.
        conclusion: The final answer.
        rounds: How many rounds it took.
    """
    # By round, then in canonical order; a judge or summariser comes last.
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
    return call.round, call.node == plan.by, call.node, call.request, call.sample


def _step(plan: Plan, call: Call) -> Step:
    node = plan.nodes[call.node]
    return Step(
        agent=node.agent.name,
        round=call.round,
        sample=call.sample,
        model=node.model_name,
        text=whole(call.reply.text),
        usage=node.model.usage(call.reply),
        tools=call.uses,
    )
