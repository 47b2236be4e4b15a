"""A model behind an endpoint in virtual time that bills every call, also those it loses."""

import asyncio
import json
import math
from collections import Counter
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

from pydantic import Field

from evolve.models.openai import OpenAI
from evolve.models.openai.faults import Passing

SIGMA = 0.6
"""Of the logarithms of latency and of length."""


class BillingEndpoint:
    """Answers after a latency, or bills the call without an answer."""

    def __init__(self, model: "Billing") -> None:
        self.model = model
        self.repeats = Counter[str]()

    async def chat(self, content: bytes) -> bytes:
        """A chat completion; see `evolve.models.openai.endpoint.Endpoint.chat`."""
        request: dict[str, Any] = json.loads(content)
        key = sha256(content).hexdigest()
        self.repeats[key] += 1
        rng = Random(f"{key}/{self.repeats[key]}")
        model, limit = self.model, request["max_tokens"]
        natural = max(1, math.ceil(model.median_tokens * rng.lognormvariate(0, SIGMA)))
        prompt_tokens = sum(len(turn["content"] or "") for turn in request["messages"]) // 4 + 8
        completion_tokens = min(natural, limit) if model.obeys else natural
        assert model.price is not None
        usd = model.price.usd(prompt_tokens, completion_tokens)
        with self.model.bills.open("a") as bills:
            bills.write(f"{json.dumps([prompt_tokens + completion_tokens, usd])}\n")
        await asyncio.sleep(rng.lognormvariate(0, SIGMA))
        if rng.random() < model.lost:
            raise Passing("no answer", billed=True)
        judged = {"points": rng.randrange(11), "reason": "so it is"}
        text = json.dumps(judged) if "response_format" in request else f"Answer: {rng.randrange(2)}"
        usage = {"prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens}
        message = {"role": "assistant", "content": text}
        finish = "length" if completion_tokens == limit else "stop"
        choice = {"index": 0, "message": message, "finish_reason": finish}
        return json.dumps({"choices": [choice], "usage": usage}).encode()

    async def close(self) -> None:
        """Nothing to close."""


class Billing(OpenAI):
    """A model whose endpoint is part of it."""

    obeys: bool = Field(default=True, description="Whether it knows `max_tokens`.")
    median_tokens: float = Field(
        default=60.0, gt=0, description="The mean length of a complete reply."
    )
    bills: Path = Field(description="The file of tokens and USD of every call.")
    lost: float = Field(default=0.0, ge=0, le=1, description="The share of calls without answer.")

    @property
    def simulated(self) -> bool:
        """Time is virtual."""
        return True

    @property
    def paid(self) -> bool:
        """Not trusted, like any endpoint."""
        return True

    def _endpoint(self, url: str) -> BillingEndpoint:  # type: ignore[override]
        return BillingEndpoint(self)
