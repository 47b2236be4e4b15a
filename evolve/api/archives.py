"""Archives that there are, for programs: their runs, what these found, and going on with them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from archive.reading import Reader
from archive.records import Run
from archive.store import Archive
from evolve.api.background import Background
from evolve.api.finding import Finding, find, finished
from evolve.session import Watch


class Archives:
    """The runs of an archive, oldest first; every question reads the file as it is then."""

    def __init__(self, path: Path) -> None:
        """Names an archive; `load_archive` also makes sure that it is one."""
        self.path = path

    @property
    def runs(self) -> list[Run]:
        """Every run as it was started and as it stands."""
        with Reader.read(self.path) as opened:
            return opened.runs()

    def __len__(self) -> int:
        return len(self.runs)

    def __iter__(self) -> Iterator[Finding]:
        return (self[run.id] for run in self.runs)

    def __getitem__(self, ref: str) -> Finding:
        """What the run of that id found.

        Raises:
            EvolveError: There is no such run; the message names the nearest.
        """
        return self._find(ref)

    @property
    def newest(self) -> Finding:
        """What the newest search found.

        Raises:
            EvolveError: There is no run yet.
        """
        return self._find(None)

    def _find(self, ref: str | None) -> Finding:
        with Reader.read(self.path) as opened:
            return find(opened, opened.run(ref), self.path)

    def query(self, sql: str) -> list[dict[str, Any]]:
        """The rows that a question in SQL finds; nothing can be changed.

        Raises:
            EvolveError: It is no question that SQLite understands.
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
    ) -> Finding:
        """Goes on with an interrupted or paused run; what is settled is not paid again.

        Args:
            ref: A run's id; none: the newest.
            usd: Another cap in USD from now on.
            evaluations: Another cap in task evaluations from now on.
            quiet: Whether nothing is shown while it runs.

        Raises:
            EvolveError: There is no such run, it is finished, or an endpoint does not serve.
        """
        return self._go_on(ref, {"usd": usd, "evaluations": evaluations}, quiet=quiet).result()

    async def resume_async(
        self,
        ref: str | None = None,
        *,
        usd: float | None = None,
        evaluations: int | None = None,
        quiet: bool = True,
    ) -> Finding:
        """Goes on as `resume` does, without holding the event loop up.

        Raises:
            EvolveError: As for `resume`.
        """
        caps = {"usd": usd, "evaluations": evaluations}
        return await self._go_on(ref, caps, quiet=quiet).outcome()

    def _go_on(
        self, ref: str | None, caps: dict[str, float | None], *, quiet: bool
    ) -> Background[Finding]:
        from evolve.report import live

        def work(watch: Watch) -> Finding:
            from evolve.run import resume

            with Archive.write(self.path) as opened:
                result = resume(opened, ref, caps, watch)
                return finished(result, find(opened, result.run, self.path))

        return Background(work, live.watch(quiet=quiet))

    def __repr__(self) -> str:
        runs = "".join(f"\n  {run.id}  {run.status}, started {run.started}" for run in self.runs)
        return f"Archives({str(self.path)!r}){runs}"


def load_archive(path: str | Path = "evolve.db") -> Archives:
    """Opens an archive to look at what its runs found, or to go on with one.

    Raises:
        EvolveError: There is no archive there that this version can read.
    """
    with Reader.read(Path(path)):
        return Archives(Path(path))
