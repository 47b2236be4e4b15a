"""Models in an actor: every call is approved by the driver and reported to it."""

import asyncio
import itertools
from collections.abc import Mapping

from pydantic import PrivateAttr

from archive.records import Usage
from evolve.errors import OutageError
from evolve.executors.ray.messages import (
    Answer,
    Bought,
    Dropped,
    Found,
    Lost,
    Question,
    ToDriver,
    Unbought,
    Wanted,
)
from evolve.models.base import Model, Reply, Request
from evolve.models.cache import key_of


class Line:
    """An actor's line to the driver: what is said goes out together, as soon as it is fetched."""

    def __init__(self) -> None:
        self._unsaid: list[ToDriver] = []
        self._waiting = asyncio.Event()
        self._asked: dict[int, asyncio.Future[Reply | bool | None]] = {}
        self.numbers = itertools.count()

    def say(self, message: ToDriver) -> None:
        """Tells the driver something."""
        self._unsaid.append(message)
        self._waiting.set()

    async def ask(self, about: Wanted | Bought | Unbought | Lost) -> Reply | bool | None:
        """Asks the driver something.

        Raises:
            OutageError: The answer is that there will be none.
        """
        number = next(self.numbers)
        answer: asyncio.Future[Reply | bool | None]
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        self.say(Question(number, about))
        try:
            return await answer
        finally:
            del self._asked[number]

    def hear(self, answer: Answer) -> None:
        """Takes what the driver answers."""
        asked = self._asked.get(answer.question)
        if asked is None or asked.done():
            return
        if answer.outage:
            asked.set_exception(OutageError(answer.outage))
        else:
            asked.set_result(answer.value)

    async def said(self) -> list[ToDriver]:
        """All pending messages; waits until there is one."""
        await self._waiting.wait()
        self._waiting.clear()
        said, self._unsaid = self._unsaid, []
        return said


class RelayedModel(Model):
    """A model that is paid for, behind the driver's call cache and its losses."""

    _name: str = PrivateAttr()
    _model: Model = PrivateAttr()
    _line: Line = PrivateAttr()
    _identity: str = PrivateAttr()

    @classmethod
    def of(cls, name: str, model: Model, line: Line, memory: Mapping[str, str]) -> "RelayedModel":
        """That model behind that line.

        Args:
            name: What the run calls it.
            model: What asks the endpoint.
            line: To the driver.
            memory: What is known of endpoints.
        """
        relayed = cls(price=model.price, max_tokens=model.max_tokens)
        relayed._name, relayed._model, relayed._line = name, model, line
        relayed._identity = model.identity
        books = _Books(name, line, memory)
        model.charge(books)
        model.remember(books)
        return relayed

    @property
    def identity(self) -> str:
        """That of the model itself."""
        return self._identity

    @property
    def bare(self) -> Model:
        """The model itself."""
        return self._model

    async def complete(self, request: Request) -> Reply:
        """Answers a request from what the driver has, or else from the model."""
        line, call = self._line, next(self._line.numbers)
        key, worst = key_of(self._identity, request), self._model.worst(request)
        try:
            reply = await line.ask(Wanted(call, self._name, key, worst))
            if reply is None:
                reply = await line.ask(Bought(call, await self._model.complete(request)))
        except OutageError as outage:
            await line.ask(Unbought(call, str(outage)))
            raise
        except BaseException:
            line.say(Dropped(call))
            raise
        assert isinstance(reply, Reply)
        return reply

    def usage(self, reply: Reply) -> Usage:
        """What a reply consumed."""
        return self._model.usage(reply)

    async def close(self) -> None:
        """Closes the model's connections."""
        await self._model.close()


class _Books:
    """An actor's end of what the driver keeps of one model: its losses, and what it takes."""

    def __init__(self, model: str, line: Line, memory: Mapping[str, str]) -> None:
        self._model = model
        self._line = line
        self._memory = dict(memory)

    async def lose(self, usage: Usage) -> bool:
        return bool(await self._line.ask(Lost(self._model, usage)))

    def recall(self, key: str) -> str | None:
        return self._memory.get(key)

    def note(self, key: str, text: str) -> None:
        self._memory[key] = text
        self._line.say(Found(self._model, key, text))
