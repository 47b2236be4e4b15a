"""A large run that was never searched, every text of it hostile, quickly made for pages to show."""

import json
from random import Random

from archive.controls import ComparedControl, ControlResult
from archive.records import (
    Candidate,
    Confirmation,
    Decision,
    Look,
    Parent,
    ProposalResult,
    Rollout,
    Run,
    Score,
    Standing,
    Step,
    TaskRecord,
    Trace,
    Usage,
)
from archive.store import Archive
from evolve.standings.best import best_of
from search_spaces.config import Agent, SystemConfig
from search_spaces.edits import apply, diff
from search_spaces.library import system
from search_spaces.operators import mutate
from search_spaces.space import SearchSpace

HOSTILE = (
    "</script><script>window.owned = 1</script><img src=x onerror='window.owned = 1'>"
    "<b>bold</b> <!-- {{script}} {{data}} \u2028 & &lt; ]]> <a href='javascript:owned=1'>x</a>"
)
SEEDS = ("single", "chain_of_thought", "self_consistency", "critic_solver", "debate")
WHYS = ("may add 0.01", "a first look", HOSTILE)
SETTINGS = {
    "description": HOSTILE,
    "objective": {"cost": "usd", "cost_at_most": 0.01},
    "models": {"small": {"simulated": {}}},
    "strategy": {HOSTILE: {}},
}


def fill(archive: Archive, candidates: int = 1_000, tasks: int = 120, each: int = 20) -> Run:
    """Writes a run of so many candidates, each evaluated on so many tasks on average."""
    rng = Random("large")
    records = [
        TaskRecord(number=n, id=f"{HOSTILE if n == 3 else 'task'} {n}", split="validation")
        for n in range(tasks)
    ]
    sealed = TaskRecord(number=tasks, id="sealed", split="test")
    run = archive.create_run("large", 7, json.dumps(SETTINGS), [*records, sealed])
    family = _family(rng, candidates)
    skills = _skills(rng, family)
    difficulty = [rng.random() for _ in records]
    seen = 0
    with archive.group():
        for candidate in family:
            archive.add_candidate(run, candidate)
            if candidate.parents:
                _add_proposal_result(archive, run, candidate, seen)
                seen += 1
            met = rng.sample(range(tasks), min(tasks, rng.choice((each // 2, each, 2 * each))))
            rollouts = [
                _rollout(seen + place, candidate.number, task, rng.random() > difficulty[task] - s)
                for place, task in enumerate(met)
                for s in (skills[candidate.number] - 0.5,)
            ]
            _add_rollouts(archive, run, rollouts)
            archive.put_standings(run, [_standing(candidate.number, rollouts)])
            seen += len(rollouts)
        archive.add_look(run, Look(purpose="evaluate", tasks=(tasks,), at=1.0))
        best = best_of(archive, run)
        assert best is not None
        archive.add_confirmation(run, _confirmation(best.candidate))
    return archive.set_status(run, "finished")


def _family(rng: Random, size: int) -> list[Candidate]:
    space = SearchSpace(models=("small", "large"))
    family = [
        Candidate(number=n, config=system(name), operator="seed") for n, name in enumerate(SEEDS)
    ]
    known = {candidate.id for candidate in family}
    while len(family) < size:
        parent = rng.choice(family[-200:])
        operator, edits = mutate(parent.config, space, rng) or ("", ())
        config = apply(parent.config, edits)
        if len(family) in (6, size - 1):
            operator, parent = HOSTILE, family[0]
            agents = (Agent(name="solver", role=HOSTILE, prompt=f"{len(family)} {HOSTILE}"),)
            config = SystemConfig(name=HOSTILE, agents=agents)
            edits = diff(parent.config, config)
        if config.id in known:
            continue
        known.add(config.id)
        family.append(
            Candidate(
                number=len(family),
                config=config,
                operator=operator,
                parents=(Parent(candidate=parent.number, edits=tuple(edits)),),
                rationale=HOSTILE if len(family) % 50 == 0 else "",
            )
        )
    return family


def _skills(rng: Random, family: list[Candidate]) -> list[float]:
    skills: list[float] = []
    for candidate in family:
        before = skills[candidate.parents[0].candidate] if candidate.parents else 0.45
        skills.append(min(0.95, max(0.05, before + rng.gauss(0.01, 0.06))))
    return skills


def _rollout(number: int, candidate: int, task: int, passed: bool) -> Rollout:
    usage = Usage(
        calls=2,
        prompt_tokens=900,
        completion_tokens=80,
        usd=1e-4 * (1 + candidate % 40),
        seconds=1,
        overrun=number % 2,
    )
    text = f"Step by step, {HOSTILE}."
    step = Step(agent="solver", round=1, sample=0, model="small", text=text, usage=usage)
    return Rollout(
        decision=number,
        position=number,
        candidate=candidate,
        task=task,
        score=Score(value=float(passed), feedback=HOSTILE),
        trace=Trace(
            answer=HOSTILE, steps=(step,), usage=usage, failure="" if number % 8 else HOSTILE
        ),
        at=float(number),
    )


def _add_rollouts(archive: Archive, run: Run, rollouts: list[Rollout]) -> None:
    archive.add_decisions(
        run,
        [
            Decision(
                number=one.decision, purpose="search", candidate=one.candidate, task=one.task,
                after=one.position, at=one.at, why=WHYS[one.task % 3],
            )
            for one in rollouts
        ],
    )  # fmt: skip
    archive.add_rollouts(run, rollouts)


def _add_proposal_result(archive: Archive, run: Run, candidate: Candidate, seen: int) -> None:
    archive.add_decisions(
        run, [Decision(number=seen, purpose="propose", after=seen, at=float(seen))]
    )
    proposal_result = ProposalResult(
        decision=seen, position=seen, candidate=candidate.number, outcome="added", at=float(seen)
    )
    archive.add_proposal_result(run, proposal_result)


def _standing(candidate: int, rollouts: list[Rollout]) -> Standing:
    scores = [one.score.value for one in rollouts]
    cost = rollouts[0].trace.usage.usd
    return Standing(
        candidate=candidate,
        mean=(sum(scores) + 2) / (len(scores) + 4),
        deviation=0.4 / len(scores) ** 0.5,
        evaluations=len(scores),
        cost=cost,
    )


def _confirmation(winner: int) -> Confirmation:
    return Confirmation(
        winner=winner, seed=0, tasks=1, mean=0.75, interval=(0.6, 0.9), seed_mean=0.5,
        seed_interval=(0.4, 0.6), difference=0.25, difference_interval=(0.1, 0.4),
        cost=0.04, seed_cost=0.01, looks=1, changes=("wording", "topology"),
        controls=(
            ComparedControl(
                kind="single",
                candidate=1,
                votes=4,
                tested=ControlResult(
                    tasks=1, mean=0.6, interval=(0.5, 0.7), difference=0.15,
                    difference_interval=(-0.05, 0.35), cost=0.04,
                ),
            ),
        ),
    )  # fmt: skip
