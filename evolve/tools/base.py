"""Tools of agents: their descriptions for models, and what calling one does.

A run file defines tools; a system file only names them. Whatever goes wrong with a call is
information for the agent, so that it can try something else: raise `ToolError`. What would go wrong
with every call, such as a missing sandbox, is reported before a run starts: see `Tool.require`.
"""

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from evolve.models.base import ToolSignature
from evolve.models.tools_in_words import written
from evolve.plugins import Kind, Plugin

Arguments = Mapping[str, Any]
"""What a model calls a function with: a JSON object, not checked against any schema."""


class ToolError(Exception):
    """A call that failed; the message is for the agent that made it."""


@dataclass(frozen=True, slots=True)
class Function:
    """Something that a model may call in its turn: a tool's, or another agent."""

    signature: ToolSignature
    call: Callable[[Arguments], Awaitable[str]]
    """Returns the result for the model; raises ToolError where it fails."""
    output_bytes: int
    """UTF-8 bytes of what it returns that the model is shown."""
    timeout_s: float | None = None
    """Real seconds after which a call has failed; None: it is bounded in another way."""


class Tool(Plugin):
    """Something that agents can do besides talking.

    Most tools are one function: they say what it is in `description` and `parameters` and do it in
    `call`. A tool of several functions overrides `functions` instead.
    """

    timeout_s: float = Field(
        default=20.0, gt=0, le=3600, description="A call that takes longer has failed, in seconds."
    )
    output_bytes: int = Field(
        default=2000, ge=100, le=1_000_000, description="What the agent is shown of a result."
    )

    @property
    @abstractmethod
    def description(self) -> str:
        """What it does and when to use it, for models; a few sentences."""

    @property
    @abstractmethod
    def parameters(self) -> Mapping[str, Any]:
        """A JSON Schema of what it is called with, of type object."""

    @abstractmethod
    async def call(self, arguments: Arguments) -> str:
        """Does it, in real time, and returns the result for the agent.

        Args:
            arguments: What the model wrote, unchecked.

        Raises:
            ToolError: It could not be done; the message is for the agent.
        """

    def functions(self, name: str) -> tuple[Function, ...]:
        """What a model may call; read once for each evaluation, after `open`.

        So what belongs to one evaluation alone may live in what this returns.

        Args:
            name: What the run file calls the tool.
        """
        signature = ToolSignature(name, self.description, self.parameters)
        return (Function(signature, self.call, self.output_bytes, self.timeout_s),)

    def definition_bytes(self, name: str) -> int:
        """UTF-8 bytes of all signatures at most, known before `open`."""
        return sum(signature_bytes(function.signature) for function in self.functions(name))

    def require(self) -> None:
        """Raises an EvolveError that says what to do, where no call could work on this machine."""

    async def open(self) -> None:
        """Gets ready, in real time; called before anything else, perhaps more than once."""

    async def close(self) -> None:
        """Closes what `open` has opened."""


def signature_bytes(signature: ToolSignature) -> int:
    """UTF-8 bytes of a signature as it is sent to models."""
    return len(written(signature).encode())


TOOLS = Kind("evolve.tools", Tool, besides=("toolbox",))
"""Every tool."""
