"""Reports on candidates: one in full, its lineage, and the difference of two."""

import difflib
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from archive import lineage
from archive.controls import CONTROL
from archive.reading import Reader
from archive.records import Candidate, Confirmation, CostUnit, Parent, Run, Standing
from evolve.errors import RunError
from evolve.report import figures
from evolve.report.basis import Basis
from evolve.report.console import Report
from evolve.report.credited import as_data, credit_table, recall
from evolve.report.figures import counted
from evolve.report.performance import Performance
from evolve.report.runs import confirmation_lines, standing_data
from evolve.standings.best import best_of, objective_of
from evolve.text import clean, one_line
from search_spaces.config import Agent, SystemConfig
from search_spaces.edits import EDITS, describe, diff
from search_spaces.sketch import sketch


def find(archive: Reader, run: Run, ref: str | None) -> Candidate:
    """The candidate with a number or id; for None the best one.

    Raises:
        EvolveError: There is no such candidate, or none has been evaluated.
    """
    if ref is not None:
        return archive.candidate(run, ref)
    best = best_of(archive, run)
    if best is None:
        raise RunError(
            f"run {run.id} has no best candidate: none within its cost is evaluated; name one"
        )
    return archive.candidate(run, best.candidate)


def show_candidate(archive: Reader, run: Run, candidate: Candidate) -> Report:
    """A candidate: topology, prompts, parents, standing, and scores by domain."""
    basis, unit = Basis.of(archive, run), objective_of(run).unit
    standings = {standing.candidate: standing for standing in archive.standings(run)}
    performance = Performance(archive, run, candidate)
    measured = recall(archive, run, candidate.number)
    confirmed = [each for each in archive.confirmations(run) if candidate.number in _compared(each)]
    title, *picture = sketch(candidate.config, 76)
    agents = title.rpartition(":")[2].strip()

    def data() -> dict[str, Any]:
        return {
            "run": run.id,
            "candidate": candidate.number,
            "id": candidate.id,
            **candidate.model_dump(mode="json", exclude={"number"}),
            "standing": standing_data(standings.get(candidate.number), basis),
            "confirmations": [each.model_dump() for each in confirmed],
            "credit": as_data(measured),
            **performance.data(),
        }

    parts: list[RenderableType] = [
        Text(_title(candidate), style="bold"),
        f"run {clean(run.id)}, made by {one_line(candidate.operator)}, {agents}",
        "a control, which the search does not evaluate"
        if candidate.operator == CONTROL
        else _believed(standings.get(candidate.number), basis, unit),
    ]
    for one in confirmed:
        parts += ["", *confirmation_lines(one, basis)]
    parts += ["", _lines(picture)]
    for agent in candidate.config.agents:
        parts += ["", Text(_agent(agent), style="bold")]
        parts.append(_indented(clean(agent.prompt) or "(no prompt)"))
    parts += _origin(archive, run, candidate, standings, basis, unit)
    for each in measured:
        parts += ["", Text(each.title, style="bold"), _indented(credit_table(each.credits))]
    return Report(data, [*parts, *performance.parts()])


def _compared(confirmed: Confirmation) -> set[int | None]:
    """The candidates that a confirmation compares."""
    return {confirmed.winner, confirmed.seed, *(each.candidate for each in confirmed.controls)}


def show_lineage(archive: Reader, run: Run, candidate: Candidate, *, everyone: bool) -> Report:
    """The history of a candidate as patches, from its seed.

    Args:
        archive: The archive.
        run: The run.
        candidate: The candidate whose history is shown.
        everyone: Whether to show all ancestors as a tree instead of the line of first parents.
    """
    parents = archive.parents(run)
    basis, unit = Basis.of(archive, run), objective_of(run).unit
    standings = {standing.candidate: standing for standing in archive.standings(run)}
    family = lineage.ancestors(parents, candidate.number)
    line = lineage.path(parents, candidate.number)
    if everyone:
        shown = list(lineage.tree(parents, sorted([candidate.number, *family])))
    else:
        shown = [(0, number) for number in line]
    data, parts = [], list[RenderableType]()
    for depth, number in shown:
        here = archive.candidate(run, number)
        data.append(
            {
                "candidate": number,
                "depth": depth,
                **here.model_dump(mode="json", include={"operator", "parents", "rationale"}),
                "id": here.id,
                "standing": standing_data(standings.get(number), basis),
            }
        )
        entry = _patch(archive, run, here, standings, basis, unit)
        parts += [_indented(part, 2 * min(depth, 20)) for part in entry]
    others = len(family) + 1 - len(line)
    if others and not everyone:
        parts += ["", f"{others} more took part by way of merges; `--all` shows them."]
    return Report(data, parts)


def show_difference(archive: Reader, run: Run, a: Candidate, b: Candidate) -> Report:
    """The edits between two candidates, and the difference of their scores."""
    basis, unit = Basis.of(archive, run), objective_of(run).unit
    standings = {standing.candidate: standing for standing in archive.standings(run)}
    before, after = standings.get(a.number), standings.get(b.number)
    edits = diff(a.config, b.config)
    data = {
        "run": run.id,
        "from": a.number,
        "to": b.number,
        "edits": EDITS.dump_python(edits, mode="json"),
        "standings": [standing_data(before, basis), standing_data(after, basis)],
    }
    parts: list[RenderableType] = [
        *(Text(_title(each), style="bold") for each in (a, b)),
        *(f"#{x.number} {_believed(s, basis, unit)}" for x, s in ((a, before), (b, after))),
    ]
    if gain := _gain(before, after):
        parts.append(f"difference {gain} on {basis}")
    words = describe(edits, a.config) if edits else ["There is no difference."]
    return Report(data, [*parts, "", _lines(words), *_prompts(a.config, b.config)])


def _prompts(before: SystemConfig, after: SystemConfig) -> Iterator[RenderableType]:
    """Line differences of the prompts of agents that both candidates have."""
    old = {agent.name: agent.prompt for agent in before.agents}
    for agent in after.agents:
        if old.get(agent.name, agent.prompt) != agent.prompt:
            lines = difflib.ndiff(old[agent.name].splitlines(), agent.prompt.splitlines())
            yield ""
            yield Text(f"The prompt of {agent.name}", style="bold")
            for line in lines:
                if not line.startswith("?"):
                    style = {"+": "green", "-": "red"}.get(line[0], "")
                    yield _indented(Text(clean(line), style))


def _origin(
    archive: Reader,
    run: Run,
    candidate: Candidate,
    standings: Mapping[int, Standing],
    basis: Basis,
    unit: CostUnit,
) -> Iterator[RenderableType]:
    if candidate.rationale:
        yield ""
        yield Text("Rationale", style="bold")
        yield _indented(clean(candidate.rationale))
    for parent in candidate.parents:
        before = archive.candidate(run, parent.candidate)
        yield ""
        yield Text(f"From {_title(before)}", style="bold")
        yield _indented(_believed(standings.get(before.number), basis, unit))
        yield _edits(parent, before)


def _patch(
    archive: Reader,
    run: Run,
    candidate: Candidate,
    standings: Mapping[int, Standing],
    basis: Basis,
    unit: CostUnit,
) -> Iterator[RenderableType]:
    """One step of a lineage: the candidate, its gain and its edits."""
    mine = standings.get(candidate.number)
    yield Text(f"{_title(candidate)}, {one_line(candidate.operator, 40)}", style="bold")
    yield _indented(_believed(mine, basis, unit))
    for position, parent in enumerate(candidate.parents):
        gain = _gain(standings.get(parent.candidate), mine)
        yield _indented(f"from #{parent.candidate}{': ' + gain if gain else ''}")
        if position == 0:
            yield _edits(parent, archive.candidate(run, parent.candidate))
    if candidate.rationale:
        yield _indented(f"because: {one_line(candidate.rationale, 300)}")


def _edits(parent: Parent, before: Candidate) -> RenderableType:
    return _lines(describe(parent.edits, before.config))


def _lines(lines: Iterable[str]) -> RenderableType:
    return _indented("\n".join(clean(line) for line in lines))


def _indented(part: RenderableType, by: int = 4) -> Padding:
    return Padding(part, (0, 0, 0, by), expand=False)


def _gain(before: Standing | None, after: Standing | None) -> str:
    if before is None or after is None or not (before.evaluations and after.evaluations):
        return ""
    mean = after.mean - before.mean
    reach = 1.96 * math.hypot(before.deviation, after.deviation)
    return figures.points(mean, (mean - reach, mean + reach))


def _believed(standing: Standing | None, basis: Basis, unit: CostUnit) -> str:
    if standing is None or not standing.evaluations:
        return "not evaluated yet"
    cost = figures.cost(standing.cost, unit) + ("" if standing.cost is None else " a task")
    times = counted(standing.evaluations, "evaluation")
    return f"{figures.standing(standing)} on {basis}, from {times}, {cost}"


def _title(candidate: Candidate) -> str:
    name = one_line(candidate.config.name, 40)
    return f"#{candidate.number} {name + ' ' if name else ''}({candidate.id})"


def _agent(agent: Agent) -> str:
    values: dict[str, Any] = agent.model_dump(
        exclude_defaults=True, exclude={"name", "role", "prompt", "demonstrations"}
    )
    if agent.demonstrations:
        values["demonstrations"] = len(agent.demonstrations)
    details = "".join(f", {name} {value}" for name, value in values.items())
    role = "" if agent.role in ("", agent.name) else f": {agent.role}"
    return one_line(f"{agent.name}{role}{details}", 200)
