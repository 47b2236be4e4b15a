"""Every kind of part, by the key that a run file writes it under."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from evolve.plugins import Kind
from evolve.strategies.parts.choice.base import CHOICES
from evolve.strategies.parts.memory.base import MEMORIES
from evolve.strategies.parts.proposers.base import PROPOSERS
from evolve.strategies.parts.screening.base import SCREENINGS
from evolve.strategies.parts.selection.base import SELECTIONS
from evolve.strategies.parts.survival.base import SURVIVALS

KINDS: Mapping[str, Kind[Any]] = MappingProxyType(
    {
        "survival": SURVIVALS,
        "selection": SELECTIONS,
        "proposers": PROPOSERS,
        "choice": CHOICES,
        "memory": MEMORIES,
        "screening": SCREENINGS,
    }
)
"""The kinds, in the order in which they work."""
