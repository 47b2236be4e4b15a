"""The contract of answer forms: how an answer is requested, constrained and read.

The three belong together: a reply is read in the form that was requested.
"""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from evolve.plugins import Kind, Plugin

MODULES = ("thoughts", "wrapping", "json_values", "marks", "reading")
"""Modules of `evolve.answers` that every form reads with, in an order in which they can stand in
one program."""


class Form(Plugin):
    """The form of an answer."""

    modules: ClassVar[tuple[str, ...]] = ()
    """Further modules of `evolve.answers` that its expression needs."""

    @property
    @abstractmethod
    def request(self) -> str:
        """The instruction on the form, at the end of a prompt."""

    @property
    def reply_schema(self) -> Mapping[str, Any] | None:
        """A strict JSON Schema that a reply can be held to; None if the form has none."""
        return None

    @property
    @abstractmethod
    def expression(self) -> str:
        """A Python expression of the function that `read` is, for programs without evolve.

        It uses `partial` and names of `modules`.
        """

    @abstractmethod
    def read(self, text: str, cut_off: bool = False) -> str:
        """The answer that a reply gives; empty if it gives none.

        Args:
            text: The reply.
            cut_off: Whether it ended at its token limit.
        """


FORMS = Kind("evolve.answers.forms", Form)
"""Every form of answers."""
