"""Fixed odds."""

from collections.abc import Sequence

from evolve.standings.view import ArchiveView
from evolve.strategies.parts.choice.base import Arm, Choice


class Fixed(Choice):
    """The shares as they are written."""

    def odds(self, view: ArchiveView, arms: Sequence[Arm]) -> Sequence[float]:
        """See `Choice.odds`."""
        return [arm.share for arm in arms]
