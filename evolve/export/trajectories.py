"""What agents were told and what they said, as chats to train models on: one JSON object a line.

Each line is one reply, in the conversational prompt and completion of TRL, with the fields that
verl reads: ``data_source``, ``ability``, ``reward_model`` and ``extra_info``. ``reward`` is what
the agent's own answer scores, or what the system's does where the agent gave none. Archives keep no
prompts; the runtime itself tells them again, from the task and what was said before. Tasks of the
test split are left out.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Self

from pydantic import PrivateAttr

from archive.records import Rollout, Step
from evolve.answers import extract
from evolve.errors import RunError
from evolve.export.choice import Choice
from evolve.models.base import Message, Model, Models, Reply, Request
from evolve.runtime.messages import turn
from evolve.runtime.plan import Seat, make_plan
from evolve.runtime.scheduler import run_system
from evolve.tasks.base import Task, TaskInput


def write(choice: Choice) -> str:
    """The trajectories of a candidate's rollouts whose texts were kept, as they were taken.

    Raises:
        RunError: No texts were kept, or agents call tools or each other.
    """
    config = choice.candidate.config
    calling = {str(edge.kind) for edge in config.edges} - {"message", "feedback", "route"}
    calling |= {"tool" for agent in config.agents if agent.tools}
    if calling:
        raise RunError(f"the format 'trajectories' has no {', no '.join(sorted(calling))} calls")
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
    found = []
    number = choice.candidate.number
    for rollout in choice.archive.rollouts(choice.run, number, "search", traces=True):
        task = tasks.get(rollout.task)
        if task is not None and any(step.text for step in rollout.trace.steps):
            told = _Retold(choice, rollout)
            await run_system(
                choice.candidate.config,
                task.input,
                told.models,
                embedder=settings.embedder,
                trial=rollout.trial,
                plan=told.plan,
            )
            for messages, step in told.turns:
                reward = await _reward(choice, task, step.text, rollout.score.value)
                found.append(_line(choice, task, rollout, messages, step, reward))
    return found


class _Saying(Model):
    """Says what a function says."""

    _say: Callable[[Request], Reply] = PrivateAttr()

    @classmethod
    def by(cls, say: Callable[[Request], Reply], max_tokens: int) -> Self:
        """A model that says what a function says."""
        model = cls(max_tokens=max_tokens)
        model._say = say
        return model

    async def complete(self, request: Request) -> Reply:
        """Says it."""
        return self._say(request)


class _Retold:
    """Models that say what was said in a rollout, and keep what they were asked.

    Who asks is known by how its turn begins, how it is sampled, and which draw it takes.
    """

    def __init__(self, choice: Choice, rollout: Rollout) -> None:
        settings = choice.settings
        self.models = Models(
            {
                name: _Saying.by(partial(self._say, name), model.max_tokens)
                for name, model in settings.models.items()
            },
            settings.answering,
        )
        self.plan = make_plan(choice.candidate.config, self.models)
        self.turns: list[tuple[Sequence[Message], Step]] = []
        self._steps: dict[tuple[str, int], list[Step]] = {}
        for step in reversed(rollout.trace.steps):
            self._steps.setdefault((step.agent, step.sample), []).append(step)

    def _say(self, model: str, request: Request) -> Reply:
        for seat in self.plan.seats:
            place = request.sample % seat.draws.total - seat.draws.offset
            said = self._steps.get((seat.agent.name, place))
            if said and _asks_so(seat, model, request):
                step = said.pop()
                self.turns.append((request.messages, step))
                return Reply(step.text, 0, 0, 0.0)
        return Reply("", 0, 0, 0.0)


def _asks_so(seat: Seat, model: str, request: Request) -> bool:
    agent = seat.agent
    sampling = agent.temperature, agent.top_p, agent.effort, seat.max_tokens
    asked = request.temperature, request.top_p, request.effort, request.max_tokens
    beginning = turn(agent, TaskInput(id="", text=""))[:-1]
    return (seat.model_name, sampling, beginning) == (model, asked, request.messages[:-1])


async def _reward(choice: Choice, task: Task, text: str, system: float) -> float:
    answer = extract(text)
    if not answer:
        return system
    return (await choice.settings.tasks.scorer.score(task, answer)).value


def _line(
    choice: Choice,
    task: Task,
    rollout: Rollout,
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
            "agent": step.agent,
            "round": step.round,
            "sample": step.sample,
            "model": step.model,
            "system_reward": rollout.score.value,
            "usd": step.usage.usd,
            "provenance": " ".join(choice.provenance),
        },
    }
