"""Asking on a terminal for what a new run file needs and no option says."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from evolve.text import clean, one_line
from search_spaces.errors import ConfigError, EvolveError

if TYPE_CHECKING:
    from rich.console import Console

T = TypeVar("T")


class Asker:
    """Asks on a terminal, again where an answer cannot be used."""

    def __init__(self, screen: "Console") -> None:
        """Asks nothing yet.

        Args:
            screen: Where to ask.
        """
        self._screen = screen

    def ask(self, question: str, read: Callable[[str], T], suggested: str = "") -> T:
        """What a person answers, once it can be read.

        Args:
            question: In a few words.
            read: Makes something of an answer; an EvolveError says why not, and what was expected.
            suggested: What Enter means.

        Raises:
            ConfigError: The input ended before.
        """
        shown = f" [{one_line(suggested)}]" if suggested else ""
        while True:
            try:
                said = self._screen.input(f"{question}{shown}: ", markup=False)
            except EOFError:
                self._screen.print()
                raise ConfigError(
                    "the input ended before everything was answered; give it as options instead, "
                    "see `evolve init --help`"
                ) from None
            try:
                return read(said.strip() or suggested)
            except EvolveError as error:
                self.tell(str(error))

    def tell(self, text: str) -> None:
        """Says something between two questions."""
        from rich.padding import Padding
        from rich.text import Text

        self._screen.print(Padding(Text(clean(text), "dim"), (0, 0, 0, 2)))


def one_of(known: Sequence[str], what: str) -> Callable[[str], str]:
    """Reads one of these names."""
    from search_spaces.errors import unknown

    def read(said: str) -> str:
        if said not in known:
            raise unknown(what, said, known)
        return said

    return read
