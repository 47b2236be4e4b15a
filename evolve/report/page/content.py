"""Everything that the page shows, as plain data that becomes JSON."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from archive import fronts, lineage
from archive.outcomes import Outcomes
from archive.reading import Reader
from archive.records import Candidate, ProposalResult, Rollout, Run, Standing
from evolve.report import figures
from evolve.report.basis import Basis
from evolve.report.controls import control_name
from evolve.report.overruns import overruns_of
from evolve.report.page.examples import Examples
from evolve.report.page.graphs import graph_of
from evolve.report.page.history import History
from evolve.report.replies import causes_of
from evolve.report.runs import (
    confirmation_lines,
    is_simulated,
    look_text,
    standing_data,
    written_settings,
)
from evolve.runfile.settings import RunSettings
from evolve.standings.best import best_of, objective_of
from search_spaces.edits import describe
from search_spaces.sketch import sketch

LEVELS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""A score in one letter, 0 to 1; what was not evaluated is a dash."""

PURCHASES_SHOWN = 6_000
_REFUSED = {"declined": "nothing to propose", "unaffordable": "evaluating it would not fit"}
"""Texts of proposals without a candidate whose reason is not the configuration."""

_FIGURE = re.compile(r"\s*\([^)]*\)|\s*[-+]?\d[\d.,e-]*%?")


class PageContent:
    """The content of a run's page; repeated reads only fetch what is new."""

    def __init__(self, archive: Reader, run: Run) -> None:
        """Reads nothing yet."""
        self._archive = archive
        self._run = run
        self._history = History(archive, run)
        self._outcomes = Outcomes()
        self._examples = Examples(archive, run)
        self._purchases: list[Rollout] = []
        self._proposal_results: list[ProposalResult] = []
        self._results_seen = 0

    def stands(self) -> tuple[int, str]:
        """The number of results so far, and the run's status."""
        run = self._archive.run(self._run.id)
        return self._archive.results_seen(run), run.status

    def data(self) -> dict[str, Any]:
        """The run as it stands now."""
        archive = self._archive
        self._run = run = archive.run(self._run.id)
        self._read()
        candidates = archive.candidates(run)
        standings = self._history.standings if run.status == "running" else archive.standings(run)
        best = best_of(archive, run, standings)
        evaluated = [standing for standing in standings if standing.evaluations]
        front = [standing.candidate for standing in fronts.pareto(evaluated)]
        ranked = sorted(evaluated, key=lambda s: (-s.mean, s.candidate))
        tasks = {task.number: task for task in archive.tasks(run)}
        confirmed = archive.confirmations(run)
        first = [] if best is None else [best.candidate]
        first += [each for one in confirmed for each in (one.winner, one.seed)]
        order = dict.fromkeys([*first, *front, *(each.candidate for each in ranked)])
        basis = Basis.of(archive, run)
        return {
            "run": _about(run) | {"split": str(basis), "results_seen": self._results_seen},
            "best": None if best is None else best.candidate,
            "front": front,
            "confirmations": [
                one.model_dump()
                | {
                    "lines": list(confirmation_lines(one, basis)),
                    "names": [control_name(control) for control in one.controls],
                }
                for one in confirmed
            ],
            "missing_answers": [each.text for each in causes_of(archive.failures(run))],
            "overruns": overruns_of(archive, run),
            "looks": [look_text(look) for look in archive.looks(run)],
            "spend": [
                {"purpose": purpose, **usage.model_dump()}
                for purpose, usage in archive.spend(run).items()
            ],
            "history": [
                {
                    "usd": point.spent.usd,
                    "tokens": point.spent.tokens,
                    "evaluations": point.evaluations,
                    "standing": standing_data(point.best, basis),
                }
                for point in self._history.points
            ],
            "operators": _operators(candidates, standings, self._proposal_results),
            "allocation": self._allocation(),
            "matrix": self._matrix(ranked, {number: task.id for number, task in tasks.items()}),
            "examples": self._examples.of(order, {n: task.id for n, task in tasks.items()}),
            **self._candidates(candidates, standings, tasks, basis),
        }

    def _read(self) -> None:
        self._history.catch_up()
        for result in self._archive.results(self._run, after=self._results_seen - 1):
            self._results_seen += 1
            if isinstance(result, ProposalResult):
                self._proposal_results.append(result)
            if not isinstance(result, Rollout):
                continue
            self._outcomes.add(result)
            self._examples.tell(result)
            if result.purpose == "search":
                self._purchases.append(result)

    def _candidates(
        self,
        candidates: Sequence[Candidate],
        standings: Sequence[Standing],
        tasks: Mapping[int, Any],
        basis: Basis,
    ) -> dict[str, Any]:
        """Candidates, with every text that several of them share written once."""
        texts: dict[str, int] = {}
        known = {standing.candidate: standing for standing in standings}
        configs = {candidate.number: candidate.config for candidate in candidates}
        born = {
            each.candidate: each.position
            for each in self._proposal_results
            if each.candidate is not None
        }

        def kept(text: str) -> int:
            return texts.setdefault(text, len(texts))

        def shown(candidate: Candidate) -> dict[str, Any]:
            parents = [parent.candidate for parent in candidate.parents]
            changes = self._outcomes.changes(candidate.number, parents[0]) if parents else None
            return {
                "number": candidate.number,
                "id": candidate.id,
                "name": kept(figures.name_of(candidate)),
                "operator": kept(candidate.operator),
                "rationale": kept(candidate.rationale),
                "parents": parents,
                "edits": [
                    kept(line)
                    for parent in candidate.parents[:1]
                    if parent.candidate in configs
                    for line in describe(parent.edits, configs[parent.candidate])
                ],
                "standing": standing_data(known.get(candidate.number), basis),
                "born": born.get(candidate.number, 0),
                "sketch": kept("\n".join(sketch(candidate.config, 72))),
                "graph": kept(json.dumps(graph_of(candidate.config))),
                "prompts": {agent.name: kept(agent.prompt) for agent in candidate.config.agents},
                "fixed": [] if changes is None else [tasks[each].id for each in changes.fixed],
                "broken": [] if changes is None else [tasks[each].id for each in changes.broken],
                "shared": 0 if changes is None else changes.shared,
            }

        listed = [shown(candidate) for candidate in candidates]
        return {"candidates": listed, "texts": list(texts)}

    def _matrix(self, ranked: Sequence[Standing], tasks: Mapping[int, str]) -> dict[str, Any]:
        """Scores of the candidates by rank, a letter a task, the hardest task first."""
        columns = self._outcomes.tasks(ranked)
        rows = []
        for standing in ranked:
            scores = self._outcomes.scores(standing.candidate)
            rows.append("".join(_level(scores.get(column.task)) for column in columns))
        return {
            "levels": LEVELS,
            "candidates": [standing.candidate for standing in ranked],
            "tasks": [
                {"id": tasks.get(one.task, str(one.task)), "mean": one.mean, "telling": one.telling}
                for one in columns
            ],
            "rows": rows,
        }

    def _allocation(self) -> dict[str, Any]:
        """The decisions with their reasons; of very many, an evenly spaced subset."""
        whys = {each.number: each.why for each in self._archive.decisions(self._run)}
        reasons: dict[str, int] = {}
        of: dict[int, Counter[str]] = {}
        shown, every = [], max(1, -(-len(self._purchases) // PURCHASES_SHOWN))
        for place, rollout in enumerate(self._purchases):
            reason = _FIGURE.sub("", whys.get(rollout.decision, "")).strip() or "no reason kept"
            of.setdefault(rollout.candidate, Counter())[reason] += 1
            if place % every == 0:
                kind = reasons.setdefault(reason, len(reasons))
                shown.append([place, rollout.candidate, kind, round(rollout.score.value, 3)])
        return {
            "every": every,
            "reasons": list(reasons),
            "purchases": shown,
            "of": {str(candidate): dict(counts) for candidate, counts in of.items()},
        }


def _about(run: Run) -> dict[str, Any]:
    """The run and its settings, as far as these can be read."""
    settings = written_settings(run)
    plugins = {name: settings.get(name, _default(name)) for name in ("strategy", "allocator")}
    chosen = {name: settings.get(name) for name in ("objective", "budget", "description")}
    return {
        **run.model_dump(exclude={"settings"}),
        **plugins,
        **chosen,
        "cost_at_most": objective_of(run).cost_at_most,
        "unit": objective_of(run).unit,
        "simulated": is_simulated(run),
    }


def _default(key: str) -> object:
    """The default of a run file's key."""
    return RunSettings.model_fields[key].get_default(call_default_factory=True).written()


def _operators(
    candidates: Sequence[Candidate],
    standings: Sequence[Standing],
    proposal_results: Sequence[ProposalResult],
) -> dict[str, Any]:
    """Gains of children over their first parents by operator, and proposals without a candidate."""
    first = {each.number: each.parents[0].candidate for each in candidates if each.parents}
    made_by = {each.number: each.operator for each in candidates}
    gained: dict[str, list[tuple[int, float]]] = {}
    for gain in lineage.gains(candidates, standings):
        if first[gain.child] == gain.parent:
            gained.setdefault(made_by[gain.child], []).append((gain.child, round(gain.mean, 4)))
    refused = Counter(
        _REFUSED.get(each.outcome) or _FIGURE.sub("", each.reason)[:80]
        for each in proposal_results
        if each.candidate is None
    )
    return {
        "gains": [{"operator": operator, "gains": gains} for operator, gains in gained.items()],
        "proposals": len(proposal_results),
        "known": sum(each.outcome == "known" for each in proposal_results),
        "invalid": sum(each.repairs for each in proposal_results),
        "refused": dict(refused.most_common(5)),
    }


def _level(score: float | None) -> str:
    return "-" if score is None else LEVELS[round(score * (len(LEVELS) - 1))]
