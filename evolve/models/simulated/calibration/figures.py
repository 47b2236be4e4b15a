"""A published figure with what the simulator gives beside it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measurement."""

    group: str
    """What it belongs to; what `evolve sim calibrate --only` names."""
    what: str
    published: str
    measured: float
    low: float
    """The least that is still within the tolerance."""
    high: float
    samples: int
    """Replies that it was measured from."""
    unit: str = ""
    """Such as "%" or "points"; empty for plain numbers."""

    @property
    def within(self) -> bool:
        """Whether the simulator gives it, within the tolerance."""
        return self.low <= self.measured <= self.high
