"""Existing archives for programs: their runs, findings, and resuming."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from archive.reading import Reader
from archive.records import Run
from archive.store import Archive
from evolve.api.background import Background
from evolve.api.finding import Finding, find, finished
from evolve.engine.session import Watch
from evolve.runfile.consent import accept_all, refuse_all


class Archives:
    """The runs of an archive, oldest first; every call reads the file anew."""

    def __init__(self, path: Path) -> None:
        """Names an archive; `load_archive` also checks that it is one."""
        self.path = path

    @property
    def runs(self) -> list[Run]:
        """All runs, with their status."""
        with Reader.read(self.path) as opened:
            return opened.runs()

    def __len__(self) -> int:
        return len(self.runs)

    def __iter__(self) -> Iterator[Finding]:
        return (self[run.id] for run in self.runs)

    def __getitem__(self, ref: str) -> Finding:
        """The finding of the run with that id.

        Raises:
            EvolveError: There is no such run; the message names the nearest.
        """
        return self._find(ref)

    @property
    def newest(self) -> Finding:
        """The finding of the newest search.

        Raises:
            EvolveError: There is no run yet.
        """
        return self._find(None)

    def _find(self, ref: str | None) -> Finding:
        with Reader.read(self.path) as opened:
            return find(opened, opened.run(ref), self.path)

    def query(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a read-only SQL query.

        Raises:
            EvolveError: SQLite cannot run the query.
        """
        with Reader.read(self.path) as opened:
            answer = opened.ask(sql)
            return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]

    def resume(
        self,
        ref: str | None = None,
        *,
        usd: float | None = None,
        evaluations: int | None = None,
        quiet: bool = True,
        trust: bool = False,
    ) -> Finding:
        """Resumes an interrupted or paused run; settled results are not paid for again.

        Args:
            ref: A run's id; none: the newest.
            usd: Another cap in USD from now on.
            evaluations: Another cap in task evaluations from now on.
            quiet: Whether to show no progress.
            trust: Whether to use modules, commands, addresses and variables that an archive from
                elsewhere names.

        Raises:
            EvolveError: There is no such run, it is finished, or an endpoint does not answer.
        """
        caps = {"usd": usd, "evaluations": evaluations}
        return self._go_on(ref, caps, quiet=quiet, trust=trust).result()

    async def resume_async(
        self,
        ref: str | None = None,
        *,
        usd: float | None = None,
        evaluations: int | None = None,
        quiet: bool = True,
        trust: bool = False,
    ) -> Finding:
        """Resumes as `resume` does, without blocking the event loop.

        Raises:
            EvolveError: As for `resume`.
        """
        caps = {"usd": usd, "evaluations": evaluations}
        return await self._go_on(ref, caps, quiet=quiet, trust=trust).outcome()

    def _go_on(
        self, ref: str | None, caps: dict[str, float | None], *, quiet: bool, trust: bool
    ) -> Background[Finding]:
        from evolve.report import live

        def work(watch: Watch) -> Finding:
            from evolve.engine.run import resume

            with Archive.write(self.path) as opened:
                consent = accept_all if trust else refuse_all
                result = resume(opened, ref, caps, watch, consent=consent)
                return finished(result, find(opened, result.run, self.path))

        return Background(work, live.watch(quiet=quiet))

    def __repr__(self) -> str:
        runs = "".join(f"\n  {run.id}  {run.status}, started {run.started}" for run in self.runs)
        return f"Archives({str(self.path)!r}){runs}"


def load_archive(path: str | Path = "evolve.db") -> Archives:
    """Opens an archive to read the findings of its runs, or to resume one.

    Raises:
        EvolveError: The file is no archive that this version can read.
    """
    with Reader.read(Path(path)):
        return Archives(Path(path))
