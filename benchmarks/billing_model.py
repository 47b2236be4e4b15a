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
    """Answers after a while, or takes the money and says nothing."""

    def __init__(self, model: "Billing") -> None:
        self.model = model
        self.asked = Counter[str]()

    async def chat(self, content: bytes) -> bytes:
        """A chat completion; see `evolve.models.openai.endpoint.Endpoint.chat`."""
        asked: dict[str, Any] = json.loads(content)
        said = sha256(content).hexdigest()
        self.asked[said] += 1
        rng = Random(f"{said}/{self.asked[said]}")
        model, limit = self.model, asked["max_tokens"]
        natural = max(1, math.ceil(model.median_tokens * rng.lognormvariate(0, SIGMA)))
        prompt_tokens = sum(len(turn["content"] or "") for turn in asked["messages"]) // 4 + 8
        completion_tokens = min(natural, limit) if model.obeys else natural
        assert model.price is not None
        usd = model.price.usd(prompt_tokens, completion_tokens)
        with self.model.bills.open("a") as bills:
            bills.write(f"{json.dumps([prompt_tokens + completion_tokens, usd])}\n")
        await asyncio.sleep(rng.lognormvariate(0, SIGMA))
        if rng.random() < model.lost:
            raise Passing("no answer", billed=True)
        judged = {"points": rng.randrange(11), "reason": "so it is"}
        text = json.dumps(judged) if "response_format" in asked else f"Answer: {rng.randrange(2)}"
        told = {"prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens}
        message = {"role": "assistant", "content": text}
        finish = "length" if completion_tokens == limit else "stop"
        choice = {"index": 0, "message": message, "finish_reason": finish}
        return json.dumps({"choices": [choice], "usage": told}).encode()

    async def close(self) -> None:
        """Nothing is open."""


class Billing(OpenAI):
    """A model whose endpoint is part of it."""

    obeys: bool = Field(default=True, description="Whether it knows `max_tokens`.")
    median_tokens: float = Field(default=60.0, gt=0, description="Of a reply that is not cut off.")
    bills: Path = Field(description="Where it writes tokens and USD of every call.")
    lost: float = Field(default=0.0, ge=0, le=1, description="The share of calls without answer.")

    @property
    def simulated(self) -> bool:
        """Time is virtual."""
        return True

    @property
    def paid(self) -> bool:
        """As little is known of it as of any endpoint."""
        return True

    def _endpoint(self, url: str) -> BillingEndpoint:  # type: ignore[override]
        return BillingEndpoint(self)
