"""A JSON object or array."""

from pydantic import Field

from evolve.answers.base import Form
from evolve.answers.reading import json_of


class Json(Form):
    """The last JSON object or array of a reply, as it is written there."""

    keys: tuple[str, ...] = Field(default=(), description="What the object holds; none: not said.")

    @property
    def request(self) -> str:
        """Asks for JSON, with its keys."""
        if not self.keys:
            return "Finish with the answer as JSON."
        return f"Finish with the answer as a JSON object with the keys {', '.join(self.keys)}."

    @property
    def expression(self) -> str:
        """The function alone."""
        return "json_of"

    def read(self, text: str, cut_off: bool = False) -> str:
        """The last JSON value, else the final answer."""
        return json_of(text, cut_off)
