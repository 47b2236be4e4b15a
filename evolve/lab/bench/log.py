"""Repetitions on disk, one JSON line each, so that a measurement can be continued."""

import json
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evolve.allocators.base import Allocator
from evolve.lab.bench.matrix import Matrix, MatrixError
from evolve.standings import Floats


class Job(NamedTuple):
    """One repetition to replay."""

    matrix: Matrix
    allocator: Allocator
    seed: int
    horizon: int
    gradual: bool = False

    @property
    def key(self) -> str:
        """Everything that determines the repetition, except its seed."""
        digest = blake2b(self.matrix.outcomes.tobytes(), digest_size=8)
        digest.update(self.matrix.costs.tobytes())
        parts = (self.matrix.name, digest.hexdigest(), self.allocator.written())
        return json.dumps([*parts, self.horizon, self.gradual], sort_keys=True)


class Seen(NamedTuple):
    """One repetition, look by look: how far the pick was from the best after so much.

    ``evaluations``, ``spend`` and ``regret`` have one entry per look; ``stopped_at`` is the look
    at which the allocator's own rule stopped, −1 if it never did.
    """

    evaluations: NDArray[np.int64]
    spend: Floats
    regret: Floats
    stopped_at: int

    def thinned(self) -> "Seen":
        """Without the looks that show the same pick as the look before."""
        keep = np.append(True, np.diff(self.regret) != 0.0)
        keep[[-1, self.stopped_at]] = True
        stopped_at = int(keep[: self.stopped_at].sum()) if self.stopped_at >= 0 else -1
        return Seen(self.evaluations[keep], self.spend[keep], self.regret[keep], stopped_at)


class Log:
    """A file of repetitions."""

    def __init__(self, path: Path) -> None:
        """Reads existing repetitions; truncated lines are left out.

        Args:
            path: The file; it is made if it does not exist.

        Raises:
            MatrixError: It cannot be read, or holds something else.
        """
        self._path = path
        self._lines: dict[tuple[str, int], Seen] = {}
        try:
            text = path.read_text() if path.exists() else ""
        except (OSError, UnicodeDecodeError) as error:
            raise MatrixError(f"{path} cannot be read as a log of repetitions: {error}") from None
        lines = text.splitlines()
        self._break = "" if text.endswith("\n") or not text else "\n"
        for number, line in enumerate(lines, start=1):
            try:
                key, seed, evaluations, spend, regret, stopped_at = json.loads(line)
                columns = (np.array(evaluations, dtype=np.int64), np.array(spend, dtype=float))
                seen = Seen(*columns, np.array(regret, dtype=float), int(stopped_at))
                self._lines[key, seed] = seen
            except (ValueError, TypeError):
                if number > 1 or self._break:
                    continue
                raise MatrixError(
                    f"{path}, line {number}: not a repetition; use another file"
                ) from None

    def known(self, jobs: Sequence[Job]) -> dict[int, Seen]:
        """The stored repetitions of some jobs, by seed."""
        key = jobs[0].key
        return {j.seed: self._lines[key, j.seed] for j in jobs if (key, j.seed) in self._lines}

    def keep(self, job: Job, seen: Seen) -> None:
        """Adds a repetition."""
        columns = (seen.evaluations.tolist(), seen.spend.tolist(), seen.regret.tolist())
        line = json.dumps([job.key, job.seed, *columns, seen.stopped_at])
        with self._path.open("a") as file:
            file.write(f"{self._break}{line}\n")
        self._break = ""
