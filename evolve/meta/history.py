"""What was tried and what it did: edits in words, and the difference they made."""

from collections.abc import Iterator

from archive import lineage
from archive.lineage import Gain
from archive.records import Candidate
from evolve.meta.showing import standing_of
from evolve.view import ArchiveView
from search_spaces.describe import describe
from search_spaces.edits import Edits

MOST_WORDS = 400
"""Characters of one change that are shown."""


class History:
    """The changes that a view knows of, around one candidate."""

    def __init__(self, view: ArchiveView, candidate: Candidate) -> None:
        """Compares every child with its parents.

        Args:
            view: What was found.
            candidate: Whose history is told.
        """
        self._view = view
        self._candidate = candidate
        standings = [standing_of(view, each.number) for each in view.evaluated]
        self._gains = lineage.gains(view.candidates, standings)
        self._gain_of = {(gain.parent, gain.child): gain for gain in self._gains}
        self._parents = {
            each.number: [parent.candidate for parent in each.parents] for each in view.candidates
        }

    def came_about(self) -> Iterator[str]:
        """The changes from its seed to the candidate, the newest first."""
        way = lineage.path(self._parents, self._candidate.number)
        for child in reversed(way[1:]):
            parent = self._view.candidates[child].parents[0]
            words = self._words(parent.candidate, parent.edits)
            yield f"- {parent.candidate} → {child}: {words}: {self._did(parent.candidate, child)}"

    def tried(self) -> Iterator[str]:
        """The changes that were tried on the candidate, the newest first."""
        for child in reversed(self._view.candidates):
            for parent in child.parents:
                if parent.candidate == self._candidate.number and parent.edits:
                    words = self._words(parent.candidate, parent.edits)
                    yield f"- {words}: {self._did(parent.candidate, child.number)}"

    def helped_elsewhere(self, count: int = 5) -> Iterator[str]:
        """The changes that most surely helped others, the greatest gain first."""
        number = self._candidate.number
        family = {number, *lineage.ancestors(self._parents, number)}
        told: set[str] = set()
        for gain in self._gains:
            if len(told) == count:
                return
            if gain.child in family or gain.parent == number or not gain.edits:
                continue
            words = self._words(gain.parent, gain.edits)
            if gain.helped() and words not in told:
                told.add(words)
                yield f"- {words}: {_gain_in_words(gain)}"

    def _words(self, parent: int, edits: Edits) -> str:
        words = "; ".join(describe(edits, self._view.candidates[parent].config)) or "nothing"
        return words if len(words) <= MOST_WORDS else f"{words[: MOST_WORDS - 1]}…"

    def _did(self, parent: int, child: int) -> str:
        gain = self._gain_of.get((parent, child))
        return _gain_in_words(gain) if gain else "not known yet"


def _gain_in_words(gain: Gain) -> str:
    return f"score {gain.mean:+.3f} ± {gain.deviation:.3f}"
