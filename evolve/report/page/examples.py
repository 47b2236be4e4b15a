"""A few traces for each candidate, within a size limit for the page."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from archive.reading import Reader
from archive.records import Rollout, Run, Trace

MOST_CHARACTERS = 3_000_000
"""The size limit of all examples together; earlier candidates take precedence."""

OF_A_STEP = 1_500
OF_A_CANDIDATE = 3


class Examples:
    """Chooses the rollouts that a page shows in full; texts are read on demand."""

    def __init__(self, archive: Reader, run: Run) -> None:
        self._archive = archive
        self._run = run
        self._of: dict[int, list[Rollout]] = {}

    def tell(self, rollout: Rollout) -> None:
        """Adds a rollout; those on sealed tasks are ignored."""
        if rollout.purpose == "search":
            self._of.setdefault(rollout.candidate, []).append(rollout)

    def of(self, candidates: Iterable[int], tasks: Mapping[int, str]) -> dict[str, Any]:
        """Examples of candidates, by number, up to the size limit.

        Args:
            candidates: The candidates, the most interesting first.
            tasks: The names of the tasks.
        """
        room, found = MOST_CHARACTERS, {}
        for candidate in candidates:
            shown = [
                _as_data(rollout, trace, tasks.get(rollout.task, str(rollout.task)))
                for rollout, trace in self._chosen(candidate)
            ]
            room -= len(str(shown))
            if room < 0:
                break
            if shown:
                found[str(candidate)] = shown
        return found

    def _chosen(self, candidate: int) -> Iterator[tuple[Rollout, Trace]]:
        """The worst answers, and one good one."""
        ordered = sorted(
            self._of.get(candidate, ()), key=lambda each: (each.score.value, each.position)
        )
        for rollout in [*ordered[: OF_A_CANDIDATE - 1], *ordered[OF_A_CANDIDATE - 1 :][-1:]]:
            trace = self._archive.trace(self._run, rollout.decision)
            if trace is not None:
                yield rollout, trace


def _as_data(rollout: Rollout, trace: Trace, task: str) -> dict[str, Any]:
    return {
        "task": task,
        "score": rollout.score.value,
        "feedback": rollout.score.feedback[:OF_A_STEP],
        "answer": trace.answer[:OF_A_STEP],
        "failure": trace.failure[:OF_A_STEP],
        "steps": [
            {
                "agent": step.agent,
                "round": step.round,
                "model": step.model,
                "text": step.text[:OF_A_STEP] + ("…" if len(step.text) > OF_A_STEP else ""),
            }
            for step in trace.steps
        ],
    }
