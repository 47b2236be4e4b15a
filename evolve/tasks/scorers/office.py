"""Whether the office is left as it should be, by whatever way."""

import json

from archive.records import Score, Trace
from evolve.environments.office.actions import ActionError, perform
from evolve.environments.office.world import World, beginning
from evolve.tasks.base import Scorer, Task
from evolve.tasks.deeds import Deed, read, written

_KINDS = ("meeting", "mail", "task")


class Office(Scorer):
    """1 if the calls of tools lead to the same state of the office as the task's own calls."""

    def check(self, answer: object) -> str:
        """The truth has to be calls that can be made."""
        try:
            _after(_deeds(answer))
        except (ValueError, TypeError, KeyError) as error:
            return f"expected a list of calls that can be made: {error}"
        return ""

    def submission(self, trace: Trace) -> str:
        """What was done; the answer does not count."""
        return written(trace)

    async def score(self, task: Task, answer: str) -> Score:
        """Compares two states of the office by what is there."""
        wanted, found = (
            _after(_deeds(task.answer)).contents(),
            _after(read(answer).calls).contents(),
        )
        wrong = [
            f"{verb}: {each}"
            for kind in range(len(_KINDS))
            for verb, these, those in (
                ("missing", wanted[kind], found[kind]),
                ("not wanted", found[kind], wanted[kind]),
            )
            for each in these
            if each not in those
        ]
        return Score(value=float(wanted == found), feedback="; ".join(wrong)[:500])


def _deeds(calls: object) -> list[Deed]:
    """The truth's calls: a list of {name, arguments}, or that as JSON."""
    calls = json.loads(calls) if isinstance(calls, str) else calls
    if not isinstance(calls, list):
        raise TypeError("it is no list")
    return [Deed(call["name"], dict(call["arguments"])) for call in calls]


def _after(deeds: list[Deed] | tuple[Deed, ...]) -> World:
    world = beginning()
    for deed in deeds:
        try:
            perform(world, deed.name, deed.arguments)
        except ActionError:
            if isinstance(deeds, list):  # the task's own have to be right
                raise
    return world
