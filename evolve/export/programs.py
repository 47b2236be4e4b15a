"""A system as a Python program of its own.

The program is put together from the system as data, the very source of how evolve reads answers,
and templates: how a turn is worded, how models are asked, how the rounds go. What a program cannot
do is refused by name.
"""

import ast
import inspect
import pprint
from collections.abc import Iterable, Sequence
from importlib import resources
from typing import Any

from evolve import answers
from evolve.errors import RunError
from evolve.export.choice import Choice
from evolve.models.base import Model
from evolve.report.console import one_line
from evolve.runtime import limits, messages, outputs
from evolve.runtime.plan import Plan, Seat, make_plan
from evolve.session import models_of
from evolve.tasks.base import TaskInput
from evolve.tools.toolbox import Toolbox
from search_spaces.config import Agent, SystemConfig

AGENT_FIELDS = {
    *("name", "role", "prompt", "model", "temperature", "top_p", "max_tokens", "effort"),
    *("samples", "weight", "demonstrations"),
}
SYSTEM_FIELDS = {"name", "description", "agents", "edges", "rounds", "stop", "answer"}
MODES = {"last", "vote", "weighted_vote", "judge", "summarise"}
RULES = {"never", "consensus", "approved"}
EDGES = {"message", "feedback"}

_PLAIN = (
    *("asyncio", "os", "sys", "openai"),
    "from collections import Counter",
    "from collections.abc import Iterable, Sequence",
    "from typing import NamedTuple",
)
_LANGGRAPH = (
    *_PLAIN,
    "from typing import Annotated, TypedDict",
    "from langgraph.graph import END, START, StateGraph",
)
_AGENTS = (
    *_PLAIN,
    "from agents import (\n    Agent,\n    ModelRefusalError,\n    ModelSettings,\n"
    "    OpenAIChatCompletionsModel,\n    Runner,\n    set_tracing_disabled,\n)",
    "from openai.types.shared import Reasoning",
)


def python(choice: Choice) -> str:
    """A program that needs the package openai and nothing else."""
    return _program(choice, "python", "openai", _PLAIN, ("asking", "rounds"))


def langgraph(choice: Choice) -> str:
    """A program in which the system is a graph of LangGraph."""
    return _program(choice, "langgraph", "openai langgraph", _LANGGRAPH, ("asking", "langgraph"))


def openai_agents(choice: Choice) -> str:
    """A program in which the agents are those of the OpenAI Agents SDK."""
    return _program(choice, "openai-agents", "openai-agents", _AGENTS, ("agents", "rounds"))


def check(config: SystemConfig, form: str) -> None:
    """Makes sure that a program can do what a system does.

    Raises:
        RunError: It cannot; the message names what is asked for.
    """
    if missing := sorted(set(_lacking(config))):
        raise RunError(
            f"the format {form!r} has no {', no '.join(missing)}; "
            "use yaml with `evolve apply` or `evolve serve`"
        )


def _lacking(config: SystemConfig) -> Iterable[str]:
    yield from _fields_set(config) - SYSTEM_FIELDS
    for agent in config.agents:
        yield from _fields_set(agent) - AGENT_FIELDS
    yield from (f"{edge.kind} edges" for edge in config.edges if edge.kind not in EDGES)
    if config.answer.mode not in MODES:
        yield f"answer mode {config.answer.mode}"
    if config.stop.rule not in RULES:
        yield f"stop rule {config.stop.rule}"


def _fields_set(part: SystemConfig | Agent) -> set[str]:
    return set(part.model_dump(exclude_defaults=True))


def _program(
    choice: Choice, form: str, packages: str, imports: Sequence[str], parts: Sequence[str]
) -> str:
    check(choice.config, form)
    sources = [inspect.getsource(answers), *_shared(), *map(_template, ("system", *parts))]
    lines = {each if " " in each else f"import {each}" for each in imports}
    bodies = []
    for source in [*sources, _template("command")]:
        found, body = _without_imports(source)
        lines |= found
        bodies.append(body.strip())
    head = [f"# {one_line(line, 400)}" for line in choice.provenance]
    head += [f"# Needs Python 3.11 or newer and: pip install {packages}", ""]
    ordered = sorted(lines, key=lambda line: (line.startswith("from"), line))
    return "\n".join([*head, *ordered, ""]) + "\n" + "\n\n\n".join([_data(choice), *bodies]) + "\n"


def _shared() -> list[str]:
    """Pieces of evolve itself that a program has word for word."""
    pieces = (limits.cut, outputs.Opinion, outputs.majority, outputs.most_frequent)
    marker = f"_MARKER = {limits.cut('xxxx', 3)!r}"
    return [marker, *(inspect.getsource(piece) for piece in pieces)]


def _template(name: str) -> str:
    place = resources.files("evolve.export") / "templates" / f"{name}.py.txt"
    return place.read_text(encoding="utf-8")


def _without_imports(source: str) -> tuple[set[str], str]:
    """The imports of a module, and the rest of it without its docstring."""
    tree, lines, found = ast.parse(source), source.splitlines(), set()
    for place, node in enumerate(tree.body):
        told = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and place == 0
        imported = isinstance(node, ast.Import | ast.ImportFrom)
        if imported:
            found.add(ast.unparse(node))
        if told or imported:
            for number in range(node.lineno - 1, node.end_lineno or node.lineno):
                lines[number] = ""
    return found, "\n".join(lines)


def _data(choice: Choice) -> str:
    models, config = models_of(choice.settings), choice.config
    plan = make_plan(config, models, Toolbox({}))
    instructions = choice.settings.tasks.instructions
    schedule = {
        "first": list(plan.first.works),
        "again": list(plan.again.works),
        "last": list(plan.last.works),
    }
    by = next((s.index for s in plan.seats if s.agent.name == config.stop.by), None)
    told = {
        "AGENTS": [_seat(plan, seat, instructions) for seat in plan.seats],
        "ROUNDS": config.rounds,
        "STOP": {"rule": config.stop.rule, "by": by},
        "SCHEDULE": schedule,
        "ANSWER": {"mode": config.answer.mode, "sources": list(plan.sources), "by": plan.by},
        "INSTRUCTIONS": instructions,
        "WORDS": {
            "task": messages.TASK,
            "previous": messages.PREVIOUS,
            "message": messages.MESSAGE,
            "candidate": messages.CANDIDATE,
            "format": messages.FORMAT,
            "judge": messages.JUDGE,
        },
    }
    return "\n".join(
        f"{name} = {pprint.pformat(value, width=98, sort_dicts=False)}"
        for name, value in told.items()
    )


def _seat(plan: Plan, seat: Seat, instructions: str) -> dict[str, Any]:
    agent = seat.agent
    system = messages.system_message(agent)
    task = TaskInput(id="", text="", instructions=instructions)
    closing = seat.closing(task)
    options = {
        "temperature": agent.temperature,
        "top_p": agent.top_p,
        "reasoning_effort": agent.effort,
    }
    return {
        "name": agent.name,
        "role": agent.role,
        "system": system[0].content if system else "",
        "demonstrations": [[each.question, each.answer] for each in agent.demonstrations],
        **_endpoint(seat.model_name, seat.model),
        "options": {name: value for name, value in options.items() if value is not None},
        "max_tokens": seat.max_tokens,
        "limit": seat.limit,
        "samples": agent.samples,
        "weight": agent.weight,
        "hears": [tuple(heard) for heard in seat.inputs],
        "source": seat.is_source,
        "approves": seat.approves,
        "closing": instructions if closing is None else closing,
    }


def _endpoint(name: str, model: Model) -> dict[str, Any]:
    """Where a model is; one that is simulated or recorded goes by its name in the run file."""
    from evolve.models.openai import OpenAI

    if not isinstance(model, OpenAI):
        return {"model": name, "base_url": None, "api_key_env": "OPENAI_API_KEY", "extra": {}}
    return {
        "model": model.model,
        "base_url": model.base_url or None,
        "api_key_env": model.api_key_env,
        "extra": dict(model.extra),
    }
