"""A system as a Python program of its own.

A program consists of the system as data, the source of evolve's own answer reading, and templates
for prompts, model calls and rounds. Unsupported features are refused by name.
"""

import ast
import importlib
import inspect
import json
from collections.abc import Iterable, Sequence
from importlib import resources

from evolve.answers.base import MODULES
from evolve.engine.session import models_of
from evolve.errors import RunError
from evolve.export.choice import Choice
from evolve.export.data import assignments, is_selective, runs_here
from evolve.models.embedders import hashed
from evolve.models.openai import label_scores
from evolve.prompts import lengths as limits
from evolve.runtime import outputs
from evolve.serving.deployment import kind_of
from evolve.text import one_line
from search_spaces.config import Agent, SystemConfig
from search_spaces.routes import numbered_words, occurs, opening, plain_words

AGENT_FIELDS = {
    *("name", "role", "prompt", "model", "temperature", "top_p", "max_tokens", "effort"),
    *("samples", "weight", "demonstrations", "nearest_examples", "label_choice"),
}
SYSTEM_FIELDS = {"name", "description", "agents", "edges", "rounds", "stop", "answer"}
MODES = {"last", "vote", "weighted_vote", "judge", "summarise"}
RULES = {"never", "consensus", "approved"}
EDGES = {"message", "feedback", "route"}
CONDITIONS = {"task", "else"}
"""Conditions of routes that depend on the task alone."""

_PLAIN = (
    *("asyncio", "os", "re", "sys", "openai"),
    "from collections import Counter",
    "from collections.abc import Iterable, Sequence",
    "from functools import partial",
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


_EMBEDDER = (hashed.ngram_hashes, hashed.ngram_counts, hashed.unit_rows)
"""The functions of the embedder that finds the nearest worked examples."""

_LOCAL = ("secrets", "from functools import cache", "from pathlib import Path")


def python(choice: Choice) -> str:
    """A program that needs the package openai and nothing else."""
    return _program(choice, "python", "openai", _PLAIN, ("asking", "rounds"))


def langgraph(choice: Choice) -> str:
    """A program in which the system is a graph of LangGraph."""
    return _program(choice, "langgraph", "openai langgraph", _LANGGRAPH, ("asking", "langgraph"))


def openai_agents(choice: Choice) -> str:
    """A program in which the agents are those of the OpenAI Agents SDK."""
    if choice.config.chooses_labels:
        check(choice.config, "openai-agents", ["label choice"])
    return _program(choice, "openai-agents", "openai-agents", _AGENTS, ("agents", "rounds"))


def check(config: SystemConfig, form: str, besides: Iterable[str] = ()) -> None:
    """Checks that a program supports every feature of a system.

    Args:
        config: The system.
        form: The format of the program.
        besides: Other requested features that no program has.

    Raises:
        RunError: It does not; the message names the features.
    """
    if missing := sorted({*_lacking(config), *besides}):
        raise RunError(
            f"the format {form!r} has no {', no '.join(missing)}; "
            "use yaml with `evolve apply` or `evolve serve`"
        )


def _lacking(config: SystemConfig) -> Iterable[str]:
    yield from _fields_set(config) - SYSTEM_FIELDS
    for agent in config.agents:
        yield from _fields_set(agent) - AGENT_FIELDS
    yield from (f"{edge.kind} edges" for edge in config.edges if edge.kind not in EDGES)
    kinds = {opening(edge.when).kind for edge in config.edges if edge.kind == "route"}
    yield from (f"routes by {kind}" for kind in kinds - CONDITIONS)
    if config.answer.mode not in MODES:
        yield f"answer mode {config.answer.mode}"
    if config.stop.rule not in RULES:
        yield f"stop rule {config.stop.rule}"


def _lacking_of(choice: Choice) -> Iterable[str]:
    """Features of the run's settings that a program lacks.

    Where they name a third party's plug-in, settings to look at have a substitute, so that its name
    is read from the run's record.
    """
    from evolve.models.openai import OpenAI

    recorded = json.loads(choice.run.settings)
    embedder = kind_of(recorded.get("embedder", "hashed"))
    if is_selective(choice.config) and embedder != "hashed":
        yield f"embedder {embedder}"
    settings, models = choice.settings, models_of(choice.settings)
    for name in sorted({agent.model or settings.answering for agent in choice.config.agents}):
        model, kind = models[name], kind_of(recorded["models"][name])
        if ":" in kind:
            yield f"model {kind}"
        elif isinstance(model, OpenAI):
            given = {"headers": model.headers, "query": model.query}
            yield from (f"{option} of model {name}" for option, value in given.items() if value)


def _fields_set(part: SystemConfig | Agent) -> set[str]:
    return set(part.model_dump(exclude_defaults=True))


def _program(
    choice: Choice, form: str, packages: str, imports: Sequence[str], parts: Sequence[str]
) -> str:
    check(choice.config, form, _lacking_of(choice))
    if runs_here(choice):
        packages, imports, places = f"{packages} xllamacpp", (*imports, *_LOCAL), "local"
    else:
        places = "endpoint"
    selective = is_selective(choice.config)
    examples = "nearest" if selective else "all_examples"
    labels = choice.config.chooses_labels
    packages = f"{packages} numpy" if selective else packages
    ways = "labels" if labels else "no_labels"
    templates = map(_template, (examples, ways, "system", places, *parts))
    functions = [
        inspect.getsource(each) for each in (*_EMBEDDER * selective, *[label_scores] * labels)
    ]
    sources = [*_reading(choice), *_shared(), *functions, *templates]
    lines = {each if " " in each else f"import {each}" for each in imports}
    bodies = []
    for source in [*sources, _template("command")]:
        found, body = _without_imports(source)
        lines |= found
        bodies.append(body.strip())
    head = [f"# {one_line(line, 400)}" for line in choice.provenance]
    head += [f"# Needs Python 3.11 or newer and: pip install {packages}", ""]
    ordered = sorted(lines, key=lambda line: (line.startswith("from"), line))
    return (
        "\n".join([*head, *ordered, ""])
        + "\n"
        + "\n\n\n".join([assignments(choice), *bodies])
        + "\n"
    )


def _reading(choice: Choice) -> list[str]:
    """The source of answer reading, and the name of its function."""
    form = choice.settings.tasks.answer_form
    names = (*MODULES, *form.modules)
    modules = (importlib.import_module(f"evolve.answers.{name}") for name in names)
    return [*map(inspect.getsource, modules), f"ANSWER_OF = {form.expression}"]


def _shared() -> list[str]:
    """Parts of evolve's source that a program contains verbatim."""
    answers = (limits.cut, outputs.Opinion, outputs.majority, outputs.most_frequent)
    pieces = (*answers, occurs, numbered_words, plain_words)
    marker = f"_MARKER = {limits.cut('xxxx', 3)!r}"
    return [marker, *(inspect.getsource(piece) for piece in pieces)]


def _template(name: str) -> str:
    place = resources.files("evolve.export") / "templates" / f"{name}.py.txt"
    return place.read_text(encoding="utf-8")


def _without_imports(source: str) -> tuple[set[str], str]:
    """The imports of a module, and the rest of it without its docstring."""
    tree, lines, found = ast.parse(source), source.splitlines(), set()
    for place, node in enumerate(tree.body):
        docstring = (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and place == 0
        )
        imported = isinstance(node, ast.Import | ast.ImportFrom)
        if imported:
            written = ast.unparse(node)
            found |= set() if written.startswith("from evolve.") else {written}
        if docstring or imported:
            for number in range(node.lineno - 1, node.end_lineno or node.lineno):
                lines[number] = ""
    return found, "\n".join(lines)
