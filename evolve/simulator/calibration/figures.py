"""A published figure and the simulator's."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measurement."""

    group: str
    """Its group, as named by `evolve sim calibrate --only`."""
    what: str
    published: str
    measured: float
    low: float
    """The lower end of the tolerance."""
    high: float
    samples: int
    """The number of replies that it was measured from."""
    unit: str = ""
    """Such as "%" or "points"; empty for plain numbers."""

    @property
    def within(self) -> bool:
        """Whether the simulator gives it, within the tolerance."""
        return self.low <= self.measured <= self.high
