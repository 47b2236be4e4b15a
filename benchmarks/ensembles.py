"""Voting teams: found by the search, or made of the best members, at equal numbers of answers.

    python -m benchmarks.ensembles --matrix zeroeval_math_l5.npz --answers 800,3200,11520

Every split divides the tasks at random into a half to search on and a half to score on. One answer
bought is one distinct (model, task, sample). The search is that of the run file, its confirmation
cut down to the least, two tasks, within the same answers. The baseline spends them evenly: every
model answers the same tasks, and the seven best by accuracy vote; `ties to the best` lets the more
accurate members decide a tie. With --out each finished (split, budget) is a line of a file, and is
not repeated.
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from archive.store import Archive
from evolve.engine.run import start
from evolve.engine.session import models_of, shared_order
from evolve.engine.workers import answer
from evolve.evidence.intervals import difference_interval
from evolve.runfile.settings import RunSettings, load_run_file
from evolve.tasks.base import Task
from search_spaces.config import Agent, Answer, SystemConfig

RUN_FILES = {"zeroeval_math_l5": "recorded_math", "zeroeval_crux": "recorded_crux"}
MEMBERS = 7
BASELINES = ("top seven", "ties to the best")


class Panel:
    """The models of a run file, and the scores of each and of every vote of them."""

    def __init__(self, settings: RunSettings) -> None:
        """Runs every model on every task.

        Args:
            settings: The run file with any seed.
        """
        self.names = (None, *settings.space.models)
        self.executor = settings.executor.bind(
            models_of(settings), settings.embedder, settings.tasks.scorer
        )
        loaded = settings.tasks.load(settings.seed)
        self.tasks = sorted((*loaded.validation, *loaded.unseal()), key=lambda task: task.number)
        self.scores = np.array([self.score(vote([name]), self.tasks) for name in self.names])

    def score(self, system: SystemConfig, tasks: Sequence[Task]) -> list[float]:
        """The score of a system on each of these tasks."""

        async def one_by_one() -> list[float]:
            return [(await answer(self.executor, system, task)).score.value for task in tasks]

        return asyncio.run(one_by_one())

    def of(self, tasks: Sequence[Task]) -> np.ndarray:
        """The scores of all models on these tasks, shape (models, tasks)."""
        place = {task.number: column for column, task in enumerate(self.tasks)}
        return self.scores[:, [place[task.number] for task in tasks]]


def vote(names: Sequence[str | None], weights: Sequence[float] = ()) -> SystemConfig:
    """A system of one agent for each model."""
    agents = tuple(
        Agent(name=f"voter_{place}", model=name, weight=weights[place] if weights else 1.0)
        for place, name in enumerate(names)
    )
    mode = "weighted_vote" if weights else "vote" if len(names) > 1 else "last"
    return SystemConfig(agents=agents, answer=Answer(mode=mode))  # type: ignore[arg-type]


def split(run_file: str, seed: int, answers: int, changes: Mapping[str, Any]) -> RunSettings:
    """The run file for one split and budget."""
    fixed = {"seed": seed, "budget": {"calls": answers}, "confirm": {"tasks": 2}}
    return load_run_file(run_file, {**changes, **fixed})


def baselines(panel: Panel, settings: RunSettings, answers: int) -> dict[str, SystemConfig]:
    """The best by accuracy on as many shared tasks as the answers allow."""
    tasks = shared_order(settings.tasks.load(settings.seed), settings)
    shared = max(1, min(len(tasks), answers // len(panel.names)))
    accuracy = panel.of(tasks[:shared]).mean(axis=1)
    best = np.argsort(-accuracy, kind="stable")
    seven = [panel.names[place] for place in best[:MEMBERS]]
    ranked = [1.0 + 0.01 * (MEMBERS - rank) for rank in range(len(seven))]
    return {
        "best single": vote(seven[:1]),
        "top seven": vote(seven),
        "ties to the best": vote(seven, ranked),
    }


def searched(settings: RunSettings) -> dict[str, Any]:
    """The winner of the search."""
    with TemporaryDirectory() as folder, Archive.write(Path(folder) / "run.db") as archive:
        result = start(settings, archive)
        spend = list(result.spend.values())
        assert result.winner is not None, "an uninterrupted search has a winner"
        return {
            "system": result.winner.config,
            "answers": sum(each.calls for each in spend),
            "evaluations": sum(each.evaluations for each in spend),
            "candidates": len(archive.candidates(result.run)),
            "operator": result.winner.operator,
            "ended": result.ended.value,
        }


def measure(
    panel: Panel, run_file: str, seed: int, answers: int, changes: Mapping[str, Any]
) -> dict[str, Any]:
    """One split at one budget: the search and the baselines, on the sealed half."""
    settings = split(run_file, seed, answers, changes)
    sealed = settings.tasks.load(settings.seed).unseal()
    found = searched(settings)
    systems = {"search": found.pop("system"), **baselines(panel, settings, answers)}
    scores = {name: float(np.mean(panel.score(each, sealed))) for name, each in systems.items()}
    return {
        "split": seed,
        "budget": answers,
        **found,
        "members": len(systems["search"].agents),
        "scores": scores,
    }


def oracle(panel: Panel, run_file: str, seed: int, changes: Mapping[str, Any]) -> dict[str, float]:
    """The optimum: teams chosen with all answers of a half, scored on the sealed one.

    `all answers` is the top seven by the whole searched half; `by the sealed half` chooses them by
    the half that scores, as an upper bound.
    """
    settings = split(run_file, seed, 10**6, changes)
    loaded = settings.tasks.load(settings.seed)
    sealed = loaded.unseal()
    halves = {"all answers": loaded.validation, "by the sealed half": sealed}
    found = {}
    for name, tasks in halves.items():
        best = np.argsort(-panel.of(tasks).mean(axis=1), kind="stable")[:MEMBERS]
        team = vote([panel.names[place] for place in best])
        found[name] = float(np.mean(panel.score(team, sealed)))
    return found


def summary(lines: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """For each budget: mean scores, and the paired gain over each baseline with its interval."""
    for answers in sorted({line["budget"] for line in lines}):
        chosen = [line for line in lines if line["budget"] == answers]
        scores = {name: [line["scores"][name] for line in chosen] for name in chosen[0]["scores"]}
        figures: dict[str, Any] = {
            "budget": answers,
            "splits": len(chosen),
            "answers": float(np.mean([line["answers"] for line in chosen])),
            "scores": {name: float(np.mean(each)) for name, each in scores.items()},
        }
        for name in BASELINES:
            gains = np.subtract(scores["search"], scores[name])
            low, high = difference_interval(gains) if len(gains) > 1 else (None, None)
            figures[f"gain over {name}"] = {"mean": float(gains.mean()), "interval": [low, high]}
        yield figures


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.ensembles",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--matrix", type=Path, required=True, help="the .npz table of answers")
    parser.add_argument("--tasks", type=Path, help="its folder of tasks; else ../tasks beside it")
    parser.add_argument("--run-file", help="else the one shipped for this matrix")
    parser.add_argument("--answers", default="800,3200,11520", help="budgets")
    parser.add_argument("--splits", type=int, default=20)
    parser.add_argument("--set", default="{}", help="run-file keys to replace, as JSON")
    parser.add_argument("--oracle", action="store_true", help="measure the optimum instead")
    parser.add_argument("--out", type=Path, help="a JSONL file of finished splits")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def main() -> None:
    chosen = arguments()
    os.environ["MATRICES"] = str(chosen.matrix.resolve().parent)
    tasks = chosen.tasks or chosen.matrix.resolve().parents[1] / "tasks"
    os.environ.setdefault("TASKS", str(tasks))
    run_file = chosen.run_file or RUN_FILES[chosen.matrix.stem]
    changes = json.loads(chosen.set)
    panel = Panel(load_run_file(run_file, changes))
    if chosen.oracle:
        scores = [oracle(panel, run_file, seed, changes) for seed in range(chosen.splits)]
        print(
            json.dumps(
                {name: float(np.mean([each[name] for each in scores])) for name in scores[0]}
            )
        )
        return
    budgets = [int(answers) for answers in chosen.answers.split(",")]
    known = []
    if chosen.out and chosen.out.exists():
        known = [json.loads(line) for line in chosen.out.read_text().splitlines()]
    done = {(line["split"], line["budget"]): line for line in known}
    wanted = [(seed, answers) for seed in range(chosen.splits) for answers in budgets]
    for seed, answers in wanted:
        if (seed, answers) not in done:
            line = measure(panel, run_file, seed, answers, changes)
            done[seed, answers] = line
            if chosen.out:
                with chosen.out.open("a") as file:
                    file.write(json.dumps(line) + "\n")
            print(f"split {seed}, {answers} answers: {line['scores']}", file=sys.stderr)
    for figures in summary([done[each] for each in wanted]):
        print(json.dumps(figures) if chosen.json else shown(figures))


def shown(figures: Mapping[str, Any]) -> str:
    """The figures of one budget as text."""
    lines = [
        f"{figures['budget']} answers ({figures['answers']:.0f} bought), {figures['splits']} splits"
    ]
    lines += [f"  {name:18} {score:.4f}" for name, score in figures["scores"].items()]
    for name in BASELINES:
        gain = figures[f"gain over {name}"]
        low, high = gain["interval"]
        within = "" if low is None else f" [{low:+.4f} to {high:+.4f}]"
        lines.append(f"  gain over {name}: {gain['mean']:+.4f}{within}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
