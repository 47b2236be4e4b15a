"""What an audit finds of planted faults: `python -m benchmarks.audit`.

In the tasks of the simulated quickstart, 6 validation tasks get the answer of another task of their
domain. To the sealed tasks, 5 copies of training tasks are added, and 5 copies with a word before
them. Counted is what the audit of a single agent finds of that, and how noisy its scores are at
several temperatures. Then the deviation of paired differences that an audit of one system predicts
is compared with that between pairs of seeds.
"""

import argparse
import json
from collections.abc import Mapping
from itertools import combinations
from math import exp, log
from pathlib import Path
from random import Random
from statistics import fmean, stdev
from tempfile import TemporaryDirectory
from typing import NamedTuple

from archive.store import Archive
from evolve.audit import Audit, audit
from evolve.audit.power import deviation
from evolve.engine.seeds import seed_configurations
from evolve.gate.sides import Side, read_side
from evolve.runfile.settings import RunSettings, find_run_file, load_run_file, read_settings
from search_spaces.draft import Draft
from search_spaces.library import system
from search_spaces.yaml_text import read_mapping

RUN = "quickstart_simulated"
WRONG, COPIES = 6, 5
TASKS, REPEATS = 120, 3


class Planted(NamedTuple):
    """The ids of tasks with planted faults."""

    wrong: set[str]
    equal: set[str]
    near: set[str]


def planted(folder: Path, rng: Random) -> tuple[RunSettings, Planted]:
    """The quickstart with faults in its tasks; its models still know the true answers."""
    run = find_run_file(RUN)
    values = read_mapping(run.read_bytes(), RUN, trusted=True)
    lines = (run.parent / values["tasks"]["file"]).read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    wrong = rng.sample([row for row in rows if row["split"] == "validation"], WRONG)
    for row in wrong:
        alike = [each["answer"] for each in rows if each["domain"] == row["domain"]]
        row["answer"] = rng.choice([answer for answer in alike if answer != row["answer"]])
    drawn = rng.sample([row for row in rows if row["split"] == "train"], 2 * COPIES)
    equal = [_copy(row, f"equal {row['id']}", row["question"]) for row in drawn[:COPIES]]
    near = [_copy(row, f"near {row['id']}", f"Hello. {row['question']}") for row in drawn[COPIES:]]
    file = folder / "tasks.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in (*rows, *equal, *near)), "utf-8")
    values["tasks"] = {**values["tasks"], "file": str(file), "id": "id"}
    found = Planted(*({row["id"] for row in some} for some in (wrong, equal, near)))
    return read_settings(json.dumps(values), RUN, run.parent), found


def _copy(row: Mapping[str, str], name: str, question: str) -> dict[str, str]:
    return {**row, "id": name, "question": question, "split": "test"}


def audited(settings: RunSettings, side: Side, repeats: int = REPEATS) -> Audit:
    with Archive.in_memory() as archive:
        return audit(settings, archive, side, TASKS, repeats)


def labels(times: int) -> None:
    """Prints what is found of planted labels and duplicates."""
    for model in ("small", "medium"):
        found, disputed, among, score, equal, near, others = 0, 0, 0, 0.0, 0, 0, 0
        for number in range(times):
            with TemporaryDirectory() as folder:
                settings, faults = planted(Path(folder), Random(f"audit/{number}"))
                findings = audited(settings, read_side(model, settings)).findings
            named = [each.task for each in findings.labels.disputed]
            found += len(faults.wrong & set(named))
            disputed += len(named)
            among += len(faults.wrong & set(named[:10]))
            score += findings.prospects.score / times
            equal += len(faults.equal & {each.sealed for each in findings.duplicates.equal})
            near += len(faults.near & {each.sealed for each in findings.duplicates.near})
            others += len(findings.duplicates.equal) + len(findings.duplicates.near)
        print(
            f"{model}, score {score:.3f}: {found} of {times * WRONG} wrong labels are disputed, "
            f"{among} among the first ten; {disputed / times:.1f} disputed labels; duplicates: "
            f"{equal} and {near} of {times * COPIES} each, {others - equal - near} others"
        )


def temperatures() -> None:
    """Prints the noise of one agent at several temperatures."""
    settings = load_run_file(RUN)
    for temperature in (0.0, 0.7, 1.5):
        draft = Draft.of(system("single"))
        for name, agent in draft.agents.items():
            draft.agents[name] = agent.model_copy(update={"temperature": temperature})
        noise = audited(settings, Side("single", draft.build()), 5).findings.noise
        assert noise.icc is not None
        print(
            f"temperature {temperature}: {noise.changed:.3f} of repetitions have another score, "
            f"intraclass correlation {noise.icc:.2f}"
        )


def deviations() -> None:
    """Prints how the predicted deviation of a paired difference compares with that of seeds."""
    settings = load_run_file(RUN)
    with Archive.in_memory() as archive:
        scores, noises = [], []
        for config in seed_configurations(settings):
            found = audit(settings, archive, Side(config.name, config), TASKS, 2)
            by_task: dict[int, list[float]] = {}
            for rollout in archive.rollouts(found.run):
                by_task.setdefault(rollout.task, []).append(rollout.score.value)
            scores.append({task: each[0] for task, each in by_task.items()})
            noises.append((found.findings.noise, found.findings.prospects.score))
    ratios = []
    for one, other in combinations(range(len(scores)), 2):
        differences = [scores[one][task] - scores[other][task] for task in scores[one]]
        gain = abs(fmean(differences))
        noise, score = min(noises[one], noises[other], key=lambda each: each[1])
        ratios.append(deviation(noise, score, gain, 1) / stdev(differences))
    print(
        f"predicted over measured deviation, {len(ratios)} pairs: geometric mean "
        f"{exp(fmean(map(log, ratios))):.2f}, from {min(ratios):.2f} to {max(ratios):.2f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.audit",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--times", type=int, default=20, help="Task sets with planted faults.")
    chosen = parser.parse_args()
    labels(chosen.times)
    temperatures()
    deviations()


if __name__ == "__main__":
    main()
