"""What a run found, as plain values: nothing in it changes, and no file stays open for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from archive import fronts
from archive.reading import Reader
from archive.records import Candidate, Confirmation, Purpose, Run, Standing, Trace, Usage
from evolve.api.background import Background
from evolve.best import best_of
from evolve.errors import RunError, StoppedError
from evolve.report import figures
from evolve.report.basis import Basis
from evolve.report.runs import total_usd
from evolve.run import Result, settings_of
from evolve.session import unwatched
from search_spaces.config import SystemConfig
from search_spaces.describe import describe


class Estimate(NamedTuple):
    """A score or a difference of scores, its 95 % interval, and what it rests on."""

    mean: float
    low: float
    high: float
    basis: str
    """The split, and whether a model judged."""

    def __str__(self) -> str:
        return f"{figures.score(self.mean, (self.low, self.high))} on {self.basis}"


@dataclass(frozen=True)
class FoundSystem:
    """A candidate: what it is, where it comes from, and what is believed about it."""

    number: int
    id: str
    """The content id of its configuration."""
    name: str
    config: SystemConfig = field(repr=False)
    operator: str
    """What made it."""
    parents: tuple[int, ...]
    edits: tuple[str, ...] = field(repr=False)
    """What was changed in its first parent, in words."""
    score: Estimate | None
    """What is believed of its score; None if it was never evaluated."""
    evaluations: int
    usd: float | None
    """Mean cost of a task; None: unknown."""


@dataclass(frozen=True, repr=False)
class Finding:
    """What a run came to, or has come to so far."""

    archive: Path
    run: Run
    systems: tuple[FoundSystem, ...]
    """Every candidate, by number."""
    best: FoundSystem | None
    """The confirmed winner; before there is one, the best by the run's objective."""
    front: tuple[FoundSystem, ...]
    """Those that nobody beats in both score and cost, the cheapest first."""
    confirmation: Confirmation | None
    """The winner beside the best seed on sealed tasks."""
    spend: Mapping[Purpose, Usage]
    """What was consumed, by purpose."""
    usd: float | None
    """What the run has cost; None where a price is unknown."""
    basis: Basis
    """The split that systems were compared on, and whether a model judged."""
    simulated: bool
    """Whether no model was paid: then scores say nothing about real ones."""

    @property
    def score(self) -> Estimate | None:
        """The best system's score: on sealed tasks where it was confirmed there."""
        confirmed = self.confirmation
        if confirmed is None:
            return None if self.best is None else self.best.score
        return Estimate(confirmed.mean, *confirmed.interval, self._sealed)

    @property
    def gain(self) -> Estimate | None:
        """What the winner scores more than the best seed, paired task by task."""
        confirmed = self.confirmation
        if confirmed is None:
            return None
        return Estimate(confirmed.difference, *confirmed.difference_interval, self._sealed)

    @property
    def _sealed(self) -> str:
        return str(Basis("test", self.basis.judged))

    def records(self) -> list[dict[str, Any]]:
        """The evaluated systems as rows, the best first; `pandas.DataFrame` takes them."""
        return [_record(system) for system in ranked(self.systems)]

    def export(
        self,
        path: str | Path | None = None,
        form: str = "yaml",
        candidate: int | str | None = None,
    ) -> str:
        """Writes a system down, for evolve, as a program or as chats, as `evolve export` does.

        Args:
            path: Where; none: the text is only returned.
            form: yaml, json, python, langgraph, openai-agents, mermaid or trajectories.
            candidate: A number or an id; none: the best.

        Returns:
            The text.

        Raises:
            EvolveError: There is no such system or format, or the system asks for more than the
                format has.
        """
        from evolve.export.choice import choose
        from evolve.export.files import write
        from evolve.export.formats import format_of

        if candidate is None and self.best is not None:
            candidate = self.best.number
        with Reader.read(self.archive) as opened:
            ref = None if candidate is None else str(candidate)
            text = format_of(form).write(choose(opened, self.run, ref))
        if path is not None:
            write(Path(path), text)
        return text

    def report(self, path: str | Path = "report.html") -> Path:
        """Writes the run as one HTML file that works offline, as `evolve report` does.

        Raises:
            EvolveError: It cannot be written.
        """
        from evolve.export.files import write
        from evolve.report.page.gathering import Gathering
        from evolve.report.page.writing import write_page

        with Reader.read(self.archive) as opened:
            write(Path(path), write_page(Gathering(opened, self.run).data()))
        return Path(path)

    def ask(self, question: str) -> Trace:
        """Lets the best system answer a question, with the models of the run.

        Raises:
            EvolveError: There is no best system yet, or an endpoint does not serve.
        """
        return self._asking(question).result()

    async def ask_async(self, question: str) -> Trace:
        """Asks as `ask` does, without holding the event loop up.

        Raises:
            EvolveError: As for `ask`.
        """
        return await self._asking(question).outcome()

    def _asking(self, question: str) -> Background[Trace]:
        from evolve.applying import ask

        if self.best is None:
            raise RunError(f"run {self.run.id} has no evaluated system yet; resume it")
        settings, config = settings_of(self.run), self.best.config
        return Background(lambda watch: ask(settings, config, question), unwatched)

    def __repr__(self) -> str:
        from evolve.api.showing import as_text

        return as_text(self)

    def _repr_html_(self) -> str:
        from evolve.api.showing import as_html

        return as_html(self)

    def _repr_markdown_(self) -> str:
        from evolve.api.showing import as_markdown

        return as_markdown(self)


def find(archive: Reader, run: Run, path: Path) -> Finding:
    """What a run has found by now.

    Args:
        archive: Where it is.
        run: Which run.
        path: The archive's file.
    """
    run = archive.run(run.id)
    standings = {standing.candidate: standing for standing in archive.standings(run)}
    candidates, basis = archive.candidates(run), Basis.of(archive, run)
    configs = {candidate.number: candidate.config for candidate in candidates}
    systems = tuple(
        _system(candidate, standings.get(candidate.number), configs, basis)
        for candidate in candidates
    )
    confirmation = next(iter(archive.confirmations(run)[::-1]), None)
    best = best_of(archive, run, standings.values())
    by_number = {system.number: system for system in systems}
    return Finding(
        archive=path.absolute(),
        run=run,
        systems=systems,
        best=None if best is None else by_number[best.candidate],
        front=tuple(by_number[each.candidate] for each in fronts.pareto(standings.values())),
        confirmation=confirmation,
        spend=archive.spend(run),
        usd=total_usd(archive, run),
        basis=basis,
        simulated=all(model.simulated for model in settings_of(run).models.values()),
    )


def finished(result: Result, finding: Finding) -> Finding:
    """What a run found, unless it was stopped before that.

    Raises:
        StoppedError: It was.
    """
    if result.stopped:
        raise StoppedError(
            f"run {result.run.id} was stopped; what was settled is kept and "
            "`load_archive(…).resume()` goes on from it"
        )
    return finding


def ranked(systems: Sequence[FoundSystem]) -> list[FoundSystem]:
    """Those that were evaluated, the highest score first."""
    evaluated = [(system.score.mean, system) for system in systems if system.score]
    return [system for _, system in sorted(evaluated, key=lambda each: (-each[0], each[1].number))]


def _record(system: FoundSystem) -> dict[str, Any]:
    score = system.score
    assert score is not None
    return {
        "number": system.number,
        "id": system.id,
        "name": system.name,
        "operator": system.operator,
        "score": score.mean,
        "low": score.low,
        "high": score.high,
        "basis": score.basis,
        "evaluations": system.evaluations,
        "usd": system.usd,
        "agents": len(system.config.agents),
        "edits": "; ".join(system.edits),
    }


def _system(
    candidate: Candidate,
    standing: Standing | None,
    configs: Mapping[int, SystemConfig],
    basis: Basis,
) -> FoundSystem:
    first = candidate.parents[:1]
    edits = [line for parent in first for line in describe(parent.edits, configs[parent.candidate])]
    score = None
    if standing is not None and standing.evaluations:
        score = Estimate(standing.mean, *standing.interval, str(basis))
    return FoundSystem(
        number=candidate.number,
        id=candidate.id,
        name=figures.name_of(candidate),
        config=candidate.config,
        operator=candidate.operator,
        parents=tuple(parent.candidate for parent in candidate.parents),
        edits=tuple(edits),
        score=score,
        evaluations=0 if standing is None else standing.evaluations,
        usd=None if standing is None else standing.usd,
    )
