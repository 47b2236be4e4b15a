"""What agents were told and what they said, as chats to train models on: one JSON object a line.

Each line is one reply, in the conversational prompt and completion of TRL, with the fields that
verl reads: ``data_source``, ``ability``, ``reward_model`` and ``extra_info``. ``reward`` is what
the agent's own answer scores, or what the system's does where the agent gave none. Archives keep no
prompts; the runtime itself tells them again, from the task and what was said before. Tasks of the
test split are left out.
"""

import asyncio
import json
from collections.abc import Iterator, Sequence
from typing import Any

from archive.records import Rollout, Step
from evolve.answers import extract
from evolve.errors import RunError
from evolve.export.choice import Choice
from evolve.models.base import Message, Reply
from evolve.runtime.plan import Plan, Seat, make_plan
from evolve.runtime.scheduler import Work
from evolve.session import models_of, toolbox_of
from evolve.tasks.base import Task


def write(choice: Choice) -> str:
    """The trajectories of a candidate's rollouts whose texts were kept, as they were taken.

    Raises:
        RunError: No texts were kept, or the agents use tools.
    """
    if any(agent.tools for agent in choice.config.agents):
        raise RunError("the format 'trajectories' has no tools; their calls are not kept in chats")
    lines = asyncio.run(_lines(choice))
    if not lines:
        raise RunError(
            f"candidate {choice.candidate.number} of run {choice.run.id} has no kept texts on "
            "tasks to learn from; set `traces: all` in the run file"
        )
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


async def _lines(choice: Choice) -> list[dict[str, Any]]:
    settings = choice.settings
    loaded = settings.tasks.load(settings.seed)
    tasks = {task.number: task for task in (*loaded.train, *loaded.validation)}
    plan = make_plan(choice.candidate.config, models_of(settings), toolbox_of(settings))
    found = []
    number = choice.candidate.number
    for rollout in choice.archive.rollouts(choice.run, number, "search", traces=True):
        task = tasks.get(rollout.task)
        if task is not None and any(step.text for step in rollout.trace.steps):
            told = _Retold(plan, task, rollout)
            await told.run(settings.embedder)
            for seat, messages, step in told.turns:
                reward = await _reward(choice, task, step.text, rollout.score.value)
                found.append(_line(choice, task, rollout, seat, messages, step, reward))
    return found


class _Retold(Work):
    """A system's work on a task told again: models say what they said."""

    def __init__(self, plan: Plan, task: Task, rollout: Rollout) -> None:
        super().__init__(plan, task.input, rollout.trial, ())
        self.turns: list[tuple[Seat, Sequence[Message], Step]] = []
        self._said: dict[tuple[str, int], Iterator[Step]] = {}
        kept: dict[tuple[str, int], list[Step]] = {}
        for step in rollout.trace.steps:
            kept.setdefault((step.agent, step.round), []).append(step)
        self._said = {turn: iter(steps) for turn, steps in kept.items()}

    async def _ask(
        self, seat: Seat, messages: tuple[Message, ...], draws_of_round: int
    ) -> list[Reply]:
        steps = self._said.get((seat.agent.name, self.round), iter(()))
        spoken = [step for _, step in zip(range(seat.agent.samples), steps, strict=False)]
        self.turns += [(seat, messages, step) for step in spoken]
        return [Reply(step.text, 0, 0, 0.0) for step in spoken] or [Reply("", 0, 0, 0.0)]


async def _reward(choice: Choice, task: Task, text: str, system: float) -> float:
    answer = extract(text)
    if not answer:
        return system
    return (await choice.settings.tasks.scorer.score(task, answer)).value


def _line(
    choice: Choice,
    task: Task,
    rollout: Rollout,
    seat: Seat,
    messages: Sequence[Message],
    step: Step,
    reward: float,
) -> dict[str, Any]:
    return {
        "prompt": [{"role": each.role, "content": each.content} for each in messages],
        "completion": [{"role": "assistant", "content": step.text}],
        "reward": reward,
        "data_source": f"evolve/{choice.run.name}",
        "ability": task.domain,
        "reward_model": {"style": "rule", "ground_truth": task.answer},
        "extra_info": {
            "run": choice.run.id,
            "candidate": choice.candidate.number,
            "id": choice.candidate.id,
            "task": task.input.id,
            "split": task.split,
            "index": task.number,
            "agent": seat.agent.name,
            "round": step.round,
            "sample": step.sample,
            "model": step.model,
            "system_reward": rollout.score.value,
            "usd": step.usage.usd,
        },
    }
