"""Splits: which tasks a search learns from, compares candidates on, and is confirmed on."""

from collections.abc import Iterable, Sequence
from random import Random
from typing import Self

from pydantic import Field, model_validator

from archive.records import Split
from search_spaces.frozen import Frozen

SPLITS: tuple[Split, ...] = ("train", "validation", "test")


class Shares(Frozen):
    """How large a part of the tasks each split gets."""

    train: float = Field(default=0.0, ge=0, le=1, description="To learn from.")
    validation: float = Field(gt=0, le=1, description="To compare candidates on.")
    test: float = Field(gt=0, le=1, description="To confirm the winner on; sealed till then.")

    @model_validator(mode="after")
    def _sum_to_one(self) -> Self:
        total = self.train + self.validation + self.test
        if abs(total - 1) > 1e-6:
            raise ValueError(f"the shares sum to {total:.6g}; they should sum to 1")
        return self


def assign(
    domains: Sequence[str], shares: Shares, rng: Random, texts: Sequence[str] | None = None
) -> list[Split]:
    """Deals tasks out to splits, each domain in the same proportions as the whole.

    Every prefix of the order in which they are dealt, and so every domain, holds each split in its
    share up to rounding and to equal texts, which are dealt together.

    Args:
        domains: The domain of each task.
        shares: The splits' parts.
        rng: Decides which tasks go where.
        texts: The text of each task; none: all differ.
    """
    dealt = dict.fromkeys(SPLITS, 0)
    splits: list[Split] = ["train"] * len(domains)
    count = 0
    for same in _together(_by_domain(domains, rng), texts):
        count += len(same)
        # To the split that is furthest behind its share.
        split = max(SPLITS, key=lambda name: getattr(shares, name) * count - dealt[name])
        dealt[split] += len(same)
        for task in same:
            splits[task] = split
    return splits


def _together(order: Sequence[int], texts: Sequence[str] | None) -> Iterable[list[int]]:
    """Positions in their order, those of equal texts where the first of them stands."""
    if texts is None:
        return ([task] for task in order)
    groups: dict[str, list[int]] = {}
    for task in order:
        groups.setdefault(texts[task], []).append(task)
    return groups.values()


def sample(strata: Sequence[str], size: int, rng: Random) -> list[int]:
    """Draws some of the tasks, every stratum in proportion up to rounding; positions, sorted."""
    order = _by_domain(strata, rng)
    step = len(order) / size
    offset = rng.random()
    return sorted(order[int((place + offset) * step)] for place in range(size))


def _by_domain(domains: Sequence[str], rng: Random) -> list[int]:
    """Positions, one domain after the other, domains and what is in them in random order."""
    rank = {domain: rng.random() for domain in sorted(set(domains))}
    order = list(range(len(domains)))
    rng.shuffle(order)
    return sorted(order, key=lambda task: rank[domains[task]])
