"""A system as the data of an exported program: assignments of plain values to names."""

import pprint
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from evolve.engine.session import models_of
from evolve.export.choice import Choice
from evolve.models.base import Model
from evolve.models.llama_cpp import TOP_LOGPROBS, LlamaCpp
from evolve.prompts import headings
from evolve.runtime import messages
from evolve.runtime.plan import Node, Plan, make_plan
from evolve.tasks.base import TaskInput
from evolve.tools.toolbox import Toolbox
from search_spaces.config import SystemConfig


def assignments(choice: Choice) -> str:
    """The lines of a program that hold the system."""
    models, config = models_of(choice.settings), choice.config
    plan = make_plan(config, models, Toolbox({}))
    instructions = choice.settings.tasks.request
    schedule = {
        "first": list(plan.first.works),
        "again": list(plan.again.works),
        "last": list(plan.last.works),
    }
    waited = {node.index: sorted(node.waits_for & set(plan.first.works)) for node in plan.nodes}
    by = next((s.index for s in plan.nodes if s.agent.name == config.stop.by), None)
    values = {
        "AGENTS": [_node(plan, node, instructions) for node in plan.nodes],
        "ROUNDS": config.rounds,
        "STOP": {"rule": config.stop.rule, "by": by},
        "SCHEDULE": schedule,
        "ORDER": list(TopologicalSorter(waited).static_order()),
        "ANSWER": {"mode": config.answer.mode, "sources": list(plan.sources), "by": plan.by},
        "INSTRUCTIONS": instructions,
        "WORDS": {
            "task": headings.TASK,
            "previous": headings.PREVIOUS,
            "message": headings.MESSAGE,
            "candidate": headings.CANDIDATE,
            "format": headings.FORMAT,
            "judge": messages.JUDGE,
        },
    }
    if is_selective(config):
        values["EMBEDDER"] = choice.settings.embedder.model_dump()
    return "\n".join(
        f"{name} = {pprint.pformat(value, width=98, sort_dicts=False)}"
        for name, value in values.items()
    )


def is_selective(config: SystemConfig) -> bool:
    """Whether an agent receives only the nearest of its worked examples."""
    return any(agent.nearest_examples is not None for agent in config.agents)


def runs_here(choice: Choice) -> bool:
    """Whether a model of the system runs in the program's own process."""
    models = models_of(choice.settings)
    return any(isinstance(models[a.model], LlamaCpp) for a in choice.config.agents)


def _node(plan: Plan, node: Node, instructions: str) -> dict[str, Any]:
    agent = node.agent
    task = TaskInput(id="", text="", instructions=instructions)
    closing = node.closing(task)
    asked = instructions if closing is None else closing
    in_front = bool(agent.demonstrations and (closing is None or agent.label_choice))
    written = asked if in_front else instructions
    system = messages.system_message(agent)
    options = {
        "temperature": node.temperature,
        "top_p": agent.top_p,
        "reasoning_effort": agent.effort,
    }
    return {
        "name": agent.name,
        "role": agent.role,
        "system": system[0].content if system else "",
        "opening": asked if in_front else "",
        "demonstrations": [
            [each.question, messages.written_answer(each.answer, written)]
            for each in agent.demonstrations
        ],
        "nearest": agent.nearest_examples,
        **_endpoint(node.model_name, node.model),
        "options": {name: value for name, value in options.items() if value is not None},
        "max_tokens": node.max_tokens,
        "limit": node.limit,
        "samples": agent.samples,
        "weight": agent.weight,
        "hears": [tuple(heard) for heard in node.inputs],
        "routers": list(node.routers),
        "routes": [(way.target, list(way.opening.words)) for way in node.routes],
        "silent": node.silent,
        "labels": _labels(node),
        "source": node.is_source,
        "approves": node.approves,
        "closing": "" if in_front else asked,
    }


def _labels(node: Node) -> dict[str, Any] | None:
    """What an agent chooses its answer from; None if it writes it."""
    choice = node.agent.label_choice
    if choice is None or not node.scored_labels:
        return None
    asked = getattr(node.model.bare, "top_logprobs", TOP_LOGPROBS)
    means = choice.means or (0.0,) * len(choice.labels)
    return {"names": list(choice.labels), "means": list(means), "top_logprobs": asked}


def _endpoint(name: str, model: Model) -> dict[str, Any]:
    """The address of a model; one that is simulated or recorded has its name in the run file."""
    from evolve.models.openai import OpenAI

    place: dict[str, Any] = {
        "model": name,
        "base_url": None,
        "api_key_env": "OPENAI_API_KEY",
        "extra": {},
    }
    if isinstance(model, LlamaCpp):
        file = str(model.file).replace(str(Path.home()), "~", 1)
        server = file, model.context, model.parallel, model.threads
        return {**place, "model": model.label, "extra": dict(model.extra), "server": server}
    if isinstance(model, OpenAI):
        place = {
            "model": model.model,
            "base_url": model.base_url or None,
            "api_key_env": model.api_key_env,
            "extra": dict(model.extra),
        }
    return {**place, "server": None}
