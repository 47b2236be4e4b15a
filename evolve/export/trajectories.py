"""Agents' prompts and replies as chats for training models: one JSON object a line.

Each line is one reply, in the conversational prompt and completion of TRL, with the fields that
verl reads: ``data_source``, ``ability``, ``reward_model`` and ``extra_info``. ``reward`` is what
the agent's own answer scores, or the system's score where the agent gave none. Archives keep no
prompts; the runtime rebuilds them from the task and the stored outputs. Tasks of the test split are
left out.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Self

from pydantic import PrivateAttr

from archive.records import Rollout, Step
from evolve.engine.recorded import usable_settings
from evolve.errors import RunError
from evolve.export.choice import Choice
from evolve.models.base import Message, Model, Models, Reply, Request
from evolve.runtime.messages import turn
from evolve.runtime.plan import Node, make_plan
from evolve.runtime.scheduler import run_system
from evolve.tasks.base import Task, TaskInput


def write(choice: Choice) -> str:
    """The trajectories of a candidate's rollouts whose texts were kept, in order of their results.

    Raises:
        RunError: No texts were kept, or agents call tools or each other.
        ConfigError: The settings of the run are not accepted; see `usable_settings`.
    """
    config = choice.candidate.config
    calling = {str(edge.kind) for edge in config.edges} - {"message", "feedback", "route"}
    calling |= {"tool" for agent in config.agents if agent.tools}
    if calling:
        raise RunError(f"the format 'trajectories' has no {', no '.join(sorted(calling))} calls")
    settings = usable_settings(choice.archive, choice.run)
    lines = asyncio.run(_lines(replace(choice, settings=settings)))
    if not lines:
        raise RunError(
            f"candidate {choice.candidate.number} of run {choice.run.id} has no stored texts on "
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
            replayed = _Replayed(choice, rollout)
            await run_system(
                choice.candidate.config,
                task.input,
                replayed.models,
                embedder=settings.embedder,
                trial=rollout.trial,
                plan=replayed.plan,
            )
            for messages, step in replayed.turns:
                reward = await _reward(choice, task, step.text, rollout.score.value)
                found.append(_line(choice, task, rollout, messages, step, reward))
    return found


class _Saying(Model):
    """Replies with the result of a function."""

    _say: Callable[[Request], Reply] = PrivateAttr()

    @classmethod
    def by(cls, say: Callable[[Request], Reply], max_tokens: int) -> Self:
        """A model that replies with the result of a function."""
        model = cls(max_tokens=max_tokens)
        model._say = say
        return model

    async def complete(self, request: Request) -> Reply:
        """Says it."""
        return self._say(request)


class _Replayed:
    """Models that replay the replies of a rollout, and record the requests.

    The agent of a request is identified by its first message, sampling parameters and draw.
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
        for node in self.plan.nodes:
            place = request.sample % node.draws.total - node.draws.offset
            steps = self._steps.get((node.agent.name, place))
            if steps and _asks_so(node, model, request):
                step = steps.pop()
                self.turns.append((request.messages, step))
                return Reply(step.text, 0, 0, 0.0)
        return Reply("", 0, 0, 0.0)


def _asks_so(node: Node, model: str, request: Request) -> bool:
    agent = node.agent
    sampling = node.temperature, agent.top_p, agent.effort, node.max_tokens
    parameters = request.temperature, request.top_p, request.effort, request.max_tokens
    beginning = turn(agent, TaskInput(id="", text=""))[:-1]
    return (node.model_name, sampling, beginning) == (model, parameters, request.messages[:-1])


async def _reward(choice: Choice, task: Task, text: str, system: float) -> float:
    answer = task.input.form.read(text)
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
