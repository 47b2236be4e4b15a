"""Models whose calls are reserved one by one: each asks `CallReservations` before it is made."""

import json
from dataclasses import asdict
from functools import cached_property
from typing import NamedTuple

from pydantic import PrivateAttr

from archive.records import Usage
from evolve.budget.calls import PURCHASE, CallReservations
from evolve.budget.ledger import Spend
from evolve.budget.overruns import MARGIN, UNLIMITED
from evolve.budget.worst_case import Observed
from evolve.models.base import Account, Model, Models, Reply, Request
from evolve.prompts.lengths import TOKENS_PER_CALL, TOKENS_PER_MESSAGE


def prompt_bound(request: Request) -> int:
    """A bound of a request's prompt tokens: no token is shorter than a byte."""
    size = sum(len(turn.content.encode(errors="replace")) for turn in request.messages)
    calls = [asdict(call) for turn in request.messages for call in turn.tool_calls]
    others = [request.schema, calls, [asdict(tool) for tool in request.tools]]
    size += sum(len(json.dumps(other)) for other in others if other)
    return size + TOKENS_PER_MESSAGE * len(request.messages) + TOKENS_PER_CALL


class Meter(NamedTuple):
    """Where the calls of a model are reserved.

    Attributes:
        calls: The reservations.
        observed: The token overruns observed so far.
        names: The names of the model there.
        trusted: Whether it keeps its limits.
        overlong: The replies of this process that outgrew their limits: the longest, in tokens; 0
            if all kept them. Empty before the first reply.
    """

    calls: CallReservations
    observed: Observed
    names: tuple[str, ...]
    trusted: bool
    overlong: list[int]

    def observe(self, reply: Reply) -> None:
        """Records whether a reply outgrew its limit."""
        longest = max(self.overlong, default=0)
        self.overlong[:] = [max(longest, reply.completion_tokens if reply.overrun else 0)]

    def worst(self, model: Model, request: Request, *, cautious: bool) -> Spend:
        """The worst case of a call; cautiously, a model without a result ignores its limit."""
        overruns = self.observed.overruns
        longest = max(self.overlong, default=0)
        tokens = round(max(request.max_tokens * overruns.factor(self.names), MARGIN * longest))
        known = self.overlong or any(overruns.covers([name]) for name in self.names)
        if cautious and not (self.trusted or known):
            tokens = max(tokens, UNLIMITED)
        prompt = prompt_bound(request)
        usd = None if model.price is None else model.price.usd(prompt, tokens) * (1 + 1e-9)
        return Spend(usd, 0, 1, prompt + tokens).largest(Spend.of(model.bare.worst(request), 0))


class MeteredModel(Model):
    """A model whose calls start only if they fit the budget."""

    _model: Model = PrivateAttr()
    _meter: Meter = PrivateAttr()

    @classmethod
    def of(cls, model: Model, meter: Meter) -> "MeteredModel":
        """The metered model, and its meter."""
        metered = cls(price=model.price, max_tokens=model.max_tokens)
        metered._model = model
        metered._meter = meter
        return metered

    @cached_property
    def _behind(self) -> tuple[Model, Meter]:
        return self._model, self._meter  # private attributes of pydantic models are slow

    @property
    def simulated(self) -> bool:
        """Whether the model is simulated."""
        return self._behind[0].simulated

    @property
    def identity(self) -> str:
        """The price of the model."""
        return self._behind[0].identity

    @property
    def bare(self) -> Model:
        """The model itself."""
        return self._behind[0].bare

    async def complete(self, request: Request) -> Reply:
        """Answers a request as soon as its worst case fits.

        Raises:
            UnaffordableError: It never fits; the evaluation is given up.
        """
        model, meter = self._behind
        decision, calls = PURCHASE.get(), meter.calls
        if decision is None or not calls.covers(decision):
            return await model.complete(request)
        worst = meter.worst(model, request, cautious=True)
        least = meter.worst(model, request, cautious=False)
        place, usage = await calls.enter(decision, worst, least), Usage()
        try:
            reply = await model.complete(request)
            usage = model.usage(reply)
            meter.observe(reply)
            return reply
        finally:
            calls.leave(decision, place, usage)

    def worst(self, request: Request) -> Usage:
        """The worst-case usage of a call without an answer."""
        return self._behind[0].worst(request)

    def usage(self, reply: Reply) -> Usage:
        """The usage of a reply."""
        return self._behind[0].usage(reply)

    def charge(self, account: Account) -> None:
        """Gives the model the account that calls without an answer are charged to."""
        self._behind[0].charge(account)

    async def close(self) -> None:
        """Closes the model's connections."""
        await self._behind[0].close()


def metered(models: Models, calls: CallReservations, observed: Observed) -> Models:
    """The models of a run, each behind a meter.

    Args:
        models: The models of the run.
        calls: The reservations.
        observed: The token overruns observed so far.
    """

    def behind_meter(name: str) -> Model:
        model = models[name]
        names = (name, *([""] if name == models.default else []))
        return MeteredModel.of(model, Meter(calls, observed, names, model.bare.trusted, []))

    return Models({name: behind_meter(name) for name in models.names}, models.default)
