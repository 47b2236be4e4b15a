"""A final answer on one line, after whatever the model writes before it."""

from evolve.answers.base import Form
from evolve.answers.reading import line_of


class Free(Form):
    """The line 'Answer: …' of a reply, in any language; else a boxed answer or the last line."""

    @property
    def request(self) -> str:
        """Asks for the line."""
        return "Finish with a line 'Answer: <answer>'."

    @property
    def expression(self) -> str:
        """The function alone."""
        return "line_of"

    def read(self, text: str, cut_off: bool = False) -> str:
        """The marked answer, else the last line."""
        return line_of(text, cut_off)
