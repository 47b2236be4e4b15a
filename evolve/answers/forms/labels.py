"""One of a few labels."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field, field_validator

from evolve.answers.base import Form
from evolve.answers.labels import label_of
from evolve.answers.reading import normalise


class Labels(Form):
    """The label that the final answer names; an answer that names several names none."""

    modules = ("labels",)

    labels: tuple[str, ...] = Field(
        min_length=2, max_length=500, description="The labels, as the truths spell them."
    )

    @field_validator("labels")
    @classmethod
    def _differ(cls, labels: tuple[str, ...]) -> tuple[str, ...]:
        seen: dict[str, str] = {}
        for label in labels:
            if not (form := normalise(label)) or "\n" in label:
                raise ValueError(f"{label!r:.60}: expected a label of one line")
            if form in seen:
                raise ValueError(f"{label!r:.60} and {seen[form]!r:.60} are read as the same label")
            seen[form] = label
        return labels

    @property
    def request(self) -> str:
        """Asks for one of the labels."""
        return f"Finish with a line 'Answer: <label>', one of: {', '.join(self.labels)}."

    @property
    def reply_schema(self) -> Mapping[str, Any]:
        """An object with the answer, one of the labels."""
        return {
            "type": "object",
            "properties": {"answer": {"type": "string", "enum": list(self.labels)}},
            "required": ["answer"],
            "additionalProperties": False,
        }

    @property
    def expression(self) -> str:
        """The function with its labels."""
        return f"partial(label_of, labels={self.labels!r})"

    def read(self, text: str, cut_off: bool = False) -> str:
        """The label, spelled as in `labels`."""
        return label_of(text, cut_off, self.labels)
