"""Replies that were given before: replayed from a file, or from a table of real models' answers.

``tape``      a file of requests and their replies
``outcomes``  the answers that real models gave to a benchmark's tasks
"""

from typing import Annotated, Self

from pydantic import Field, PrivateAttr, model_validator

from evolve.errors import OutageError
from evolve.models.base import MODELS, Model, Reply, Request
from evolve.models.recorded.outcomes import Outcomes
from evolve.models.recorded.tape import Tape
from evolve.plugins import RunPath
from search_spaces.errors import ConfigError


class Recorded(Model):
    """A model whose replies were recorded."""

    replies: RunPath | None = Field(
        default=None, description="A JSONL file of requests and their replies."
    )
    record: Annotated[Model, MODELS] | None = Field(
        default=None, description="Who answers what is not in that file, and is recorded in it."
    )
    matrix: RunPath | None = Field(
        default=None, description="Instead of a file of replies: an .npz table of answers."
    )
    system: str = Field(default="", description="Whose answers of that table to give.")
    tasks: RunPath | None = Field(
        default=None, description="The JSONL file of the table's tasks."
    )
    id_field: str = Field(default="id", description="Where that file has a task's id.")
    question_field: str = Field(default="question", description="Where it has its question.")

    _tape: Tape | None = PrivateAttr(default=None)
    _outcomes: Outcomes | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _load(self) -> Self:
        if (self.replies is None) == (self.matrix is None):
            raise ValueError("name either `replies`, or `matrix` with `system` and `tasks`")
        try:
            if self.replies is not None:
                self._tape = Tape(self.replies, may_grow=self.record is not None)
            else:
                self._outcomes = self._read_outcomes()
        except ConfigError as error:
            raise ValueError(str(error)) from None
        return self

    def _read_outcomes(self) -> Outcomes:
        if self.matrix is None or self.tasks is None or not self.system:
            raise ConfigError("`matrix` needs `system` and `tasks`")
        if self.record is not None:
            raise ConfigError("`record` goes with `replies`, not with `matrix`")
        return Outcomes.read(
            self.matrix, self.system, self.tasks, self.id_field, self.question_field
        )

    @property
    def simulated(self) -> bool:
        """Unless somebody is asked who is paid for."""
        return self.record is None or self.record.simulated

    async def complete(self, request: Request) -> Reply:
        """Gives the recorded reply at once, or records a new one.

        Raises:
            OutageError: There is none, and nobody to ask.
        """
        if self._outcomes is not None:
            return self._outcomes.reply(request)
        assert self._tape is not None, "checked when it was made"
        kept = self._tape.find(request)
        if kept is not None:
            return kept
        if self.record is None:
            raise OutageError(
                f"{self.replies} has no reply to the request that ends in "
                f"{request.messages[-1].content[-60:]!r} (sample {request.sample}); "
                "name a model to `record` it from"
            )
        reply = await self.record.complete(request)
        self._tape.add(request, reply)
        return reply

    async def close(self) -> None:
        """Lets go of the recorded model's connections."""
        if self.record is not None:
            await self.record.close()
