"""A number."""

from collections.abc import Mapping
from typing import Any

from evolve.answers.base import Form
from evolve.answers.numbers import number_of


class Number(Form):
    """The final answer, where it holds one number; `evolve.answers.numbers` lists what is read."""

    modules = ("number_words", "numbers")

    @property
    def request(self) -> str:
        """Asks for a number."""
        return "Finish with a line 'Answer: <number>'."

    @property
    def reply_schema(self) -> Mapping[str, Any]:
        """An object with the number."""
        return {
            "type": "object",
            "properties": {"answer": {"type": "number"}},
            "required": ["answer"],
            "additionalProperties": False,
        }

    @property
    def expression(self) -> str:
        """The function alone."""
        return "number_of"

    def read(self, text: str, cut_off: bool = False) -> str:
        """The answer as it is written."""
        return number_of(text, cut_off)
