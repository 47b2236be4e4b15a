"""Edits of the worked examples that an agent is shown.

An example is named by its question, so an edit keeps its meaning where the agent has other examples
besides. `SetDemonstrations` replaces all of them.
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal

from pydantic import Field

from search_spaces.config import Agent, Demonstration, Text
from search_spaces.edits.base import AgentEdit, Edit, SetAgentField
from search_spaces.errors import EditError
from search_spaces.text import quoted

Demonstrations = tuple[Demonstration, ...]


class _DemonstrationEdit(AgentEdit):
    """A change of some of an agent's demonstrations."""

    @classmethod
    def between(cls, old: Agent, new: Agent) -> Iterable[Edit]:
        """See `AgentEdit.between`."""
        steps = _steps(new.name, old.demonstrations, new.demonstrations)
        return [edit for edit in steps if type(edit) is cls]

    @property
    def subject(self) -> tuple[str, ...]:
        """See `Edit.subject`."""
        return "demonstrations", self.agent


class RemoveDemonstration(_DemonstrationEdit):
    """Removes a worked example from an agent."""

    edit: Literal["remove_demonstration"] = "remove_demonstration"
    agent: str
    question: Text = Field(description="The question of the example to remove.")

    def changes(self, agent: Agent) -> dict[str, object]:
        """See `AgentEdit.changes`."""
        place = _place(agent, self.question)
        shown = agent.demonstrations
        return {"demonstrations": (*shown[:place], *shown[place + 1 :])}

    def describe_change(self, agent: Agent) -> str:
        """See `AgentEdit.describe_change`."""
        return f"− demonstration {quoted(self.question)}"


class ReplaceDemonstration(_DemonstrationEdit):
    """Puts a worked example of an agent in the place of another one."""

    edit: Literal["replace_demonstration"] = "replace_demonstration"
    agent: str
    question: Text = Field(description="The question of the example to replace.")
    demonstration: Demonstration

    def changes(self, agent: Agent) -> dict[str, object]:
        """See `AgentEdit.changes`."""
        place = _place(agent, self.question)
        before, after = agent.demonstrations[:place], agent.demonstrations[place + 1 :]
        _require_new(agent, self.demonstration.question, before + after)
        return {"demonstrations": (*before, self.demonstration, *after)}

    def describe_change(self, agent: Agent) -> str:
        """See `AgentEdit.describe_change`."""
        if self.question == self.demonstration.question:
            return f"demonstration {quoted(self.question)} with another answer"
        return f"demonstration {quoted(self.question)} → {quoted(self.demonstration.question)}"


class AddDemonstration(_DemonstrationEdit):
    """Adds a worked example after those that an agent has."""

    edit: Literal["add_demonstration"] = "add_demonstration"
    agent: str
    demonstration: Demonstration

    def changes(self, agent: Agent) -> dict[str, object]:
        """See `AgentEdit.changes`."""
        _require_new(agent, self.demonstration.question, agent.demonstrations)
        return {"demonstrations": (*agent.demonstrations, self.demonstration)}

    def describe_change(self, agent: Agent) -> str:
        """See `AgentEdit.describe_change`."""
        return f"+ demonstration {quoted(self.demonstration.question)}"


class ReorderDemonstrations(_DemonstrationEdit):
    """Puts the worked examples of an agent in another order."""

    edit: Literal["reorder_demonstrations"] = "reorder_demonstrations"
    agent: str
    order: tuple[int, ...] = Field(
        description="Their present positions, counted from 1, in the new order."
    )

    def changes(self, agent: Agent) -> dict[str, object]:
        """See `AgentEdit.changes`."""
        count = len(agent.demonstrations)
        if sorted(self.order) != list(range(1, count + 1)):
            raise EditError(
                f"`order` is {list(self.order)}; {self.agent!r} has {count} demonstrations, so it "
                f"needs each number from 1 to {count} once"
            )
        return {"demonstrations": tuple(agent.demonstrations[place - 1] for place in self.order)}

    def describe_change(self, agent: Agent) -> str:
        """See `AgentEdit.describe_change`."""
        return f"demonstrations in the order {', '.join(map(str, self.order))}"


class SetDemonstrations(SetAgentField):
    """Replaces all worked examples of an agent."""

    field: ClassVar[str] = "demonstrations"

    edit: Literal["set_demonstrations"] = "set_demonstrations"
    agent: str
    demonstrations: Demonstrations

    @classmethod
    def between(cls, old: Agent, new: Agent) -> Iterable[Edit]:
        """See `AgentEdit.between`; used where single examples cannot say it, see `_steps`."""
        if not _steps(new.name, old.demonstrations, new.demonstrations):
            yield from super().between(old, new)

    def describe_change(self, agent: Agent) -> str:
        """See `AgentEdit.describe_change`."""
        old, new = len(agent.demonstrations), len(self.demonstrations)
        return f"demonstrations {old} → {new}{' others' if old == new else ''}"

    @property
    def subject(self) -> tuple[str, ...]:
        """See `Edit.subject`."""
        return "demonstrations", self.agent


def _steps(agent: str, old: Demonstrations, new: Demonstrations) -> list[Edit]:
    """The edits of single examples that lead from old to new.

    There are none if a question occurs twice, which would make the edits ambiguous, and if there
    would be several, as many as the new examples or more.
    """
    if not (_distinct(old) and _distinct(new)):
        return []
    removed = [each for each in old if each not in new]
    added = [each for each in new if each not in old]
    pairs = _pairs(removed, added)
    dropped = [each for each in removed if each not in pairs]
    appended = [each for each in added if each not in pairs.values()]
    arranged = [pairs.get(each, each) for each in old if each not in dropped] + appended
    steps: list[Edit] = [RemoveDemonstration(agent=agent, question=d.question) for d in dropped]
    steps += [
        ReplaceDemonstration(agent=agent, question=before.question, demonstration=after)
        for before, after in pairs.items()
    ]
    steps += [AddDemonstration(agent=agent, demonstration=each) for each in appended]
    if arranged != list(new):
        order = tuple(arranged.index(each) + 1 for each in new)
        steps.append(ReorderDemonstrations(agent=agent, order=order))
    return steps if len(steps) < max(2, len(new)) else []


def _pairs(
    removed: Sequence[Demonstration], added: Sequence[Demonstration]
) -> dict[Demonstration, Demonstration]:
    """Which example takes the place of which: first of the same question, then in their order."""
    by_question = {each.question: each for each in added}
    pairs = {each: by_question[each.question] for each in removed if each.question in by_question}
    rest = [each for each in added if each not in pairs.values()]
    return pairs | dict(zip((each for each in removed if each not in pairs), rest, strict=False))


def _distinct(demonstrations: Demonstrations) -> bool:
    return len({each.question for each in demonstrations}) == len(demonstrations)


def _place(agent: Agent, question: str) -> int:
    """The position of the example with that question.

    Raises:
        EditError: The agent has none or several.
    """
    places = [n for n, each in enumerate(agent.demonstrations) if each.question == question]
    if len(places) != 1:
        count = "several demonstrations" if places else "no demonstration"
        raise EditError(f"{agent.name!r} has {count} with the question {quoted(question)}")
    return places[0]


def _require_new(agent: Agent, question: str, others: Demonstrations) -> None:
    if any(each.question == question for each in others):
        raise EditError(
            f"{agent.name!r} already has a demonstration with the question {quoted(question)}"
        )
