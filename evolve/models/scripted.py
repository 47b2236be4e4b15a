"""A model that follows a script: for tests, dry runs and examples, without any network."""

import asyncio
from collections.abc import Callable

from pydantic import Field, ImportString

from evolve.models.base import Model, Reply, Request
from evolve.models.tools_in_words import read


class Scripted(Model):
    """Says what its script says, and takes as long as it is told to."""

    script: dict[str, str] | ImportString[Callable[[Request], str | Reply]] = Field(
        description="Replies by what the conversation has to contain, of which the first that "
        "fits is given; or a function `module:name` from request to reply. Tools are called in "
        "blocks fenced by ```tool."
    )
    latency_s: float = Field(default=0.0, ge=0, description="What every reply takes, in seconds.")

    @property
    def simulated(self) -> bool:
        """Nobody is paid for it."""
        return True

    async def complete(self, request: Request) -> Reply:
        """Answers from the script; without a fitting line the reply is empty."""
        said = self._said(request)
        if isinstance(said, str):
            written = sum(len(message.content) for message in request.messages)
            tokens = min(_tokens(len(said)), request.max_tokens)
            said = read(Reply(said, _tokens(written), tokens, self.latency_s), request.tools)
        await asyncio.sleep(said.latency_s)
        return said

    def _said(self, request: Request) -> str | Reply:
        if callable(self.script):
            return self.script(request)
        conversation = "\n".join(message.content for message in request.messages)
        return next((said for cue, said in self.script.items() if cue in conversation), "")


def _tokens(characters: int) -> int:
    """By the usual four characters each."""
    return (characters + 3) // 4
