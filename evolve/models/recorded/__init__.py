"""Replies that were given before: replayed from a file, or from a table of real models' answers.

``tape``      a file of requests and their replies, which may grow
``outcomes``  the answers that real models gave to a benchmark's tasks
"""

from typing import Annotated, Self

from pydantic import Field, PrivateAttr, WithJsonSchema, model_validator

from evolve.errors import OutageError
from evolve.models.base import MODELS, Model, Reply, Request
from evolve.models.recorded.outcomes import Outcomes, RecordedTasks
from evolve.models.recorded.tape import Tape
from evolve.models.shared import Shared
from evolve.plugins import RunPath
from search_spaces.errors import EvolveError

_ANY_MODEL = WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "object"}]})
"""A schema without every model's own, which would hold itself."""


class Recorded(Model):
    """A model whose replies were recorded: ``replies``, or ``matrix``, ``system`` and ``tasks``."""

    replies: RunPath | None = Field(
        default=None,
        description="A file of requests and their replies, .jsonl or compressed .jsonl.gz.",
    )
    record: Annotated[Model, MODELS, _ANY_MODEL] | None = Field(
        default=None,
        description="The model for requests that are not in that file; its replies are added.",
    )
    matrix: RunPath | None = Field(default=None, description="An .npz table of answers.")
    system: str | None = Field(default=None, description="The system of that table to replay.")
    tasks: RecordedTasks | None = Field(default=None, description="The tasks of that table.")
    repeats_are_free: bool = Field(
        default=False,
        description="Whether only the first of several calls for the same task and sample of a "
        "table is counted; a resumed run counts anew.",
    )

    _tape: Tape | None = PrivateAttr(default=None)
    _outcomes: Outcomes | None = PrivateAttr(default=None)
    _bought: set[tuple[str, int]] = PrivateAttr(default_factory=set)

    @model_validator(mode="after")
    def _load(self) -> Self:
        try:
            if self.record and self.replies and self.replies.suffix == ".gz":
                raise ValueError("a compressed file of replies cannot grow; leave `record` out")
            if self.replies and not (self.matrix or self.system or self.tasks):
                self._tape = Tape(self.replies, may_grow=self.record is not None)
            elif self.matrix and self.system and self.tasks and not (self.replies or self.record):
                self._outcomes = Outcomes.read(self.matrix, self.system, self.tasks)
            else:
                raise ValueError(
                    "give `replies`, perhaps with `record`; or `matrix`, `system` and `tasks`"
                )
        except EvolveError as error:
            raise ValueError(str(error)) from None
        return self

    @property
    def simulated(self) -> bool:
        """Whether no paid model is recorded."""
        return self.record is None or self.record.simulated

    @property
    def is_small(self) -> bool:
        """See `Model.is_small`."""
        return self.record is not None and self.record.is_small

    @property
    def scores_labels(self) -> bool:
        """See `Model.scores_labels`."""
        if self.record is not None:
            return self.record.scores_labels
        return self._tape is not None and self._tape.scores_labels

    async def complete(self, request: Request) -> Reply:
        """Gives the recorded reply at once, or records a new one.

        Raises:
            OutageError: There is none, and no model to record.
        """
        if self._outcomes is not None:
            return self._from_table(self._outcomes, request)
        assert self._tape is not None, "one of both was loaded"
        return self._tape.find(request) or await self._new(self._tape, request)

    def require(self) -> None:
        """See `Model.require`: what the recorded model needs."""
        if self.record is not None:
            self.record.require()

    def join(self, shared: Shared) -> None:
        """Has the model that is recorded take part."""
        if self.record is not None:
            self.record.join(shared)

    async def close(self) -> None:
        """Closes the connections of the recorded model."""
        if self.record is not None:
            await self.record.close()

    def _from_table(self, outcomes: Outcomes, request: Request) -> Reply:
        task = outcomes.task_of(request)
        bought = (task, request.sample)
        reply = outcomes.reply(task, request, free=bought in self._bought)
        if self.repeats_are_free:
            self._bought.add(bought)
        return reply

    async def _new(self, tape: Tape, request: Request) -> Reply:
        if self.record is None:
            raise OutageError(
                f"{self.replies} has no reply to a request that ends in "
                f"{request.messages[-1].content[-60:]!r} (sample {request.sample}); "
                "name a model to `record`"
            )
        reply = await self.record.complete(request)
        tape.add(request, reply)
        return reply
