"""The price of a model's tokens."""

from typing import Self

from pydantic import Field, model_validator

from search_spaces.frozen import Frozen


class Price(Frozen):
    """US dollars for a million tokens."""

    prompt: float = Field(ge=0)
    completion: float = Field(ge=0, description="Reasoning tokens cost the same.")
    cached: float | None = Field(
        default=None,
        ge=0,
        repr=False,  # simulated models draw by the representation of their profile
        description="Prompt tokens that the endpoint's prompt cache held; none: as `prompt`.",
    )

    @model_validator(mode="after")
    def _cached_is_a_discount(self) -> Self:
        # Budgets reserve calls at the prompt price, before it is known what the cache holds.
        if self.cached is not None and self.cached > self.prompt:
            raise ValueError("`cached` must not exceed `prompt`; leave it out without a discount")
        return self

    def usd(
        self, prompt_tokens: int, completion_tokens: int, cached_prompt_tokens: int = 0
    ) -> float:
        """The price of a call in USD.

        Args:
            prompt_tokens: All of the prompt's.
            completion_tokens: All of the completion's, reasoning included.
            cached_prompt_tokens: Those prompt tokens that the endpoint had cached.
        """
        cached = self.prompt if self.cached is None else self.cached
        saved = cached_prompt_tokens * (self.prompt - cached)
        return (prompt_tokens * self.prompt + completion_tokens * self.completion - saved) / 1e6
