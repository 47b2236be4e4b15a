"""An answer of any number of lines: a letter, a list, a program."""

from pydantic import Field

from evolve.answers.base import Form
from evolve.answers.reading import text_of


class Text(Form):
    """The whole reply, or all that follows 'Answer:'."""

    marked: bool = Field(
        default=False,
        description="Whether the model may write something before, and marks where the answer "
        "begins.",
    )

    @property
    def request(self) -> str:
        """Asks for the answer alone, or below a mark."""
        if self.marked:
            return "Finish with 'Answer:' and the whole answer after it."
        return "Reply with the answer alone."

    @property
    def expression(self) -> str:
        """The function, and whether answers are marked."""
        return f"partial(text_of, marked={self.marked})"

    def read(self, text: str, cut_off: bool = False) -> str:
        """All of the answer's lines."""
        return text_of(text, cut_off, self.marked)
