"""A model is shown the best candidates with their scores and names the parents."""

import json
from collections.abc import Sequence
from typing import Any

from pydantic import Field

from archive.records import Candidate, Step, Usage
from evolve.meta.designing import AGENT
from evolve.meta.showing import best_in_words, objective_in_words
from evolve.meta.templates import fill, template
from evolve.models.base import Message, Models, Request
from evolve.prompts.lengths import MAX_BYTES_PER_TOKEN, TOKENS_PER_CALL, TOKENS_PER_MESSAGE, cut
from evolve.prompts.quoting import listed
from evolve.strategies.parts.base import Turn
from evolve.strategies.parts.selection.base import Selection
from evolve.strategies.parts.selection.soft_mixed import SoftMixed
from search_spaces.config import ModelName
from search_spaces.space import SearchSpace
from search_spaces.text import whole

SCHEMA: dict[str, Any] = {
    "title": "Chosen",
    "type": "object",
    "properties": {
        "rationale": {"type": "string", "description": "Why these promise most; short."},
        "candidates": {"type": "array", "items": {"type": "integer"}},
    },
    "required": ["rationale", "candidates"],
    "additionalProperties": False,
}

_SCHEMA_BYTES = 1_024
"""What a request grows by at most where the schema is put into words for an endpoint."""


class ModelChosen(Selection):
    """Asks a model for the parents; where it names none of the shown, the soft mix draws."""

    model: ModelName | None = Field(
        default=None, description="Whom to ask, by its name here; none: the default model."
    )
    top: int = Field(default=10, ge=2, le=50, description="How many of the best it is shown.")
    max_tokens: int = Field(default=1000, ge=50, description="Limit of its reply.")
    prompt_bytes: int = Field(
        default=12_000, ge=4_000, description="Limit of what it is shown, in UTF-8 bytes."
    )

    @property
    def asks(self) -> tuple[str, ...]:
        """See `Part.asks`."""
        return () if self.model is None else (self.model,)

    def worst(self, space: SearchSpace, models: Models) -> Usage:
        """See `Part.worst`."""
        tokens = self.prompt_bytes + _SCHEMA_BYTES + TOKENS_PER_MESSAGE + TOKENS_PER_CALL
        price = models[self.model].price
        usd = None if price is None else price.usd(tokens, self.max_tokens) * (1 + 1e-9)
        return Usage(calls=1, prompt_tokens=tokens, completion_tokens=self.max_tokens, usd=usd)

    async def parents(
        self, turn: Turn, pool: Sequence[Candidate], count: int
    ) -> Sequence[Candidate]:
        """See `Selection.parents`."""
        best = sorted(pool, key=lambda each: -turn.view.mean[each.number])[: self.top]
        if len(best) <= count:
            return best
        named = await self._named(turn, count)
        chosen = [each for number in named for each in best if each.number == number][:count]
        left = [each for each in best if each not in chosen]
        return [*chosen, *await SoftMixed().parents(turn, left, count - len(chosen))]

    async def _named(self, turn: Turn, count: int) -> list[int]:
        """The numbers that the model names, each once."""
        model, view, prompt = turn.models[self.model], turn.view, template("choose")
        objective = objective_in_words(view)
        room = self.prompt_bytes - len((prompt.text + objective).encode())
        shown = listed(best_in_words(view, None, self.top), room, "None.")
        asked = fill(prompt, objective=objective, archive=shown, count=str(count))
        reply = await model.complete(
            Request(
                messages=(Message("user", cut(asked, self.prompt_bytes)),),
                max_tokens=self.max_tokens,
                schema=SCHEMA,
                sample=turn.rng.getrandbits(31),
            )
        )
        text = cut(whole(reply.text), self.max_tokens * MAX_BYTES_PER_TOKEN)
        name, usage = self.model or turn.models.default, model.usage(reply)
        turn.steps.append(Step(agent=AGENT, round=1, sample=0, model=name, text=text, usage=usage))
        turn.prompts.append(prompt)
        return read_numbers(text)


def read_numbers(text: str) -> list[int]:
    """The numbers that a reply names, each once; none where it is not of the form."""
    start, end = text.find("{"), text.rfind("}")
    try:
        named = json.loads(text[start : end + 1])["candidates"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return []
    numbers = named if isinstance(named, list) else []
    return list(dict.fromkeys(each for each in numbers if isinstance(each, int)))
