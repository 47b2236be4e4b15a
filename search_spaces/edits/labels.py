"""The edit of an agent's choice among labels."""

from typing import ClassVar, Literal

from search_spaces.config import Agent
from search_spaces.edits.base import SetAgentField
from search_spaces.label_choice import LabelChoice


class SetLabelChoice(SetAgentField):
    """Lets an agent choose among labels, or write its answer again."""

    field: ClassVar[str] = "label_choice"

    edit: Literal["set_label_choice"] = "set_label_choice"
    agent: str
    label_choice: LabelChoice | None

    def describe_change(self, agent: Agent) -> str:
        """See `AgentEdit.describe_change`."""
        if self.label_choice is None:
            return "writes its answer"
        how = "calibrated" if self.label_choice.means else "not calibrated"
        return f"chooses one of {', '.join(self.label_choice.labels)} ({how})"
