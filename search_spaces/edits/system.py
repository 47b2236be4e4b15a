"""Edits of the fields that belong to the system as a whole."""

from dataclasses import replace
from typing import Literal, Self

from search_spaces.config import Answer, Delegation, Stop, Text
from search_spaces.draft import Draft
from search_spaces.edits.base import Names, SetSystemFields
from search_spaces.text import quoted
from search_spaces.wording import answer_in_words, delegation_in_words, rounds_in_words


class SetDelegation(SetSystemFields):
    """Sets the bounds on delegation."""

    edit: Literal["set_delegation"] = "set_delegation"
    delegation: Delegation

    def describe(self, draft: Draft) -> str:
        """See `Edit.describe`."""
        old = delegation_in_words(draft.delegation)
        return f"delegation: {old} → {delegation_in_words(self.delegation)}"


class SetRounds(SetSystemFields):
    """Sets the number of rounds together with the rule that ends them early."""

    edit: Literal["set_rounds"] = "set_rounds"
    rounds: int
    stop: Stop

    def describe(self, draft: Draft) -> str:
        """See `Edit.describe`."""
        old = rounds_in_words(draft.rounds, draft.stop)
        return f"rounds: {old} → {rounds_in_words(self.rounds, self.stop)}"

    def carried_over(self, names: Names) -> Self | None:
        """See `Edit.carried_over`."""
        stop = self.stop.model_copy(update={"by": names.known(self.stop.by)})
        return self.model_copy(update={"stop": stop})


class SetAnswer(SetSystemFields):
    """Sets how the final answer is made, and from which agents."""

    edit: Literal["set_answer"] = "set_answer"
    answer: Answer

    def describe(self, draft: Draft) -> str:
        """See `Edit.describe`."""
        old = answer_in_words(draft.answer, draft.sources)
        after = replace(draft, answer=self.answer)
        return f"answer: {old} → {answer_in_words(self.answer, after.sources)}"

    def carried_over(self, names: Names) -> Self | None:
        """See `Edit.carried_over`; sources that are not there are left out."""
        sources = tuple(name for each in self.answer.sources if (name := names.known(each)))
        changes = {"sources": sources, "by": names.known(self.answer.by)}
        return self.model_copy(update={"answer": self.answer.model_copy(update=changes)})


class SetLabel(SetSystemFields):
    """Sets the name and the description, which are for people and change no behaviour."""

    edit: Literal["set_label"] = "set_label"
    name: Text
    description: Text

    def describe(self, draft: Draft) -> str:
        """See `Edit.describe`."""
        if self.name != draft.name:
            return f"name: {quoted(draft.name)} → {quoted(self.name)}"
        return f"description: {quoted(self.description)}"

    def carried_over(self, names: Names) -> Self | None:
        """See `Edit.carried_over`; a label is about the configuration that it was made for."""
        return None
