"""A date."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from evolve.answers.base import Form
from evolve.answers.dates import date_of


class Date(Form):
    """The date that the final answer holds, as YYYY-MM-DD."""

    modules = ("dates",)

    day_first: bool = Field(default=False, description="Whether 3/4/2024 is in April.")

    @property
    def request(self) -> str:
        """Asks for the ISO form."""
        return "Finish with a line 'Answer: YYYY-MM-DD'."

    @property
    def reply_schema(self) -> Mapping[str, Any]:
        """An object with the date as a text."""
        return {
            "type": "object",
            "properties": {"answer": {"type": "string", "description": "YYYY-MM-DD"}},
            "required": ["answer"],
            "additionalProperties": False,
        }

    @property
    def expression(self) -> str:
        """The function, and the order of day and month."""
        return f"partial(date_of, day_first={self.day_first})"

    def read(self, text: str, cut_off: bool = False) -> str:
        """The date in ISO form."""
        return date_of(text, cut_off, self.day_first)
