"""The finding of a run: immutable plain values, without an open file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from archive import fronts
from archive.reading import Reader
from archive.records import Candidate, Confirmation, CostUnit, Purpose, Run, Standing, Trace, Usage
from evolve.api.background import Background
from evolve.engine.recorded import usable_settings
from evolve.engine.run import Result
from evolve.engine.session import unwatched
from evolve.errors import RunError, StoppedError
from evolve.report import figures
from evolve.report.basis import Basis
from evolve.report.controls import control_name, tested_controls
from evolve.report.runs import is_simulated
from evolve.report.verdict import verdict
from evolve.runfile.consent import accept_all, refuse_all
from evolve.standings.best import best_of, objective_of
from search_spaces.config import SystemConfig
from search_spaces.edits import describe


class Estimate(NamedTuple):
    """A score or a difference of scores, its 95 % interval, and its basis."""

    mean: float
    low: float
    high: float
    basis: str
    """The split, and whether a model judged."""

    def __str__(self) -> str:
        return f"{figures.score(self.mean, (self.low, self.high))} on {self.basis}"


@dataclass(frozen=True)
class FoundSystem:
    """A candidate: its configuration, origin and standing."""

    number: int
    id: str
    """The content id of its configuration."""
    name: str
    config: SystemConfig = field(repr=False)
    operator: str
    """The operator that made it."""
    parents: tuple[int, ...]
    edits: tuple[str, ...] = field(repr=False)
    """The edits of its first parent, in words."""
    score: Estimate | None
    """Its estimated score; None if it was never evaluated."""
    evaluations: int
    cost: float | None
    """Mean cost of a task; None: unknown."""
    unit: CostUnit
    """What its cost is counted in."""


@dataclass(frozen=True, repr=False)
class Finding:
    """The result of a run, or its result so far."""

    archive: Path
    run: Run
    systems: tuple[FoundSystem, ...]
    """Every candidate, by number."""
    best: FoundSystem | None
    """The confirmed winner; before there is one, the best by the run's objective."""
    front: tuple[FoundSystem, ...]
    """The Pareto front of score and cost, the cheapest first."""
    confirmation: Confirmation | None
    """The winner beside the best seed on sealed tasks."""
    spend: Mapping[Purpose, Usage]
    """The consumption by purpose."""
    usd: float | None
    """The cost of the run; None where a price is unknown."""
    basis: Basis
    """The split that systems were compared on, and whether a model judged."""
    simulated: bool
    """Whether all models were simulated, so that scores say nothing about real ones."""

    @property
    def unit(self) -> CostUnit:
        """What costs of tasks are counted in."""
        return objective_of(self.run).unit

    @property
    def score(self) -> Estimate | None:
        """The best system's score: on sealed tasks where it was confirmed there."""
        confirmed = self.confirmation
        if confirmed is None:
            return None if self.best is None else self.best.score
        return Estimate(confirmed.mean, *confirmed.interval, self._sealed)

    @property
    def gain(self) -> Estimate | None:
        """The winner's gain over the best seed, paired task by task."""
        confirmed = self.confirmation
        if confirmed is None:
            return None
        return Estimate(confirmed.difference, *confirmed.difference_interval, self._sealed)

    @property
    def gains_over_controls(self) -> dict[str, Estimate]:
        """The winner's gains over tested controls, by what they are, paired task by task."""
        tested = [] if self.confirmation is None else tested_controls(self.confirmation)
        return {
            control_name(control): Estimate(one.difference, *one.difference_interval, self._sealed)
            for control, one in tested
        }

    @property
    def verdict(self) -> str:
        """Whether the winner is better than the best seed and controls, in plain sentences."""
        return verdict(self.confirmation).text

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
        """Exports a system, as `evolve export` does.

        Args:
            path: The output file; None: the text is only returned.
            form: yaml, json, python, langgraph, openai-agents, mermaid or trajectories.
            candidate: A number or an id; none: the best.

        Returns:
            The text.

        Raises:
            EvolveError: There is no such system or format, or the format cannot express the system.
        """
        from evolve.data.output_files import replace_file
        from evolve.export.choice import choose
        from evolve.export.formats import format_of

        if candidate is None and self.best is not None:
            candidate = self.best.number
        with Reader.read(self.archive) as opened:
            ref = None if candidate is None else str(candidate)
            text = format_of(form).write(choose(opened, self.run, ref))
        if path is not None:
            replace_file(Path(path), text)
        return text

    def report(self, path: str | Path = "report.html") -> Path:
        """Writes the run as one HTML file that works offline, as `evolve report` does.

        Raises:
            EvolveError: It cannot be written.
        """
        from evolve.data.output_files import replace_file
        from evolve.report.page.content import PageContent
        from evolve.report.page.document import write_page

        with Reader.read(self.archive) as opened:
            replace_file(Path(path), write_page(PageContent(opened, self.run).data()))
        return Path(path)

    def ask(self, question: str, *, trust: bool = False) -> Trace:
        """Asks the best system a question, with the models of the run.

        Args:
            question: The question.
            trust: Whether to use modules, addresses and variables that an archive from elsewhere
                names.

        Raises:
            EvolveError: There is no best system yet, or an endpoint does not answer.
        """
        return self._asking(question, trust).result()

    async def ask_async(self, question: str, *, trust: bool = False) -> Trace:
        """Asks as `ask` does, without blocking the event loop.

        Raises:
            EvolveError: As for `ask`.
        """
        return await self._asking(question, trust).outcome()

    def _asking(self, question: str, trust: bool) -> Background[Trace]:
        from evolve.serving.apply import ask
        from evolve.serving.deployment import Deployment

        if self.best is None:
            raise RunError(f"run {self.run.id} has no evaluated system yet; resume it")
        with Reader.read(self.archive) as opened:
            consent = accept_all if trust else refuse_all
            settings = usable_settings(opened, self.run, consent)
        config, deployment = self.best.config, Deployment.of(settings)
        return Background(lambda watch: ask(deployment, config, question), unwatched)

    def __repr__(self) -> str:
        from evolve.api.display import as_text

        return as_text(self)

    def _repr_html_(self) -> str:
        from evolve.api.display import as_html

        return as_html(self)

    def _repr_markdown_(self) -> str:
        from evolve.api.display import as_markdown

        return as_markdown(self)


def find(archive: Reader, run: Run, path: Path) -> Finding:
    """The finding of a run so far.

    Args:
        archive: The archive that holds it.
        run: The run.
        path: The archive's file.
    """
    run = archive.run(run.id)
    standings = {standing.candidate: standing for standing in archive.standings(run)}
    candidates, basis = archive.candidates(run), Basis.of(archive, run)
    configs = {candidate.number: candidate.config for candidate in candidates}
    unit = objective_of(run).unit
    systems = tuple(
        _system(candidate, standings.get(candidate.number), configs, basis, unit)
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
        usd=Usage.total(archive.spend(run).values()).usd,
        basis=basis,
        simulated=is_simulated(run),
    )


def finished(result: Result, finding: Finding) -> Finding:
    """The finding of a run that was not stopped.

    Raises:
        StoppedError: The run was stopped.
    """
    if result.stopped:
        raise StoppedError(
            f"run {result.run.id} was stopped; settled results are kept and "
            "`load_archive(…).resume()` continues from them"
        )
    return finding


def ranked(systems: Sequence[FoundSystem]) -> list[FoundSystem]:
    """The evaluated systems, the highest score first."""
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
        "cost": system.cost,
        "unit": system.unit,
        "agents": len(system.config.agents),
        "edits": "; ".join(system.edits),
    }


def _system(
    candidate: Candidate,
    standing: Standing | None,
    configs: Mapping[int, SystemConfig],
    basis: Basis,
    unit: CostUnit,
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
        cost=None if standing is None else standing.cost,
        unit=unit,
    )
