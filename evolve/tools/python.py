"""Running Python code that an agent writes, in a sandbox."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from evolve.sandbox.base import SANDBOXES, Sandbox
from evolve.sandbox.programs import Printed, run_program
from evolve.tools.base import Arguments, Tool, ToolError


class Python(Tool):
    """Runs Python code in a sandbox and returns what it prints."""

    sandbox: Annotated[Sandbox, SANDBOXES, Field(description="Where programs are run.")] = (
        SANDBOXES.default("bubblewrap")
    )

    @property
    def description(self) -> str:
        """The description for models."""
        return (
            "Runs a Python program and returns what it prints and what its last line evaluates "
            "to. Standard library only, no network, no files that last; nothing is kept from one "
            f"call to the next. It has {self.sandbox.wall_s:g} seconds."
        )

    @property
    def parameters(self) -> Mapping[str, Any]:
        """One program."""
        return {
            "type": "object",
            "properties": {"code": {"type": "string", "description": "The whole program."}},
            "required": ["code"],
            "additionalProperties": False,
        }

    def require(self) -> None:
        """Raises a RunError that says what to do, where code cannot be run safely."""
        self.sandbox.or_unsafe()

    async def call(self, arguments: Arguments) -> str:
        """Runs the program.

        Raises:
            ToolError: It fails, or there is none.
            RunError: There is no sandbox on this machine.
        """
        code = arguments.get("code")
        if not isinstance(code, str):
            raise ToolError("`code` has to be a text")
        printed = await run_program(self.sandbox.or_unsafe(), code)
        if problem := self._problem(printed):
            raise ToolError(f"{problem}\n{self._end(printed.text)}".strip())
        return printed.text.rstrip("\n")

    def _problem(self, printed: Printed) -> str:
        if printed.too_long:
            return f"the program was ended after {self.sandbox.wall_s:g} seconds"
        if printed.too_much:
            return "the program was ended because it printed too much"
        return f"the program ended with code {printed.code}" if printed.code else ""

    def _end(self, text: str) -> str:
        """The end of what was printed, where errors stand."""
        room = self.output_bytes // 2
        return text if len(text) <= room else f"…{text[-room:]}"
