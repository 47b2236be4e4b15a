"""A model that follows a script: for tests, dry runs and examples, without any network."""

import asyncio
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import Field, ImportString

from evolve.errors import OutageError
from evolve.models.base import Model, Reply, Request
from evolve.models.tools_in_words import read


class Scripted(Model):
    """Replies from a script, after a fixed latency."""

    script: dict[str, str] | ImportString[Callable[[Request], str | Reply]] = Field(
        description="Replies by what the conversation has to contain, of which the first that "
        "fits is given; or a function `module:name`, plain or async, from request to reply. Tools "
        "are called in blocks fenced by ```tool."
    )
    latency_s: float = Field(default=0.0, ge=0, description="What every reply takes, in seconds.")

    @classmethod
    def names_code(cls, options: Mapping[str, Any]) -> bool:
        """A script that is no mapping is the name of a function."""
        return not isinstance(options.get("script"), Mapping)

    @property
    def simulated(self) -> bool:
        """Always."""
        return True

    async def complete(self, request: Request) -> Reply:
        """Answers from the script; without a fitting line the reply is empty.

        Raises:
            OutageError: The function raises, or returns something else.
        """
        reply = (
            await self._called(self.script, request)
            if callable(self.script)
            else _line(self.script, request)
        )
        if isinstance(reply, str):
            written = sum(len(message.content) for message in request.messages)
            tokens = min(_tokens(len(reply)), request.max_tokens)
            reply = read(Reply(reply, _tokens(written), tokens, self.latency_s), request.tools)
        await asyncio.sleep(reply.latency_s)
        return reply

    async def _called(self, function: Callable[[Request], Any], request: Request) -> str | Reply:
        name = f"{function.__module__}:{getattr(function, '__qualname__', function)}"
        try:
            reply = function(request)
            if inspect.isawaitable(reply):
                reply = await reply
        except Exception as error:
            raised = f"{type(error).__name__}: {error}"
            raise OutageError(f"the model's function {name} raised {raised:.300}") from error
        if not isinstance(reply, str | Reply):
            raise OutageError(
                f"the model's function {name} returned {reply!r:.80}; expected a text or a Reply"
            )
        return reply


def _line(script: Mapping[str, str], request: Request) -> str:
    """The first line of a script that fits; empty without one."""
    conversation = "\n".join(message.content for message in request.messages)
    return next((text for cue, text in script.items() if cue in conversation), "")


def _tokens(characters: int) -> int:
    """At four characters each, about the mean of English text."""
    return (characters + 3) // 4
