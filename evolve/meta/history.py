"""What was tried and what it did: edits in words, and the difference they made."""

from collections.abc import Iterator

from archive import lineage
from archive.lineage import Gain
from archive.records import Candidate
from evolve.standings.view import ArchiveView
from search_spaces.edits import describe

MOST_WORDS = 400
"""Characters of one change that are shown."""


class History:
    """The changes recorded in a view, around one candidate."""

    def __init__(self, view: ArchiveView, candidate: Candidate) -> None:
        """Compares every child with its parents.

        Args:
            view: What was found.
            candidate: The candidate whose history is shown.
        """
        self._view = view
        self._candidate = candidate
        self._parents = {
            each.number: [parent.candidate for parent in each.parents] for each in view.candidates
        }
        standings = [view.standing(each.number) for each in view.evaluated]
        # A child is compared with its first parent, whose edits were the proposal.
        self._gains = [
            gain
            for gain in lineage.gains(view.candidates, standings)
            if gain.parent == self._parents[gain.child][0]
        ]
        self._gain_of = {gain.child: gain for gain in self._gains}

    def came_about(self) -> Iterator[str]:
        """The changes from its seed to the candidate, the newest first."""
        way = lineage.path(self._parents, self._candidate.number)
        for child in reversed(way[1:]):
            yield f"- {self._parents[child][0]} → {child}: {self._told(child)}"

    def tried(self) -> Iterator[str]:
        """The changes that were tried on the candidate, the newest first."""
        for child in reversed(self._view.candidates):
            if self._parents[child.number][:1] == [self._candidate.number]:
                yield f"- {self._told(child.number)}"

    def helped_elsewhere(self, count: int = 5) -> Iterator[str]:
        """The changes that helped other candidates beyond doubt, the greatest gain first."""
        number = self._candidate.number
        family = {number, *lineage.ancestors(self._parents, number)}
        shown: set[str] = set()
        for gain in self._gains:
            if len(shown) == count:
                return
            elsewhere = gain.child not in family and gain.parent != number
            if elsewhere and gain.helped() and (words := self._words(gain.child)) not in shown:
                shown.add(words)
                yield f"- {words}: {_gain_in_words(gain)}"

    def _told(self, child: int) -> str:
        gain = self._gain_of.get(child)
        return f"{self._words(child)}: {_gain_in_words(gain) if gain else 'not known yet'}"

    def _words(self, child: int) -> str:
        """What led from its first parent to a child."""
        first = self._view.candidates[child].parents[0]
        words = "; ".join(describe(first.edits, self._view.candidates[first.candidate].config))
        return words if len(words) <= MOST_WORDS else f"{words[: MOST_WORDS - 1]}…"


def _gain_in_words(gain: Gain) -> str:
    return f"score {gain.mean:+.3f} ± {gain.deviation:.3f}"
